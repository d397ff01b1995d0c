use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The queue of the jobs that somebody waits for.
pub const URGENT: &str = "urgent";
/// The queue of the others.
pub const BULK: &str = "bulk";

/// What is to be done: nothing but to take time, in some steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// By which the ledger knows it.
    pub number: u32,
    /// In how many steps it is done.
    pub steps: u32,
    /// How many milliseconds each step takes.
    pub milliseconds: u64,
    /// How often it fails before it succeeds.
    pub failures: usize,
    /// And whether it fails by a panic.
    // What is added to a job needs a default: those that were sent before don't have it.
    #[serde(default)]
    pub panics: bool,
}

impl Job {
    /// A mix: most take some milliseconds to some 100 ms, one of fifty takes 1.5 s, one of a hundred fails at first.
    #[must_use]
    pub fn numbered(number: u32) -> Self {
        let (steps, milliseconds) = match number % 100 {
            14 => (15, 100),
            63 => (1, 1500),
            rest => (1 + rest % 4, u64::from(3 + rest % 20)),
        };
        let failures = usize::from(number % 100 == 41);
        Self { number, steps, milliseconds, failures, panics: false }
    }

    /// Where it belongs: each fourth is urgent.
    #[must_use]
    pub fn queue(&self) -> &'static str {
        if self.number.is_multiple_of(4) { URGENT } else { BULK }
    }

    /// How long a step takes.
    #[must_use]
    pub fn step(&self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}
