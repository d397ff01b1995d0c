//! A handler that is to run.

use std::cmp::Reverse;
use std::time::Duration;

use crate::phase::HandlerPhase;

/// A shutdown handler as the plan knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedHandler {
    pub(super) name: String,
    pub(super) priority: i32,
    pub(super) timeout: Duration,
    pub(super) phase: HandlerPhase,
    pub(super) location: String,
}

impl PlannedHandler {
    #[doc(hidden)]
    pub fn new(
        name: impl Into<String>,
        priority: i32,
        timeout: Duration,
        phase: HandlerPhase,
        location: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), priority, timeout, phase, location: location.into() }
    }

    /// Its name: as given, or the function's path without the crate.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Handlers of higher priority run first, those of equal priority concurrently.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// How long it may take, measured from its own start.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The phase in which it runs.
    #[must_use]
    pub fn phase(&self) -> HandlerPhase {
        self.phase
    }

    /// Where it is in the source: file and line.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The sort key of handlers: the order in which they run, then the name.
    #[doc(hidden)]
    #[must_use]
    pub fn order(&self) -> (HandlerPhase, Reverse<i32>, &str, &str) {
        (self.phase, Reverse(self.priority), &self.name, &self.location)
    }
}
