//! Supervised tasks that have failed, in the report.

use std::fmt;

use graceful_core::text::counted;

use crate::outcome::Outcome;

/// A [supervised task](crate::task()) that has failed at least once, in a [`Report`](crate::Report).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::on_report(|report| {
///     for task in report.supervised_tasks() {
///         println!("{}: {} attempts, at last {}", task.name(), task.attempts(), task.outcome());
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SupervisedTask {
    pub(super) name: String,
    pub(crate) attempts: u32,
    pub(super) outcome: Outcome,
    pub(crate) is_final: bool,
}

impl SupervisedTask {
    /// One that is restarted.
    pub(crate) fn new(name: &str, attempts: u32, outcome: Outcome) -> Self {
        Self { name: name.to_owned(), attempts, outcome, is_final: false }
    }

    /// Returns the name of the task.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many attempts have begun.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns how the last attempt that has failed ended: [`Outcome::Failed`] or [`Outcome::Panicked`].
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Returns whether that was the task's final end. `false` if a task of its name was spawned later.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_final
    }
}

impl fmt::Display for SupervisedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = if self.is_final { "not restarted" } else { "the last failure" };
        write!(f, "task `{}`, {}, {last}: {}", self.name, counted(self.attempts as usize, "attempt"), self.outcome)
    }
}
