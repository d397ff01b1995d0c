//! Compares the output in a program's doc comment with what it printed.

/// Compares them, but for the numbers, most of which are measured.
///
/// The log is written by a thread of its own, and so is what Ctrl-C is answered with: among themselves their lines are in
/// order, and so are the program's, but between the three there is none.
#[track_caller]
pub fn assert_output(source: &str, output: &[String]) {
    let comment = source.lines().map_while(|line| line.strip_prefix("//!"));
    let block = comment.skip_while(|line| line.trim() != "```text").skip(1).take_while(|line| line.trim() != "```");
    let expected: Vec<String> = block.skip(1).map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect();

    for voice in [Voice::Log, Voice::Graceful, Voice::Program] {
        let pick = |lines: &[String]| -> Vec<String> {
            // How often it says so depends on the machine.
            let lines = lines.iter().filter(|line| !line.contains("still draining"));
            lines.filter(|line| Voice::of(line) == voice).map(|line| without_numbers(line)).collect()
        };
        assert!(
            pick(&expected) == pick(output),
            "the comment says:\n{}\n\nbut it was:\n{}\n",
            expected.join("\n"),
            output.join("\n")
        );
    }
}

#[derive(PartialEq, Eq)]
enum Voice {
    Log,
    Graceful,
    Program,
}

impl Voice {
    fn of(line: &str) -> Self {
        if line.starts_with("graceful: ") {
            Self::Graceful
        } else if ["INFO ", "WARN ", "ERROR "].iter().any(|level| line.trim_start().starts_with(level)) {
            Self::Log
        } else {
            Self::Program
        }
    }
}

fn without_numbers(line: &str) -> String {
    let words = line.split_whitespace().map(|word| match word.trim_matches(['(', ')', ',', ';']) {
        number if number.parse::<f64>().is_ok() => "0",
        "ns" | "µs" | "ms" | "s" => "s",
        address if address.starts_with("http://") => "http://",
        address if address.starts_with("https://") => "https://",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}
