//! The phases of a service's life, and those in which a shutdown handler can run.

use std::fmt;

/// Where in its life the service is. It only moves forwards, and enters each phase at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Phase {
    /// Nothing has asked for a shutdown.
    Running,
    /// Not ready any more, still accepting and serving, so that load balancers can look away.
    LameDuck,
    /// New work is refused, work in flight is finished.
    Draining,
    /// The shutdown handlers run.
    Teardown,
    /// All is done; the process is about to exit.
    Stopped,
}

impl Phase {
    /// All phases, in their order.
    #[doc(hidden)]
    pub const ALL: [Self; 5] = [Self::Running, Self::LameDuck, Self::Draining, Self::Teardown, Self::Stopped];

    /// One word, as it stands in the log's field `phase`.
    #[must_use]
    pub fn label(self) -> &'static str {
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

/// The phase in which a shutdown handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum HandlerPhase {
    /// While work in flight is drained: to stop a foreign server, to deregister from discovery.
    Drain,
    /// After the drain, when nothing is in flight any more: to close what the work used.
    #[default]
    Teardown,
}

impl HandlerPhase {
    /// Both phases, in their order.
    #[doc(hidden)]
    pub const ALL: [Self; 2] = [Self::Drain, Self::Teardown];

    /// Its name: in the attribute, in the records, and in what is serialized.
    #[doc(hidden)]
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Teardown => "teardown",
        }
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
    }
}
