//! A plan that is longer than its grace period.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::duration::written;
use crate::text::{duration, join};

/// The plan's worst case is longer than the grace period.
///
/// The error of [`Plan::fits`](super::Plan::fits). Its `Display` is one sentence with the numbers, and with what to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoesNotFit {
    pub(super) grace_period: Duration,
    pub(super) worst_case: Duration,
    pub(super) lame_duck: Duration,
    pub(super) drain_timeout: Duration,
    pub(super) teardown: Duration,
    /// The timeouts of the longest group, in words.
    pub(super) longest: Option<String>,
}

impl DoesNotFit {
    /// The grace period.
    #[must_use]
    pub fn grace_period(&self) -> Duration {
        self.grace_period
    }

    /// The plan's worst case.
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.worst_case
    }

    /// By how much the worst case exceeds the grace period: always more than zero.
    #[must_use]
    pub fn excess(&self) -> Duration {
        self.worst_case.saturating_sub(self.grace_period)
    }
}

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = [("lame duck", self.lame_duck), ("drain", self.drain_timeout), ("teardown", self.teardown)]
            .into_iter()
            .filter(|(_, time)| !time.is_zero())
            .map(|(name, time)| format!("{name} {}", duration(time)))
            .collect();

        let drain = (!self.drain_timeout.is_zero()).then_some("drain_timeout");
        let mut lower: Vec<_> = drain.into_iter().chain(self.longest.as_deref()).collect();
        if lower.is_empty() {
            lower.push("lame_duck");
        }

        write!(
            f,
            "the plan takes {} in the worst case ({}), {} more than the grace period of {}: \
             raise grace_period to {}, or lower {}",
            duration(self.worst_case),
            join(&parts, " + "),
            duration(self.excess()),
            duration(self.grace_period),
            // As it is written in the attribute, and exact.
            written(self.worst_case),
            join(&lower, " or "),
        )
    }
}

impl Error for DoesNotFit {}
