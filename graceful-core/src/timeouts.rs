//! The timeouts of a program: what can be set, and what each of them is when it is not set.

use std::time::Duration;

use crate::duration::MAX_DURATION;
use crate::phase::HandlerPhase;

/// The default grace period: after a preStop hook of 5 s, and with a second to spare, it fits the 30 s of Kubernetes.
pub const DEFAULT_GRACE_PERIOD: Duration = Duration::from_secs(24);

/// The default lame duck: none.
pub const DEFAULT_LAME_DUCK: Duration = Duration::ZERO;

/// The default timeout of a health check.
pub const DEFAULT_HEALTH_CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the outcome of the health checks is reused by default.
pub const DEFAULT_HEALTH_CACHE: Duration = Duration::from_secs(1);

/// How long every worker thread may be blocked by default before `/livez` fails.
pub const DEFAULT_HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);

/// The timeouts of the shutdown. `None`: not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// From the trigger to the forced exit.
    pub grace_period: Duration,
    /// How long the service keeps serving after it has stopped being ready.
    pub lame_duck: Duration,
    /// How long work in flight may take to finish.
    pub drain_timeout: Option<Duration>,
    /// How long a handler may take that does not set its own timeout.
    pub handler_timeout: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::with_defaults([None; 4])
    }
}

impl Timeouts {
    /// Makes them from what is set, in the order of the fields. The grace period and the lame duck have their defaults here,
    /// the others when they are asked for: these depend on the others.
    #[must_use]
    pub fn with_defaults(set: [Option<Duration>; 4]) -> Self {
        let [grace_period, lame_duck, drain_timeout, handler_timeout] = set;
        Self {
            grace_period: grace_period.unwrap_or(DEFAULT_GRACE_PERIOD),
            lame_duck: lame_duck.unwrap_or(DEFAULT_LAME_DUCK),
            drain_timeout,
            handler_timeout,
        }
    }

    /// The drain timeout. Default: half of what the lame duck leaves of the grace period.
    #[must_use]
    pub fn effective_drain_timeout(&self) -> Duration {
        self.drain_timeout.unwrap_or(self.after_lame_duck() / 2)
    }

    /// The handlers' timeout. Default: an eighth of what the lame duck leaves of the grace period, whatever the drain timeout
    /// is. So the default drain, three groups of teardown and one of flush fit every grace period.
    #[must_use]
    pub fn effective_handler_timeout(&self) -> Duration {
        self.handler_timeout.unwrap_or(self.after_lame_duck() / 8)
    }

    fn after_lame_duck(&self) -> Duration {
        self.grace_period.saturating_sub(self.lame_duck)
    }

    /// The timeout of a handler of this phase that does not set its own. Default for the lame duck: at most as long as that.
    #[must_use]
    pub fn handler_timeout_in(&self, phase: HandlerPhase) -> Duration {
        let timeout = self.effective_handler_timeout();
        match phase {
            HandlerPhase::LameDuck if !self.lame_duck.is_zero() => timeout.min(self.lame_duck),
            _ => timeout,
        }
    }

    /// The longest time from the trigger to the teardown.
    #[must_use]
    pub fn before_teardown(&self) -> Duration {
        self.lame_duck.saturating_add(self.effective_drain_timeout())
    }

    /// Whether a program with these timeouts can start.
    ///
    /// # Errors
    ///
    /// When a timeout is zero or longer than ten years, or when lame duck and drain leave nothing for the handlers.
    pub fn check(&self) -> Result<(), TimeoutsError> {
        if self.grace_period.is_zero() || self.handler_timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(TimeoutsError::Zero);
        }
        if self.grace_period > MAX_DURATION {
            return Err(TimeoutsError::TooLong);
        }
        if self.before_teardown() >= self.grace_period {
            return Err(TimeoutsError::NothingForHandlers(*self));
        }
        Ok(())
    }
}

/// Why a program with these timeouts cannot start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutsError {
    /// The grace period or the handler timeout is zero.
    Zero,
    /// The grace period is longer than ten years.
    TooLong,
    /// Lame duck and drain take all of the grace period.
    NothingForHandlers(Timeouts),
}

impl TimeoutsError {
    /// One sentence, with the durations as `show` shows them.
    #[must_use]
    pub fn describe(&self, show: impl Fn(Duration) -> String) -> String {
        match self {
            Self::Zero => "the grace period and the handler timeout must not be zero".to_owned(),
            Self::TooLong => "the grace period must not be longer than ten years".to_owned(),
            Self::NothingForHandlers(timeouts) => format!(
                "the lame duck of {} and the drain timeout of {} leave nothing of the grace period of {} for the \
                 shutdown handlers",
                show(timeouts.lame_duck),
                show(timeouts.effective_drain_timeout()),
                show(timeouts.grace_period),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn the_defaults_are_parts_of_what_the_lame_duck_leaves() {
        let parts = |timeouts: Timeouts| (timeouts.effective_drain_timeout(), timeouts.effective_handler_timeout());
        assert_eq!(parts(Timeouts::default()), (secs(12), secs(3)));
        let timeouts = Timeouts { lame_duck: secs(8), ..Timeouts::default() };
        assert_eq!(parts(timeouts), (secs(8), secs(2)));
        assert_eq!(timeouts.before_teardown(), secs(16));
        let timeouts = Timeouts { grace_period: secs(12), ..timeouts };
        assert_eq!(parts(timeouts), (secs(2), secs(1) / 2));
        let timeouts = Timeouts { lame_duck: secs(15), ..timeouts };
        assert_eq!(parts(timeouts), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn a_drain_timeout_does_not_change_the_handlers() {
        let timeouts = Timeouts { drain_timeout: Some(secs(20)), ..Timeouts::default() };
        assert_eq!(timeouts.effective_handler_timeout(), secs(3));
        let timeouts = Timeouts { handler_timeout: Some(secs(5)), ..timeouts };
        assert_eq!(timeouts.effective_handler_timeout(), secs(5));
    }

    proptest! {
        #[test]
        fn three_groups_and_a_flush_fit_every_grace_period(
            (grace_period, lame_duck) in (1..=MAX_DURATION.as_nanos() as u64, 0..=MAX_DURATION.as_nanos() as u64, 0..64_u32)
                .prop_map(|(grace_period, lame_duck, shift)| {
                    let grace_period = (grace_period >> shift).max(1);
                    (Duration::from_nanos(grace_period), Duration::from_nanos(lame_duck % grace_period))
                }),
        ) {
            let timeouts = Timeouts { grace_period, lame_duck, ..Timeouts::default() };
            prop_assert_eq!(timeouts.check(), Ok(()));
            prop_assert!(timeouts.before_teardown() + timeouts.effective_handler_timeout() * 4 <= grace_period);
        }
    }

    #[test]
    fn a_lame_duck_handlers_default_is_at_most_the_lame_duck() {
        let timeouts = Timeouts { lame_duck: secs(2), handler_timeout: Some(secs(3)), ..Timeouts::default() };
        assert_eq!(timeouts.handler_timeout_in(HandlerPhase::LameDuck), secs(2));
        assert_eq!(timeouts.handler_timeout_in(HandlerPhase::Drain), secs(3));
        let longer = Timeouts { lame_duck: secs(4), ..timeouts };
        assert_eq!(longer.handler_timeout_in(HandlerPhase::LameDuck), secs(3));
        let skipped = Timeouts { lame_duck: Duration::ZERO, ..timeouts };
        assert_eq!(skipped.handler_timeout_in(HandlerPhase::LameDuck), secs(3));
    }

    #[test]
    fn the_defaults_can_start() {
        assert_eq!(Timeouts::default().check(), Ok(()));
        assert_eq!(Timeouts { handler_timeout: Some(Duration::MAX), ..Timeouts::default() }.check(), Ok(()));
    }

    #[test]
    fn what_cannot_start() {
        let default = Timeouts::default();
        for timeouts in [
            Timeouts { grace_period: Duration::ZERO, ..default },
            Timeouts { handler_timeout: Some(Duration::ZERO), ..default },
        ] {
            assert_eq!(timeouts.check(), Err(TimeoutsError::Zero));
        }
        assert_eq!(Timeouts { grace_period: Duration::MAX, ..default }.check(), Err(TimeoutsError::TooLong));
        for timeouts in [
            Timeouts { lame_duck: secs(30), ..default },
            Timeouts { lame_duck: secs(12), drain_timeout: Some(secs(12)), ..default },
            Timeouts { drain_timeout: Some(Duration::MAX), ..default },
        ] {
            assert_eq!(timeouts.check(), Err(TimeoutsError::NothingForHandlers(timeouts)));
        }
        let error = Timeouts { drain_timeout: Some(secs(90)), ..default }.check().unwrap_err();
        assert_eq!(
            error.describe(text::exact_duration),
            "the lame duck of 0 s and the drain timeout of 1 min 30 s leave nothing of the grace period of 24 s for the \
             shutdown handlers"
        );
    }
}
