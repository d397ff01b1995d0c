//! What was seen of one process.

use std::fmt;
use std::time::Duration;

use graceful_process_tests::Ended;
use serde_json::Value;

/// What was seen of one process.
pub(crate) struct Seen {
    pub(crate) ended: Ended,
    /// How long after its deadline it was gone.
    pub(crate) late: Duration,
    /// How long before.
    pub(crate) early: Duration,
}

impl Seen {
    pub(crate) fn told(&self, line: &str) -> bool {
        self.position(line).is_some()
    }

    /// Where this line stands among those that it told.
    pub(crate) fn position(&self, line: &str) -> Option<usize> {
        self.ended.told.iter().position(|told| told == line)
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.ended.told.iter().filter(|told| *told == line).count()
    }

    /// What stands behind `start`, of each line that begins with it.
    pub(crate) fn rests<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> {
        self.ended.told.iter().filter_map(move |line| line.strip_prefix(start))
    }

    /// The thread on which the fault struck.
    pub(crate) fn thread(&self) -> Option<&str> {
        self.rests("striking on ").next()
    }

    /// The reports that its observer was handed.
    pub(crate) fn reports(&self) -> Vec<Value> {
        self.rests("report ").map(|text| serde_json::from_str(text).unwrap_or_default()).collect()
    }

    pub(crate) fn stderr_has(&self, part: &str) -> bool {
        self.ended.stderr.iter().any(|line| line.contains(part))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ended)?;
        write!(f, " told\n{}\n---", self.ended.told.join("\n"))
    }
}
