//! The phases one after another, for code that follows the lifecycle.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use graceful_core::Phase;

use crate::lifecycle::Lifecycle;
use crate::program::program;
use crate::spawn::Boxed;

/// Returns the phases of the service, beginning with the current one.
///
/// Each phase is given once, in order, also if it has passed before it is asked for. A lame duck that is skipped is not given.
/// After [`Phase::Stopped`] there is none. In a program that graceful does not run, the phase changes only when
/// [`run_handlers`](crate::run_handlers) or [`request_shutdown`](crate::request_shutdown) is called.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Phase;
///
/// # fn show(_: &str) {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let task =
/// tokio::spawn(async {
///     let mut phases = graceful::subscribe();
///     while let Some(phase) = phases.next().await {
///         show(phase.label());
/// #       if phase == Phase::Draining { break }
///     }
/// });
/// # tokio::task::yield_now().await;
/// # graceful::request_shutdown();
/// # task.await.unwrap();
/// # }
/// ```
///
/// Main and tracked tasks must not wait for a phase after [`Phase::Draining`], since the drain waits for them. A task of
/// `tokio::spawn` may.
pub fn subscribe() -> Phases {
    let lifecycle = &program().lifecycle;
    lifecycle.participation.begin();
    Phases::of(lifecycle)
}

/// The phases of the service, one after another. Returned by [`subscribe`]. It is a [`Stream`] too.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::{Phase, Phases};
///
/// async fn teardown_begins(mut phases: Phases) {
///     while phases.next().await.is_some_and(|phase| phase < Phase::Teardown) {}
/// }
/// # let _ = teardown_begins(graceful::subscribe());
/// ```
#[must_use = "it gives the phases only when it is asked for the next one"]
pub struct Phases {
    lifecycle: &'static Lifecycle,
    /// The phase that is given next, unless it is skipped.
    next: Option<Phase>,
    /// Resolves when the next phase, or one after it, has begun.
    begins: Option<Boxed<'static>>,
}

impl Phases {
    fn of(lifecycle: &'static Lifecycle) -> Self {
        Self { lifecycle, next: Some(lifecycle.phase()), begins: None }
    }

    /// Returns the next phase, as soon as it begins. `None` after [`Phase::Stopped`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a phase that was not returned is the next one.
    pub async fn next(&mut self) -> Option<Phase> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Phase>> {
        let lifecycle = self.lifecycle;
        lifecycle.participation.awaits();
        while let Some(phase) = self.next {
            let begins = self.begins.get_or_insert_with(|| lifecycle.reaches(phase));
            ready!(begins.as_mut().poll(context));
            self.begins = None;
            self.next = Phase::ALL.into_iter().find(|later| *later > phase);
            if lifecycle.has_entered(phase) {
                return Poll::Ready(Some(phase));
            }
        }
        Poll::Ready(None)
    }
}

impl Stream for Phases {
    type Item = Phase;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Phase>> {
        self.get_mut().poll(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // The process may end before, and the lame duck may be skipped.
        (0, Some(self.next.map_or(0, |next| Phase::ALL.into_iter().filter(|phase| *phase >= next).count())))
    }
}

impl fmt::Debug for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phases").field("next", &self.next).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::{FutureExt, StreamExt};

    use super::*;
    use crate::config::Config;
    use crate::in_flight::Work;
    use crate::trigger::Reason;

    fn lifecycle(lame_duck: bool) -> &'static Lifecycle {
        let lifecycle = Box::leak(Box::new(Lifecycle::new(Work::leaked(), Instant::now)));
        let lame_duck = std::time::Duration::from_secs(u64::from(lame_duck));
        assert!(lifecycle.claim(Config::new().lame_duck(lame_duck)));
        lifecycle
    }

    fn pass_all(lifecycle: &Lifecycle) {
        lifecycle.begin(Reason::Requested);
        for phase in [Phase::Draining, Phase::Teardown, Phase::Stopped] {
            lifecycle.advance(phase);
        }
    }

    #[tokio::test]
    async fn a_slow_subscriber_gets_each_phase_once() {
        for (lame_duck, expected) in
            [(true, &Phase::ALL[..]), (false, &[Phase::Running, Phase::Draining, Phase::Teardown, Phase::Stopped])]
        {
            let lifecycle = lifecycle(lame_duck);
            let (mut phases, stream) = (Phases::of(lifecycle), Phases::of(lifecycle));
            pass_all(lifecycle);
            let mut given = Vec::new();
            while let Some(phase) = phases.next().await {
                given.push(phase);
            }
            assert_eq!(given, expected);
            assert_eq!(phases.next().await, None);
            assert_eq!(stream.collect::<Vec<_>>().await, expected);
            // The current one first.
            assert_eq!(Phases::of(lifecycle).collect::<Vec<_>>().await, [Phase::Stopped]);
        }
    }

    #[tokio::test]
    async fn a_call_that_is_cancelled_loses_nothing() {
        let lifecycle = lifecycle(false);
        let mut phases = Phases::of(lifecycle);
        assert_eq!(phases.next().now_or_never(), Some(Some(Phase::Running)));
        assert_eq!(phases.next().now_or_never(), None);
        lifecycle.begin(Reason::Requested);
        assert_eq!(phases.next().now_or_never(), Some(Some(Phase::Draining)));
        assert_eq!(phases.next().now_or_never(), None);
        assert_eq!(phases.size_hint(), (0, Some(2)));
    }

    #[tokio::test]
    async fn a_waiting_subscriber_is_woken() {
        let lifecycle = lifecycle(true);
        let phases = tokio::spawn(Phases::of(lifecycle).collect::<Vec<_>>());
        tokio::task::yield_now().await;
        for phase in &Phase::ALL[1..] {
            if *phase == Phase::LameDuck {
                assert!(lifecycle.begin(Reason::Requested))
            } else {
                lifecycle.advance(*phase)
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(phases.await.unwrap(), Phase::ALL);
    }
}
