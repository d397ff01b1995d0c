//! What is left of the program.

use std::time::Duration;

use crate::inside::ANSWER;

/// What is left of a program.
#[derive(Debug)]
pub struct Ended {
    /// The exit code, if it exited.
    pub code: Option<i32>,
    /// The signal that killed it, if one did.
    pub signal: Option<i32>,
    /// The lines of its standard output.
    pub stdout: Vec<String>,
    /// The lines of its standard error.
    pub stderr: Vec<String>,
    /// The lines that it wrote to the socket: see [`tell`](crate::inside::tell).
    pub told: Vec<String>,
    /// From the first signal, or from the start if none was sent, to the exit.
    pub took: Duration,
}

impl Ended {
    /// What it said by itself: standard output without the answers.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        self.stdout.iter().map(String::as_str).filter(|line| !line.starts_with(ANSWER)).collect()
    }

    /// Where this line stands in standard output.
    #[track_caller]
    #[must_use]
    pub fn position(&self, line: &str) -> usize {
        let position = self.stdout.iter().position(|printed| printed == line);
        position.unwrap_or_else(|| panic!("no line `{line}`\n{self}"))
    }

    /// Holds it against an exit code.
    #[track_caller]
    pub fn exits_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Holds what it said by itself against these lines.
    #[track_caller]
    pub fn says(&self, lines: &[&str]) -> &Self {
        assert_eq!(self.said(), lines, "{self}");
        self
    }

    /// Some line of standard error must contain this.
    #[track_caller]
    pub fn stderr_has(&self, part: &str) -> &Self {
        assert!(self.stderr.iter().any(|line| line.contains(part)), "nothing of `{part}`\n{self}");
        self
    }

    /// No line of standard error may contain this.
    #[track_caller]
    pub fn stderr_lacks(&self, part: &str) -> &Self {
        assert!(!self.stderr.iter().any(|line| line.contains(part)), "`{part}`\n{self}");
        self
    }

    /// Nothing may stand on standard error.
    #[track_caller]
    pub fn is_silent(&self) -> &Self {
        assert!(self.stderr.is_empty(), "{self}");
        self
    }

    /// It must have taken as long as `least`, and not much longer than `most`: a busy machine gets 8 s.
    #[track_caller]
    pub fn took_between(&self, least: Duration, most: Duration) -> &Self {
        let limit = most + Duration::from_secs(8);
        assert!(least <= self.took && self.took < limit, "{least:?}..{most:?}\n{self}");
        self
    }

    /// It must have ended well before `limit`: something that it didn't wait for.
    #[track_caller]
    pub fn took_less_than(&self, limit: Duration) -> &Self {
        assert!(self.took < limit, "{limit:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, signal, took, .. } = self;
        writeln!(f, "code {code:?}, signal {signal:?}, after {took:?}")?;
        f.write_str(&transcript(&self.stdout, &self.stderr))
    }
}

pub(super) fn transcript(stdout: &[String], stderr: &[String]) -> String {
    format!("--- stdout\n{}\n--- stderr\n{}\n---", stdout.join("\n"), stderr.join("\n"))
}
