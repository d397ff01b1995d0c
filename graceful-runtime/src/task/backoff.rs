//! The back-off between the attempts of a supervised task, and the budget of its restarts.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

/// When a [supervised task](crate::task()) is restarted after an error or a panic: the pauses between its attempts, and how many
/// restarts it has.
///
/// The pause doubles with each failure, from `min` to `max`. It has equal jitter: it is chosen at random from the upper half of
/// the current step, so that many instances that have failed together do not restart together. The first pause is between `min`
/// and twice `min`, the second one between twice and four times `min`. No pause is shorter than `min` or longer than `max`.
///
/// The pauses begin again at `min` after an attempt that ran for at least `max`. A restart alone resets nothing, so a task that
/// fails again and again is always paused for as long as `max`.
///
/// Without [`at_most`](Self::at_most) the task is restarted for as long as the program runs.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::Backoff;
///
/// // In a constant, a mistake is an error of the compiler.
/// const BACKOFF: Backoff = Backoff::exponential(Duration::from_millis(100)..Duration::from_secs(30))
///     .at_most(5, Duration::from_secs(60));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn consume() {}
/// graceful::task("consumer").restart(BACKOFF).spawn(consume);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    /// How many restarts there may be within a window. `None`: any number.
    budget: Option<(u32, Duration)>,
}

impl Backoff {
    /// Returns a back-off whose pauses double from the start of the range to its end. Both may be equal.
    ///
    /// The timers of tokio count whole milliseconds, so a pause may be up to a millisecond longer.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use graceful::Backoff;
    ///
    /// let backoff = Backoff::exponential(Duration::from_millis(200)..Duration::from_secs(10));
    /// # let _ = backoff;
    /// ```
    ///
    /// # Panics
    ///
    /// If the start of the range is zero, since a task that fails at once would be restarted without a pause, or if it is greater
    /// than the end.
    #[must_use]
    #[cfg_attr(not(test), expect(clippy::panic, reason = "documented, and outside of the shutdown"))]
    pub const fn exponential(pauses: Range<Duration>) -> Self {
        let Range { start: min, end: max } = pauses;
        if min.is_zero() {
            panic!("the shortest pause of a back-off is zero: a task that fails at once would never pause");
        }
        if min.as_nanos() > max.as_nanos() {
            panic!("the shortest pause of a back-off is longer than the longest: write `min..max`");
        }
        Self { min, max, budget: None }
    }

    /// Allows at most this number of restarts within each window of this length. One more failure is the task's final end.
    ///
    /// The window slides: it is the time before each failure, and only restarts count. With `at_most(0, ..)` the first failure
    /// is final. A window in which the pauses leave no time for so many restarts never ends the task.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use graceful::Backoff;
    ///
    /// // 1 to 2 s, 2 to 4 s, 4 to 8 s: the fourth failure within a minute is final.
    /// let backoff = Backoff::exponential(Duration::from_secs(1)..Duration::from_secs(30))
    ///     .at_most(3, Duration::from_secs(60));
    /// # let _ = backoff;
    /// ```
    ///
    /// # Panics
    ///
    /// If the window is zero, since no restart would ever be in it.
    #[must_use]
    #[cfg_attr(not(test), expect(clippy::panic, reason = "documented, and outside of the shutdown"))]
    pub const fn at_most(mut self, restarts: u32, window: Duration) -> Self {
        if window.is_zero() {
            panic!("the window of a back-off is zero: no restart would ever be in it");
        }
        self.budget = Some((restarts, window));
        self
    }
}

/// The restarts of one task.
#[derive(Debug)]
pub(super) struct Restarts {
    backoff: Backoff,
    /// How many attempts have failed since the last one that lasted.
    failures: u32,
    /// The restarts within the window. Empty without a budget.
    recent: VecDeque<Instant>,
}

impl Restarts {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { backoff, failures: 0, recent: VecDeque::new() }
    }

    /// The pause after an attempt that has failed and took this time. `None` if there were too many restarts.
    pub(super) fn pause(&mut self, ran: Duration, now: Instant) -> Option<Duration> {
        if let Some((restarts, window)) = self.backoff.budget {
            self.recent.retain(|&restart| now.saturating_duration_since(restart) < window);
            if self.recent.len() >= restarts as usize {
                return None;
            }
        }
        if ran >= self.backoff.max {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let (shortest, longest) = self.step();
        Some(between(shortest, longest, random()))
    }

    /// Counts a restart.
    pub(super) fn restarted(&mut self, now: Instant) {
        if self.backoff.budget.is_some() {
            self.recent.push_back(now);
        }
    }

    /// The shortest and the longest pause after the last failure.
    fn step(&self) -> (Duration, Duration) {
        let Backoff { min, max, .. } = self.backoff;
        let longest = min.saturating_mul(2_u32.saturating_pow(self.failures)).min(max);
        (min.max(longest / 2), longest)
    }
}

/// The point between two durations that the fraction `part / 2^64` leads to.
fn between(shortest: Duration, longest: Duration, part: u64) -> Duration {
    let span = u64::try_from(longest.saturating_sub(shortest).as_nanos()).unwrap_or(u64::MAX);
    // Less than the span, so it fits.
    let nanos = (u128::from(span) * u128::from(part)) >> u64::BITS;
    shortest.saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(span)))
}

/// A random number: each hasher of this kind has other keys.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use proptest::prelude::*;

    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn each_pause_is_from_the_upper_half_of_a_step_that_doubles() {
        let mut restarts = Restarts::new(Backoff::exponential(secs(1)..secs(10)));
        for (shortest, longest) in [(1, 2), (2, 4), (4, 8), (5, 10), (5, 10)] {
            let pause = restarts.pause(secs(0), Instant::now()).unwrap();
            assert_eq!(restarts.step(), (secs(shortest), secs(longest)));
            assert!((secs(shortest)..=secs(longest)).contains(&pause), "{pause:?}");
        }
        // The lower half would be below the minimum.
        let mut narrow = Restarts::new(Backoff::exponential(secs(2)..secs(3)));
        narrow.pause(secs(0), Instant::now());
        assert_eq!(narrow.step(), (secs(2), secs(3)));
    }

    #[test]
    fn pauses_differ() {
        let pauses: Vec<_> = (0..10)
            .map(|_| Restarts::new(Backoff::exponential(secs(1)..secs(8))).pause(secs(0), Instant::now()))
            .collect();
        assert!(pauses.windows(2).any(|pair| pair[0] != pair[1]), "{pauses:?}");
    }

    #[test]
    fn an_attempt_that_lasted_resets_the_pause_and_a_shorter_one_does_not() {
        let mut restarts = Restarts::new(Backoff::exponential(secs(1)..secs(64)));
        let mut steps = |ran| {
            restarts.pause(ran, Instant::now());
            restarts.step().1
        };
        assert_eq!([(); 3].map(|()| steps(secs(0))), [secs(2), secs(4), secs(8)]);
        assert_eq!(steps(secs(64) - Duration::from_nanos(1)), secs(16));
        assert_eq!(steps(secs(64)), secs(2));
    }

    #[test]
    fn the_budget_counts_restarts_in_a_window_that_slides() {
        let mut restarts = Restarts::new(Backoff::exponential(secs(1)..secs(1)).at_most(2, secs(10)));
        let begin = Instant::now();
        let mut fails_at = |at, restarts_at: Option<u64>| {
            let pause = restarts.pause(secs(0), begin + secs(at));
            if let Some(at) = restarts_at {
                restarts.restarted(begin + secs(at));
            }
            pause.is_some()
        };
        assert!(fails_at(0, Some(1)));
        assert!(fails_at(2, Some(3)));
        assert!(!fails_at(10, None), "the restart at 1 s is still in the window");
        assert!(fails_at(11, Some(12)), "and is not any more");
        assert!(!fails_at(12, None));
        assert!(fails_at(13, None), "a failure is no restart");
        assert!(fails_at(13, None));
    }

    #[test]
    fn a_budget_of_none_is_used_up() {
        let mut restarts = Restarts::new(Backoff::exponential(secs(1)..secs(1)).at_most(0, secs(10)));
        assert_eq!(restarts.pause(secs(0), Instant::now()), None);
    }

    #[test]
    fn without_a_budget_nothing_is_kept() {
        let mut restarts = Restarts::new(Backoff::exponential(secs(1)..secs(1)));
        for _ in 0..1_000 {
            assert_eq!(restarts.pause(secs(0), Instant::now()), Some(secs(1)));
            restarts.restarted(Instant::now());
        }
        assert!(restarts.recent.is_empty());
    }

    #[test]
    fn a_mistake_is_refused_where_it_is_made() {
        assert!(catch_unwind(|| Backoff::exponential(Duration::ZERO..secs(1))).is_err());
        assert!(catch_unwind(|| Backoff::exponential(secs(2)..secs(1))).is_err());
        assert!(catch_unwind(|| Backoff::exponential(secs(1)..secs(1)).at_most(1, Duration::ZERO)).is_err());
    }

    proptest! {
        #[test]
        fn jitter_stays_within_the_bounds(
            min in 1..=u64::MAX, more in any::<u64>(), failures in 0_u32..200, part in any::<u64>(),
        ) {
            let (min, max) = (Duration::from_nanos(min), Duration::from_nanos(min).saturating_add(Duration::from_secs(more)));
            let mut restarts = Restarts::new(Backoff::exponential(min..max));
            restarts.failures = failures;
            let pause = restarts.pause(Duration::ZERO, Instant::now()).unwrap();
            let (shortest, longest) = restarts.step();
            prop_assert!(min <= shortest && shortest <= longest && longest <= max);
            prop_assert!(shortest <= pause && pause <= longest);
            let pause = between(shortest, longest, part);
            prop_assert!(shortest <= pause && pause <= longest);
        }
    }
}
