//! TOML, as fly.toml is written.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Failure;
use crate::tree::{Id, Tree, Value};

use super::builder::Builder;

/// Reads the document of a text.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    let mut builder = Builder::new("TOML", text, source)?;
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        builder.wrong(at, error.message())
    })?;
    let root = table(&mut builder, 0, document.into_inner())?;
    builder.add_document(root);
    Ok(builder.tree())
}

/// The table's entries in the order of the text. The parser limits the depth.
fn table<'a>(builder: &mut Builder<'a>, at: usize, table: DeTable<'a>) -> Result<Id, Failure> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut ids = Vec::with_capacity(entries.len());
    for (key, of_key) in entries {
        let key = builder.text(key.span().start, key.into_inner())?;
        ids.push((key, value(builder, of_key)?));
    }
    builder.add(at, Value::Mapping(ids))
}

fn value<'a>(builder: &mut Builder<'a>, value: Spanned<DeValue<'a>>) -> Result<Id, Failure> {
    let at = value.span().start;
    let plain = |text| Value::Scalar { text: Cow::Owned(text), plain: true };
    let value = match value.into_inner() {
        DeValue::String(text) => return builder.text(at, text),
        DeValue::Datetime(time) => return builder.text(at, time.to_string()),
        DeValue::Integer(number) => plain(number.to_string()),
        DeValue::Float(number) => plain(number.to_string()),
        DeValue::Boolean(truth) => plain(truth.to_string()),
        DeValue::Array(array) => {
            let mut items = Vec::with_capacity(array.len());
            for item in array {
                items.push(self::value(builder, item)?);
            }
            Value::Sequence(items)
        }
        DeValue::Table(table) => return self::table(builder, at, table),
    };
    builder.add(at, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Source;
    use crate::tree::Node;

    #[test]
    fn values_and_places() {
        let text = "# app\na = 'x'\nb = 0x1E # 30\n[c.\"d e\"]\nf = true\n[[g]]\nh = [1, \"2\"]\n[[g]]\n";
        let tree = parse(text, 0).unwrap();
        let root = tree.documents().next().unwrap();
        let place = |node: Node<'_>| (node.position().line, node.position().column);
        assert_eq!(root.get("a").and_then(Node::text), Some("x"));
        assert_eq!(root.get("b").and_then(Node::int), Some(30));
        assert!(root.at(&["c", "d e", "f"]).is_some_and(Node::is_true));
        assert_eq!(root.items_of("g").count(), 2);
        let (key, items) = root.items_of("g").next().and_then(|item| item.entry("h")).unwrap();
        assert_eq!((place(key), items.items().map(place).collect::<Vec<_>>()), ((7, 1), vec![(7, 6), (7, 9)]));
        assert_eq!(items.items().map(Node::int).collect::<Vec<_>>(), [Some(1), None]);
        let keys: Vec<_> = root.entries().filter_map(|(key, _)| key.text()).collect();
        assert_eq!(keys, ["a", "b", "c", "g"]);
    }

    #[test]
    fn mistakes() {
        for (text, line, column) in [("a = 1\na = 2\n", 2, 1), ("a = \n", 1, 5), ("[a\n", 1, 3), ("a = ü\n", 1, 5)] {
            let error = parse(text, 0).unwrap_err().into_error(&[Source { name: "", text }]);
            assert_eq!(error.position(), Some((line, column)), "{text}: {error}");
        }
        for part in ["a = [", "a = {b = ", "[", "a.", "[[", "\"", "'''"] {
            for count in [1, 2, 20_000] {
                let _ = parse(&part.repeat(count), 0);
            }
        }
    }
}
