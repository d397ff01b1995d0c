//! The phases of a service's life, and those in which a shutdown handler can run.

use std::fmt;

/// The phase of the service's life. It only moves forward, and enters each phase at most once.
///
/// Returned by `graceful::phase()`. A later variant is a later phase.
///
/// ```
/// # mod graceful { pub use graceful_core::Phase; pub fn phase() -> Phase { Phase::Running } }
/// use graceful::Phase;
///
/// fn takes_jobs() -> bool {
///     graceful::phase() < Phase::Draining
/// }
/// assert!(takes_jobs());
/// assert_eq!(Phase::LameDuck.to_string(), "lame duck");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Phase {
    /// The shutdown has not begun.
    Running,
    /// The service is not ready any more, and still accepts and serves until load balancers have noticed.
    LameDuck,
    /// New work is refused, and work in flight is finished.
    Draining,
    /// The shutdown handlers run.
    Teardown,
    /// The report is complete. Logs, traces and metrics are flushed, and the process is about to exit.
    Stopped,
}

impl Phase {
    /// All phases, in their order.
    #[doc(hidden)]
    pub const ALL: [Self; 5] = [Self::Running, Self::LameDuck, Self::Draining, Self::Teardown, Self::Stopped];

    /// Returns the phase as one word in snake case, as in the log's field `phase`. `FromStr` parses it.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::Phase; }
    /// use graceful::Phase;
    ///
    /// assert_eq!(Phase::LameDuck.label(), "lame_duck");
    /// assert_eq!("draining".parse(), Ok(Phase::Draining));
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LameDuck => "lame_duck",
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Teardown => "teardown",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LameDuck => "lame duck",
            phase => phase.label(),
        })
    }
}

/// The phase in which a shutdown handler runs. Default: [`Teardown`](HandlerPhase::Teardown).
///
/// ```
/// # mod graceful {
/// #     pub use graceful_core::HandlerPhase;
/// #     pub struct Builder;
/// #     impl Builder { pub fn phase(self, _: HandlerPhase) -> Self { self } pub fn register<F>(self, _: F) {} }
/// #     pub fn handler(_: &str) -> Builder { Builder }
/// # }
/// use graceful::HandlerPhase;
///
/// # async fn deregister() {}
/// graceful::handler("leave discovery").phase(HandlerPhase::LameDuck).register(deregister);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum HandlerPhase {
    /// At the trigger, while the service still serves: to leave service discovery, or to release a lease. If the lame duck
    /// is skipped, at the start of the drain.
    LameDuck,
    /// During the drain: to stop another library's server or scheduler.
    Drain,
    /// After the drain, when nothing is in flight any more: to close what the work has used.
    #[default]
    Teardown,
    /// After the report: to send the last logs, traces and metrics. The report does not have these handlers, and they do not
    /// change the exit code.
    Flush,
}

impl HandlerPhase {
    /// All phases, in their order.
    #[doc(hidden)]
    pub const ALL: [Self; 4] = [Self::LameDuck, Self::Drain, Self::Teardown, Self::Flush];

    /// Returns the phase as in the attribute, in the plan's JSON and in the metrics: one word in snake case. `FromStr` parses it.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::HandlerPhase; }
    /// use graceful::HandlerPhase;
    ///
    /// assert_eq!(HandlerPhase::Drain.label(), "drain");
    /// assert_eq!("flush".parse(), Ok(HandlerPhase::Flush));
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LameDuck => "lame_duck",
            Self::Drain => "drain",
            Self::Teardown => "teardown",
            Self::Flush => "flush",
        }
    }
}

impl fmt::Display for HandlerPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LameDuck => "lame duck",
            phase => phase.label(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_numbered_in_their_order() {
        assert!(Phase::ALL.is_sorted());
        assert!(Phase::ALL.iter().enumerate().all(|(number, phase)| usize::from(*phase as u8) == number));
        assert!(HandlerPhase::ALL.is_sorted());
    }

    #[test]
    fn a_phase_is_padded() {
        assert_eq!(format!("{:>10}|{:<10}", Phase::LameDuck, Phase::Stopped), " lame duck|stopped   ");
        assert_eq!(format!("{:>10}|{:<10}", HandlerPhase::LameDuck, HandlerPhase::Flush), " lame duck|flush     ");
    }
}
