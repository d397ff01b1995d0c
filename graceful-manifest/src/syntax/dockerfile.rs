//! Dockerfiles: stages of instructions.

use parse_dockerfile::{Command, FromInstruction, Instruction, Span, Stage, UnescapedString};

use crate::error::Failure;
use crate::tree::{Id, Tree, Value};

use super::builder::Builder;

/// Reads a Dockerfile. Each stage is a document: a mapping in which an instruction may occur several times. The exec form is
/// a list, and the shell form a text.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::new("a Dockerfile", text, source)?;
    let readable = with_empty_lists(text);
    let file = parse_dockerfile::parse(&readable).map_err(|error| {
        let line = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        // `#`: without the place, whose column is not one.
        builder.wrong(line.map(str::len).sum(), &format!("{error:#}"))
    })?;
    for part in file.stages() {
        let id = stage(&mut builder, &part)?;
        builder.add_document(id);
    }
    Ok(builder.tree())
}

/// Writes `ENTRYPOINT []` and `CMD []`, which the parser refuses, as `ENTRYPOINT ""`: the places stay the same.
fn with_empty_lists(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (keyword, rest) = line.trim().split_once(char::is_whitespace).unwrap_or_default();
        let list = rest.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_empty = list.is_some_and(|list| list.trim().is_empty());
        if is_empty && ["ENTRYPOINT", "CMD"].iter().any(|known| known.eq_ignore_ascii_case(keyword)) {
            readable.push_str(&line.replace(['[', ']'], "\""));
        } else {
            readable.push_str(line);
        }
    }
    readable
}

fn stage(builder: &mut Builder<'_>, stage: &Stage<'_, '_>) -> Result<Id, Failure> {
    let FromInstruction { from, image, as_, .. } = stage.from;
    let mut entries = vec![(key(builder, &from.span, "FROM")?, unescaped(builder, image)?)];
    if let Some((keyword, name)) = as_ {
        entries.push((key(builder, &keyword.span, "AS")?, unescaped(builder, name)?));
    }
    for each in stage.instructions {
        entries.extend(instruction(builder, each)?);
    }
    builder.add(from.span.start, Value::Mapping(entries))
}

/// An instruction that says what runs, and how. The others are left out.
fn instruction(builder: &mut Builder<'_>, instruction: &Instruction<'_>) -> Result<Option<(Id, Id)>, Failure> {
    Ok(Some(match instruction {
        Instruction::Cmd(cmd) => (key(builder, &cmd.cmd.span, "CMD")?, command(builder, &cmd.arguments)?),
        Instruction::Entrypoint(entrypoint) => {
            (key(builder, &entrypoint.entrypoint.span, "ENTRYPOINT")?, command(builder, &entrypoint.arguments)?)
        }
        Instruction::Shell(shell) => {
            (key(builder, &shell.shell.span, "SHELL")?, list(builder, shell.shell.span.start, &shell.arguments)?)
        }
        Instruction::Stopsignal(signal) => {
            (key(builder, &signal.stopsignal.span, "STOPSIGNAL")?, unescaped(builder, &signal.arguments)?)
        }
        Instruction::Env(env) => (key(builder, &env.env.span, "ENV")?, variables(builder, &env.arguments)?),
        _ => return Ok(None),
    }))
}

/// `A=1 B=2` as a mapping, and also the old form `A 1 2`, which sets one variable.
fn variables(builder: &mut Builder<'_>, arguments: &UnescapedString<'_>) -> Result<Id, Failure> {
    let at = arguments.span.start;
    let text = &*arguments.value;
    let mut pairs: Vec<(String, String)> = Vec::new();
    match text.split_once(char::is_whitespace) {
        Some((name, value)) if !name.contains('=') => pairs.push((name.to_owned(), value.trim().to_owned())),
        _ => {
            for word in builder.words(at, text)? {
                let (name, value) = word.text.split_once('=').unwrap_or((&word.text, ""));
                pairs.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    let mut entries = Vec::new();
    for (name, value) in pairs {
        entries.push((builder.text(at, name)?, builder.text(at, value)?));
    }
    builder.add(at, Value::Mapping(entries))
}

fn command(builder: &mut Builder<'_>, command: &Command<'_>) -> Result<Id, Failure> {
    match command {
        Command::Exec(words) => list(builder, words.span.start, &words.value),
        Command::Shell(script) if script.value.replace(' ', "") == "\"\"" => list(builder, script.span.start, &[]),
        Command::Shell(script) => builder.text(script.span.start, script.value.to_owned()),
        // A form that this version of the parser does not have.
        _ => builder.text(0, ""),
    }
}

fn list(builder: &mut Builder<'_>, at: usize, items: &[UnescapedString<'_>]) -> Result<Id, Failure> {
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        ids.push(unescaped(builder, item)?);
    }
    builder.add(at, Value::Sequence(ids))
}

fn key(builder: &mut Builder<'_>, span: &Span, keyword: &'static str) -> Result<Id, Failure> {
    builder.text(span.start, keyword)
}

fn unescaped(builder: &mut Builder<'_>, text: &UnescapedString<'_>) -> Result<Id, Failure> {
    builder.text(text.span.start, text.value.clone().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Source;
    use crate::tree::Node;

    #[test]
    fn stages_instructions_and_places() {
        let text = "\u{feff}# syntax=docker/dockerfile:1\nARG V=1\nFROM rust:$V AS build\nRUN <<E\nFROM x\nE\nfrom scratch\nENV A=1 B=\"2 3\" \\\n  C=$D\nENV E 4 5\nSTOPSIGNAL SIGQUIT\nENTRYPOINT [\"/a\", \"b\"]\nCMD exec c \\\n  d\nCMD [\"e'\n";
        let tree = parse(text, 0).unwrap();
        let stages: Vec<_> = tree.documents().collect();
        assert_eq!(
            stages.iter().map(|stage| stage.get("FROM").and_then(Node::text)).collect::<Vec<_>>(),
            [Some("rust:$V"), Some("scratch")]
        );
        assert_eq!(stages[0].get("AS").and_then(Node::text), Some("build"));
        let [_, last] = stages[..] else { panic!() };
        let variables = last.entries().filter(|(key, _)| key.text() == Some("ENV")).flat_map(|(_, env)| env.entries());
        let variables: Vec<_> = variables.map(|(key, value)| (key.text().unwrap(), value.text().unwrap())).collect();
        assert_eq!(variables, [("A", "1"), ("B", "2 3"), ("C", "$D"), ("E", "4 5")]);
        let place = |node: Node<'_>| (node.position().line, node.position().column);
        let (key, signal) = last.entry("STOPSIGNAL").unwrap();
        assert_eq!((place(key), place(signal), signal.text()), ((11, 1), (11, 12), Some("SIGQUIT")));
        assert_eq!(last.items_of("ENTRYPOINT").filter_map(Node::text).collect::<Vec<_>>(), ["/a", "b"]);
        let commands: Vec<_> =
            last.entries().filter(|(key, _)| key.text() == Some("CMD")).map(|(_, value)| value.text()).collect();
        // What is not a list of texts is a script.
        assert_eq!(commands, [Some("exec c \\\n  d"), Some("[\"e'")]);
    }

    #[test]
    fn mistakes() {
        for (text, line) in [
            ("", 1),
            ("FROM a\nFROMM b\n", 2),
            ("CMD a\n", 1),
            ("FROM a\nENV A='1\n", 2),
            ("FROM a\n\nSTOPSIGNAL\n", 3),
        ] {
            let error = parse(text, 0).unwrap_err().into_error(&[Source { name: "", text }]);
            assert_eq!(error.position().map(|(line, _)| line), Some(line), "{text}: {error}");
        }
        for part in ["FROM a\n", "ONBUILD ", "RUN <<", "CMD [\"", "\\\n", "ENV ", "FROM a AS b\n"] {
            for count in [1, 2, 20_000] {
                let _ = parse(&part.repeat(count), 0);
                let _ = parse(&format!("FROM a\n{}", part.repeat(count)), 0);
            }
        }
    }
}
