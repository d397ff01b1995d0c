//! How a handler went.

use std::time::Duration;

use graceful_core::HandlerPhase;

use crate::outcome::Outcome;

/// What became of a shutdown handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerReport {
    pub(super) name: String,
    pub(super) priority: i32,
    pub(super) phase: HandlerPhase,
    pub(super) timeout: Duration,
    pub(super) started: Option<Duration>,
    pub(super) elapsed: Duration,
    pub(super) outcome: Outcome,
}

impl HandlerReport {
    /// Its name, as in the plan.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its priority.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// The phase in which it ran.
    #[must_use]
    pub fn phase(&self) -> HandlerPhase {
        self.phase
    }

    /// What it was allowed to take: less than the plan says when time was short.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// When it was begun, since the trigger; `None` when it was not.
    #[must_use]
    pub fn started(&self) -> Option<Duration> {
        self.started
    }

    /// How long it took; zero when it was not begun.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What is to be said of the outcome beyond its label.
    pub(super) fn remark(&self) -> String {
        match &self.outcome {
            Outcome::Failed(why) | Outcome::Panicked(why) => why.clone(),
            Outcome::TimedOut { blocked: true } => "was still running".to_owned(),
            Outcome::Skipped(missing) => format!("no {missing} was provided"),
            Outcome::Completed | Outcome::TimedOut { blocked: false } | Outcome::Cancelled => String::new(),
        }
    }
}
