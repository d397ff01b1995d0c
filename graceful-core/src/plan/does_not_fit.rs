//! A plan that is longer than its grace period.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::duration::written;
use crate::text::{duration, join};

/// The error of [`Plan::fits`](super::Plan::fits): the worst case is longer than the grace period.
///
/// Its `Display` is one sentence with the numbers, and with what to change.
///
/// ```
/// # mod graceful { pub use graceful_core::plan::*; }
/// use graceful::{DoesNotFit, Plan};
///
/// fn check(plan: &Plan) -> Result<(), DoesNotFit> {
///     plan.fits().inspect_err(|error| eprintln!("{:?} too long", error.excess()))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DoesNotFit {
    pub(super) grace_period: Duration,
    pub(super) lame_duck: Duration,
    pub(super) drain_timeout: Duration,
    /// Of the handlers of the scopes.
    pub(super) scopes: Duration,
    pub(super) teardown: Duration,
    pub(super) flush: Duration,
    /// The timeouts of the longest group, in words.
    pub(super) longest: Option<String>,
}

impl DoesNotFit {
    /// Returns the grace period.
    #[must_use]
    pub fn grace_period(&self) -> Duration {
        self.grace_period
    }

    /// Returns the plan's worst case.
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.parts().into_iter().fold(Duration::ZERO, |sum, (_, time)| sum.saturating_add(time))
    }

    fn parts(&self) -> [(&'static str, Duration); 5] {
        [
            ("lame duck", self.lame_duck),
            ("drain", self.drain_timeout),
            ("scopes", self.scopes),
            ("teardown", self.teardown),
            ("flush", self.flush),
        ]
    }

    /// Returns by how much the worst case exceeds the grace period. Always more than zero.
    #[must_use]
    pub fn excess(&self) -> Duration {
        self.worst_case().saturating_sub(self.grace_period)
    }
}

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self
            .parts()
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
            duration(self.worst_case()),
            join(&parts, " + "),
            duration(self.excess()),
            duration(self.grace_period),
            // As it is written in the attribute, and exact.
            written(self.worst_case()),
            join(&lower, " or "),
        )
    }
}

impl Error for DoesNotFit {}
