//! The output that stands in an example's comment, compared with what there was.

use std::fs;
use std::iter::Peekable;
use std::path::Path;

/// Compares `output` with the comment of the example, in which `replacements` are replaced.
///
/// The log is written by a thread of its own: its lines come in their order, and so do the program's, but between the
/// two there is none. How often the log says `still draining` depends on the machine.
#[track_caller]
pub(crate) fn assert_output(example: &str, output: &[String], replacements: &[(&str, &str)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example).with_extension("rs");
    let mut expected = in_comment(&fs::read_to_string(path).unwrap());
    for (name, value) in replacements {
        assert!(expected.contains(name), "no {name} in the comment of {example}");
        expected = expected.replace(name, value);
    }
    let expected: Vec<String> = expected.lines().map(str::to_owned).collect();

    for of_the_log in [true, false] {
        let pick = |lines: &[String]| -> Vec<String> {
            let picked = lines.iter().filter(|line| is_log(line) == of_the_log && !line.contains("still draining"));
            picked.cloned().collect()
        };
        let (expected, output) = (pick(&expected), pick(output));
        let same = expected.len() == output.len() && expected.iter().zip(&output).all(|(a, b)| is_like(a, b));
        assert!(
            same,
            "the comment of {example} says:\n{}\n\nbut it was:\n{}\n",
            expected.join("\n"),
            output.join("\n")
        );
    }
}

/// The first block of text in the comment, without the command.
fn in_comment(source: &str) -> String {
    let comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    let block = comment.skip_while(|line| line.trim() != "```text").skip(1).take_while(|line| line.trim() != "```");
    let lines: Vec<&str> = block.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let (command, output) = lines.split_first().expect("a block of text in the comment");
    assert!(command.starts_with("$ cargo run --example "), "{command}");
    output.join("\n")
}

fn is_log(line: &str) -> bool {
    ["INFO ", "WARN ", "ERROR "].iter().any(|level| line.trim_start().starts_with(level))
}

/// The same, but for what is measured, drawn after measures, or was in flight at one moment.
fn is_like(expected: &str, actual: &str) -> bool {
    let always_measured = expected.contains("drained in");
    let (mut expected, mut actual) = (words(expected), words(actual));
    while let (Some(a), Some(b)) = (expected.next(), actual.next()) {
        let same = match (number(a), number(b), expected.peek()) {
            (Some(number), Some(_), Some(unit)) if always_measured || is_measured(number, unit) => {
                expected.next();
                actual.next().is_some_and(is_unit)
            }
            (Some(_), Some(_), Some(&"in")) => true,
            _ => a == b || ["elapsed_ms=", "in_flight="].iter().any(|key| a.starts_with(key) && b.starts_with(key)),
        };
        if !same {
            return false;
        }
    }
    expected.peek().is_none() && actual.peek().is_none()
}

/// Without the bars.
fn words(line: &str) -> Peekable<impl Iterator<Item = &str>> {
    let is_bar = |word: &&str| word.chars().all(|char| "█━│".contains(char));
    line.split_whitespace().filter(move |word| !is_bar(word)).peekable()
}

fn number(word: &str) -> Option<&str> {
    let word = word.trim_start_matches('(');
    word.parse::<f64>().is_ok().then_some(word)
}

fn is_unit(word: &str) -> bool {
    ["ns", "µs", "ms", "s"].contains(&word.trim_end_matches([',', ')']))
}

/// What somebody has set is in whole seconds.
fn is_measured(number: &str, unit: &str) -> bool {
    is_unit(unit) && (number.contains('.') || unit != "s")
}
