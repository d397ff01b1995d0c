//! Unit files of systemd: sections of assignments. See systemd.syntax(7).

use std::borrow::Cow;

use crate::error::Failure;
use crate::tree::{Id, Tree, Value};

use super::builder::Builder;

/// Reads a unit file. A section, and a key in it, may occur several times. A value of words is a list.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    let mut reader = Reader { builder: Builder::new("a unit file", text, source)?, sections: Vec::new() };
    for line in (Lines { text, at: 0 }) {
        reader.line(&line)?;
    }
    let Reader { mut builder, sections } = reader;
    let mut entries = Vec::new();
    for Section { name, at, assignments } in sections {
        entries.push((name, builder.add(at, Value::Mapping(assignments))?));
    }
    let root = builder.add(0, Value::Mapping(entries))?;
    builder.add_document(root);
    Ok(builder.tree())
}

/// The values that are lists of words.
fn has_words(key: &str) -> bool {
    key.starts_with("Exec")
        || matches!(key, "Environment" | "PassEnvironment" | "UnsetEnvironment" | "SuccessExitStatus" | "Sockets")
}

struct Reader<'a> {
    builder: Builder<'a>,
    sections: Vec<Section>,
}

struct Section {
    name: Id,
    at: usize,
    assignments: Vec<(Id, Id)>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &Line<'a>) -> Result<(), Failure> {
        if let Cow::Borrowed(text) = line.text
            && let Some(name) = text.strip_prefix('[')
        {
            let name = name.strip_suffix(']').ok_or_else(|| self.builder.wrong(line.at, "expected `]`"))?;
            let name = self.builder.text(line.at, name)?;
            self.sections.push(Section { name, at: line.at, assignments: Vec::new() });
            return Ok(());
        }
        let Some(section) = self.sections.last_mut() else {
            return Err(self.builder.wrong(line.at, "expected a section such as `[Service]`"));
        };
        let (key, value) = split(&line.text).ok_or_else(|| self.builder.wrong(line.at, "expected `Key=value`"))?;
        // Of a value on several lines the beginning is known.
        let start = line.text.len() - value.len();
        let at = line.at + start;
        let value = match &line.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[start..]),
            Cow::Owned(text) => Cow::Owned(text[start..].to_owned()),
        };
        let value = if has_words(key) { list(&mut self.builder, at, &value)? } else { self.builder.text(at, value)? };
        section.assignments.push((self.builder.text(line.at, key.to_owned())?, value));
        Ok(())
    }
}

fn list<'a>(builder: &mut Builder<'a>, at: usize, value: &str) -> Result<Id, Failure> {
    let mut items = Vec::new();
    for word in builder.words(at, value)? {
        items.push(builder.text(at + word.start, word.text.into_owned())?);
    }
    builder.add(at, Value::Sequence(items))
}

/// The key and the value of an assignment, without the white space around them.
fn split(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    Some((key.trim_end(), value.trim_start()))
}

/// A line, or several that are continued with a backslash.
struct Line<'a> {
    /// The first byte that is not white space.
    at: usize,
    /// The text without the white space around it.
    text: Cow<'a, str>,
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    /// The next line that is neither empty nor a comment.
    fn next(&mut self) -> Option<Line<'a>> {
        let (at, first) = loop {
            let (at, line) = self.line()?;
            if !line.is_empty() {
                break (at, line);
            }
        };
        let Some(mut part) = first.strip_suffix('\\') else { return Some(Line { at, text: Cow::Borrowed(first) }) };
        let mut text = String::new();
        loop {
            text.push_str(part);
            text.push(' ');
            let Some((_, more)) = self.line() else { break };
            match more.strip_suffix('\\') {
                Some(more) => part = more,
                None => {
                    text.push_str(more);
                    break;
                }
            }
        }
        text.truncate(text.trim_end().len());
        Some(Line { at, text: Cow::Owned(text) })
    }
}

impl<'a> Lines<'a> {
    /// The next line that is not a comment, also within a continued line, without the white space around it.
    fn line(&mut self) -> Option<(usize, &'a str)> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            let at = self.at + (line.len() - line.trim_start().len());
            self.at += line.len();
            let line = line.trim();
            if !line.starts_with(['#', ';']) {
                return Some((at, line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Source;
    use crate::tree::Node;

    #[test]
    fn sections_keys_and_places() {
        let text = "# a\n[Unit]\nA=1\n\n[Service]\n ; b\n  B = x \\\n# c\n y\nExecStart=/a \"b c\" \\\n d\nB=\n[Service]\nC=ü z\n";
        let tree = parse(text, 0).unwrap();
        let root = tree.documents().next().unwrap();
        let place = |node: Node<'_>| (node.position().line, node.position().column);
        let sections: Vec<_> = root.entries().map(|(name, section)| (name.text(), section.entries().count())).collect();
        assert_eq!(sections, [(Some("Unit"), 1), (Some("Service"), 3), (Some("Service"), 1)]);
        let service = root.entries().nth(1).unwrap().1;
        let values: Vec<_> = service.entries().map(|(key, value)| (key.text().unwrap(), value.text())).collect();
        assert_eq!(values, [("B", Some("x  y")), ("ExecStart", None), ("B", Some(""))]);
        let (key, words) = service.entry("ExecStart").unwrap();
        assert_eq!(words.items().filter_map(Node::text).collect::<Vec<_>>(), ["/a", "b c", "d"]);
        assert_eq!((place(key), place(words)), ((10, 1), (10, 11)));
        let c = root.get("Service").and_then(|section| section.entry("C")).unwrap();
        assert_eq!((place(c.0), place(c.1)), ((14, 1), (14, 3)));
    }

    #[test]
    fn words_have_places() {
        let tree = parse("[Service]\nEnvironment=A=1 'B=2 3'\n", 0).unwrap();
        let root = tree.documents().next().unwrap();
        let words = root.at(&["Service", "Environment"]).unwrap();
        let columns: Vec<_> = words.items().map(|word| (word.text(), word.position().column)).collect();
        assert_eq!(columns, [(Some("A=1"), 13), (Some("B=2 3"), 17)]);
    }

    #[test]
    fn mistakes() {
        for (text, line) in
            [("A=1\n", 1), ("[Service]\nA\n", 2), ("[Service\n", 1), ("[Service]\nExecStart=/a 'b\n", 2)]
        {
            let error = parse(text, 0).unwrap_err().into_error(&[Source { name: "", text }]);
            assert_eq!(error.position().map(|(line, _)| line), Some(line), "{text}: {error}");
        }
        for text in ["", "[Service]\nA=\\", "[Service]\nA=1\\\n\nB=2\n"] {
            parse(text, 0).unwrap_or_else(|_| panic!("{text}"));
        }
        for part in ["[a]\n", "[", "a=", "\\\n", "[s]\na=\\\n", "'"] {
            let _ = parse(&part.repeat(20_000), 0);
        }
    }
}
