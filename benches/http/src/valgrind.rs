//! A program under valgrind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub enum Tool {
    /// Instructions of the whole process.
    Callgrind,
    /// Allocations of the whole process.
    Dhat,
    /// The bytes of these allocations.
    DhatBytes,
}

impl Tool {
    fn arguments(self) -> [&'static str; 2] {
        match self {
            Self::Callgrind => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Self::Dhat | Self::DhatBytes => ["--tool=dhat", "--dhat-out-file=/dev/null"],
        }
    }

    /// The text before the figure, and the word before it on its line.
    fn count_in(self, printed: &str) -> Option<&str> {
        let after = |start| printed.lines().find_map(|line| Some(line.split_once(start)?.1));
        match self {
            Self::Callgrind => after("Collected : "),
            Self::Dhat => Some(after("Total:")?.split_once(" in ")?.1.trim_end_matches(" blocks")),
            Self::DhatBytes => Some(after("Total:")?.split_once(" bytes")?.0),
        }
    }
}

/// Runs a program under valgrind, gives the first line of its output to `meanwhile`, ends the program with SIGTERM, and
/// returns the count. `None` if valgrind is not installed.
///
/// The program has a fixed environment, and one worker: with more, a count depends on which one wakes which.
///
/// # Panics
///
/// If the program or `meanwhile` fails.
pub fn count(tool: Tool, program: &Path, arguments: &[&str], meanwhile: impl FnOnce(&str)) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command.args(tool.arguments()).arg(program).args(arguments).env_clear();
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("TOKIO_WORKER_THREADS", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    meanwhile(line.trim_end());

    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).expect("the program runs");
    output.read_to_string(&mut line).expect("the program's output");
    let mut printed = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut printed).expect("the output of valgrind");
    let status = child.wait().expect("a child");
    assert!(status.success(), "{program:?}: {status}\n{printed}");
    let count = tool.count_in(&printed).unwrap_or_else(|| panic!("no count in the output of valgrind:\n{printed}"));
    Some(count.trim().replace(',', "").parse().expect("a number"))
}
