//! How a phase went.

use std::time::Duration;

use graceful_core::Phase;

/// One phase of the shutdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseReport {
    pub(super) phase: Phase,
    pub(super) started: Duration,
    pub(super) elapsed: Duration,
}

impl PhaseReport {
    /// Which one.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// When it began, since the trigger.
    #[must_use]
    pub fn started(&self) -> Duration {
        self.started
    }

    /// How long it took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
