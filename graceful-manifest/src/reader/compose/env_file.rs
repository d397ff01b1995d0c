//! The files of `env_file`: lines such as `NAME=value`.
//!
//! <https://docs.docker.com/reference/compose-file/services/#env_file-format>

use std::borrow::Cow;

use graceful_core::environment::PREFIX;

use crate::check::Source;
use crate::error::Failure;
use crate::tree::{Position, Tree, Value};

/// `.env`, `.env.production` and `api.env`.
pub(crate) fn recognises(source: &Source<'_>) -> bool {
    let name = source.name.rsplit('/').next().unwrap_or_default();
    name.starts_with(".env.") || name.ends_with(".env")
}

/// Reads the program's variables as one mapping. A name without a value has null.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    let mut tree = Tree::default();
    let mut entries = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
        let name = name.trim();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let position = Position { source, line: number, column: 1 };
        let (text, plain) = value.map_or((Cow::Borrowed(""), true), |value| (unquoted(value.trim()), false));
        let key = tree.add(position, Value::Scalar { text: Cow::Borrowed(name), plain: false });
        let value = tree.add(position, Value::Scalar { text, plain });
        entries.extend(key.zip(value));
    }
    let start = Position { source, line: 1, column: 1 };
    if let Some(document) = tree.add(start, Value::Mapping(entries)) {
        tree.add_document(document);
    }
    Ok(tree)
}

/// The value without quotes and comment, in which `$` begins a variable.
fn unquoted(value: &str) -> Cow<'_, str> {
    let quoted = |quote| value.strip_prefix(quote)?.split(quote).next();
    match (quoted('\''), quoted('"')) {
        (Some(text), _) => Cow::Owned(text.replace('$', "$$")),
        (_, Some(text)) => Cow::Borrowed(text),
        _ => Cow::Borrowed(value.split(" #").next().unwrap_or_default().trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::interpolation::interpolate;
    use super::*;
    use crate::tree::Node;

    #[test]
    fn values_as_compose_reads_them() {
        let text = "# GRACEFUL_A=1\nA=1\nGRACEFUL_B=2 # b\n  export GRACEFUL_C=\"3 # c\" # c\r\nGRACEFUL_D='$4'\nGRACEFUL_E = 5#e\n\
                    GRACEFUL_F=\nGRACEFUL_G\nGRACEFUL_H=${H:-8}\n";
        let tree = parse(text, 0).unwrap();
        let entries: Vec<_> = { tree.documents() }
            .flat_map(Node::entries)
            .map(|(key, value)| {
                let text = value.text().filter(|_| !value.is_null()).and_then(interpolate);
                (key.text().unwrap().trim_start_matches(PREFIX), text, key.position().line)
            })
            .collect();
        let known = |text| Some(Cow::Borrowed(text));
        let expected = [
            ("B", known("2"), 3),
            ("C", known("3 # c"), 4),
            ("D", known("$4"), 5),
            ("E", known("5#e"), 6),
            ("F", known(""), 7),
            ("G", None, 8),
            ("H", known("8"), 9),
        ];
        assert_eq!(entries, expected);
    }

    #[test]
    fn names_of_files() {
        let is = |name| recognises(&Source { name, text: "" });
        assert!([".env", "a/.env", ".env.local", "api.env"].into_iter().all(is));
        assert!(!["env", "compose.yaml", ".environment", "a.env/compose.yaml"].into_iter().any(is));
    }
}
