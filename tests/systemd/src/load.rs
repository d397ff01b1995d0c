//! The load generator `src/bin/load.rs`, and what it has counted.

use std::fmt;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use crate::Systemd;
use crate::priority::NICE;

/// A load generator that runs.
pub struct Load {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: Vec<String>,
}

impl Load {
    /// Starts the program `load`, and waits until each of its clients could be answered.
    ///
    /// # Panics
    ///
    /// If it cannot be started, or is not answered.
    #[must_use]
    #[track_caller]
    pub fn start(systemd: &Systemd) -> Self {
        let mut command = systemd.command("nice");
        command.args(["-n", NICE, "load"]).stdin(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("nsenter");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut load = Self { child, lines, said: Vec::new() };
        load.wait(1);
        load
    }

    /// Waits for so many times 100 answers more.
    ///
    /// # Panics
    ///
    /// If it ends before.
    #[track_caller]
    pub fn wait(&mut self, times: usize) {
        for _ in 0..times {
            while !self.line().expect("an answer").ends_with(" answers") {}
        }
    }

    /// Ends it, and returns what it has counted.
    ///
    /// # Panics
    ///
    /// If it has not counted.
    #[must_use]
    #[track_caller]
    pub fn stop(mut self) -> Counts {
        drop(self.child.stdin.take());
        while self.line().is_some() {}
        self.child.wait().expect("a child");
        let counts: Vec<_> = self.said.iter().filter_map(|line| Count::parse(line.strip_prefix("counted ")?)).collect();
        assert_eq!(counts.len(), 8, "{:?}", self.said);
        self.said.retain(|line| !line.starts_with("counted ") && !line.ends_with(" answers"));
        Counts { counts, failures: self.said }
    }

    fn line(&mut self) -> Option<String> {
        let line = self.lines.next()?.expect("text");
        self.said.push(line.clone());
        Some(line)
    }
}

/// What was counted for each kind of client.
#[derive(Debug)]
pub struct Counts {
    counts: Vec<Count>,
    failures: Vec<String>,
}

#[derive(Debug)]
struct Count {
    client: String,
    answered: u64,
    refused: u64,
    reset: u64,
    failed: u64,
    moved: u64,
    median: Duration,
    slowest: Duration,
}

impl Count {
    fn parse(line: &str) -> Option<Self> {
        let (client, numbers) = line.split_once(' ')?;
        let numbers: Vec<u64> = numbers.split(' ').map_while(|number| number.parse().ok()).collect();
        let &[answered, refused, reset, failed, moved, median, slowest] = &numbers[..] else { return None };
        let [median, slowest] = [median, slowest].map(Duration::from_micros);
        Some(Self { client: client.to_owned(), answered, refused, reset, failed, moved, median, slowest })
    }
}

impl Counts {
    /// How many requests got an answer.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.counts.iter().map(|count| count.answered).sum()
    }

    /// How many connections were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.counts.iter().map(|count| count.refused).sum()
    }

    /// How many requests got no answer, for whatever reason.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.counts.iter().map(|count| count.refused + count.reset + count.failed).sum()
    }

    /// The median of the slowest kind of client, without the work of the server.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.counts.iter().map(|count| count.median).max().unwrap_or_default()
    }

    /// The slowest answer, without the work of the server.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.counts.iter().map(|count| count.slowest).max().unwrap_or_default()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Count { client, answered, refused, reset, failed, moved, median, slowest } in &self.counts {
            writeln!(
                f,
                "{client:>16}: {answered:>5} answered, {refused} refused, {reset} reset, {failed} failed, {moved} moved, \
                 median {median:?}, slowest {slowest:?}"
            )?;
        }
        self.failures.iter().try_for_each(|failure| writeln!(f, "{failure}"))
    }
}
