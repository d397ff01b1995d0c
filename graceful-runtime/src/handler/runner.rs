//! Runs handlers, each within its timeout. The timeouts are on the supervisor's clock, which keeps running when the
//! application's runtime is blocked.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{self, Poll, ready};
use std::time::Duration;
use std::{fmt, mem};

use graceful_core::budget;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::start_once::StartOnce;
use super::{Registered, Workers};
use crate::arguments::Context;
use crate::outcome::Outcome;
use crate::resources::Resources;
use crate::spans::Parent;
use crate::trigger::Reason;

/// How long the runtime may take to begin a handler before the handler gets its own thread. A runtime that was only slow
/// does no harm: the handler runs once, wherever it begins first.
const BEGIN_TIMEOUT: Duration = Duration::from_millis(100);

/// How long a cancelled handler may take to end before the shutdown continues without it.
const CANCEL_TIMEOUT: Duration = Duration::from_millis(50);

/// What the runner needs from the program.
pub(crate) struct Circumstances {
    /// The application's runtime.
    pub(crate) app: Handle,
    pub(crate) resources: Resources,
    pub(crate) reason: Reason,
    pub(crate) parent: Parent,
    /// Cancels the handlers. Later ones do not start.
    pub(crate) cut: CancellationToken,
    pub(crate) workers_in_handlers: Workers,
}

/// Handlers that run concurrently.
pub(crate) struct Runner {
    circumstances: Circumstances,
    /// In the order in which they were added.
    entries: Vec<Entry>,
    left: usize,
    ends: mpsc::UnboundedReceiver<(usize, Outcome)>,
    /// Cloned for each handler.
    end: mpsc::UnboundedSender<(usize, Outcome)>,
    /// The next alarm of each handler, the earliest first.
    alarms: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Sleeps until the earliest of `alarms`.
    alarm: Pin<Box<Sleep>>,
    cut: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

struct Entry {
    start: StartOnce,
    cancelled: CancellationToken,
    allowance: Duration,
    deadline: Instant,
    state: State,
    alarm: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Handed to the runtime.
    Begun,
    /// Given its own thread, since the runtime did not begin it in time.
    Pushed,
    /// Cancelled: its time is up, or the drain was cut short.
    Cancelling {
        cut: bool,
    },
    Over,
}

impl Runner {
    /// Call it inside the supervisor's runtime.
    pub(crate) fn new(circumstances: Circumstances) -> Self {
        let (end, ends) = mpsc::unbounded_channel();
        let cut = Some(Box::pin(circumstances.cut.clone().cancelled_owned()));
        let alarm = Box::pin(sleep_until(Instant::now()));
        Self { circumstances, entries: Vec::new(), left: 0, ends, end, alarms: BinaryHeap::new(), alarm, cut }
    }

    /// Adds a handler. Its allowance starts now.
    pub(crate) fn add(&mut self, handler: Registered, allowance: Duration) {
        let Circumstances { resources, reason, parent, .. } = &self.circumstances;
        let now = Instant::now();
        let deadline = now + allowance;
        let cancelled = CancellationToken::new();
        let context = Context {
            resources: resources.clone(),
            cause: reason.clone(),
            deadline: deadline.into_std(),
            cancelled: cancelled.clone(),
        };
        let which = self.entries.len();
        let end = End { which, to: Some(self.end.clone()) };
        let start = StartOnce::new(handler, context, *parent, |outcome| end.tell(outcome));
        let alarm = now + BEGIN_TIMEOUT.min(allowance / 4);
        self.entries.push(Entry { start, cancelled, allowance, deadline, state: State::Begun, alarm });
        self.alarms.push(Reverse((alarm, which)));
        self.left += 1;
    }

    /// Begins those that were added.
    pub(crate) fn begin(&self) {
        for entry in &self.entries {
            entry.start.begin(&self.circumstances.app, &self.circumstances.workers_in_handlers);
        }
    }

    /// Waits for the next handler that ends. Returns its place in the order of [`Runner::add`] and its outcome, at most
    /// [`CANCEL_TIMEOUT`] after its time is up, or `None` when no handler is left.
    ///
    /// Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<(usize, Outcome)> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut task::Context<'_>) -> Poll<Option<(usize, Outcome)>> {
        while self.left > 0 {
            // First, so that a handler that ends at the last moment has ended.
            if let Poll::Ready(Some((which, outcome))) = self.ends.poll_recv(context) {
                if let Some(outcome) = self.over(which, outcome) {
                    return Poll::Ready(Some((which, outcome)));
                }
            } else if self.cut.as_mut().is_some_and(|cut| cut.as_mut().poll(context).is_ready()) {
                self.cut = None;
                self.cut_short();
            } else {
                let Some(Reverse((next, which))) = self.alarms.peek().copied() else { return Poll::Pending };
                if self.alarm.deadline() != next {
                    self.alarm.as_mut().reset(next);
                }
                ready!(self.alarm.as_mut().poll(context));
                self.alarms.pop();
                if let Some(outcome) = self.due(next, which).and_then(|outcome| self.over(which, outcome)) {
                    return Poll::Ready(Some((which, outcome)));
                }
            }
        }
        Poll::Ready(None)
    }

    /// Records that a handler has ended. Returns `None` if that was recorded before.
    fn over(&mut self, which: usize, outcome: Outcome) -> Option<Outcome> {
        let before = mem::replace(&mut self.entries.get_mut(which)?.state, State::Over);
        if before == State::Over {
            return None;
        }
        self.left -= 1;
        match (before, outcome) {
            (State::Cancelling { cut: true }, Outcome::TimedOut { blocked: false }) => Some(Outcome::Cancelled),
            (_, outcome) => Some(outcome),
        }
    }

    /// Handles an alarm. Returns the outcome if the shutdown continues without the handler.
    fn due(&mut self, when: Instant, which: usize) -> Option<Outcome> {
        let entry = self.entries.get_mut(which).filter(|entry| entry.alarm == when)?;
        match entry.state {
            // With less time left, a thread would start only to find that its time is up.
            State::Begun if entry.allowance >= budget::MIN_WAIT => {
                entry.start.begin_elsewhere(&self.circumstances.app);
                entry.state = State::Pushed;
                entry.alarm = entry.deadline;
                self.alarms.push(Reverse((entry.alarm, which)));
            }
            State::Begun | State::Pushed => self.cancel(which, false),
            State::Cancelling { .. } => return Some(Outcome::TimedOut { blocked: true }),
            State::Over => {}
        }
        None
    }

    fn cut_short(&mut self) {
        let running = |entry: &Entry| matches!(entry.state, State::Begun | State::Pushed);
        let running: Vec<usize> =
            (0..).zip(&self.entries).filter(|(_, entry)| running(entry)).map(|(which, _)| which).collect();
        running.into_iter().for_each(|which| self.cancel(which, true));
    }

    fn cancel(&mut self, which: usize, cut: bool) {
        let Some(entry) = self.entries.get_mut(which) else { return };
        entry.state = State::Cancelling { cut };
        entry.alarm = Instant::now() + CANCEL_TIMEOUT.min(entry.allowance / 10).max(budget::MIN_WAIT);
        self.alarms.push(Reverse((entry.alarm, which)));
        entry.cancelled.cancel();
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("left", &self.left).finish_non_exhaustive()
    }
}

/// Sends how a handler ended, also if its thread or its runtime is gone.
struct End {
    which: usize,
    to: Option<mpsc::UnboundedSender<(usize, Outcome)>>,
}

impl End {
    fn tell(mut self, outcome: Outcome) {
        self.send(outcome);
    }

    fn send(&mut self, outcome: Outcome) {
        if let Some(to) = self.to.take() {
            // Nobody receives it when the shutdown has continued without it.
            let _ = to.send((self.which, outcome));
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.send(Outcome::Panicked("the thread or the runtime that ran it is gone".to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use graceful_core::plan::PlannedHandler;
    use graceful_core::{HandlerPhase, Phase};
    use tokio::runtime::Builder;
    use tokio::sync::oneshot;

    use super::super::Job;
    use super::*;
    use crate::spans::Spans;
    use crate::trigger::Trigger;

    #[tokio::test]
    async fn a_handler_whose_runtime_goes_away_is_over() {
        let app = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let now = std::time::Instant::now();
        let spans = Box::leak(Box::new(Spans::new(Trigger {
            reason: Reason::Requested,
            at: now,
            deadline: now,
            cancels_start: false,
        })));
        let mut running = Runner::new(Circumstances {
            app: app.handle().clone(),
            resources: Resources::default(),
            reason: Reason::Requested,
            parent: Parent { spans, phase: Phase::Teardown },
            cut: CancellationToken::new(),
            workers_in_handlers: Workers::default(),
        });
        let (begin, begun) = oneshot::channel();
        let job = Job::Async(Box::new(move |_| {
            begin.send(()).unwrap();
            Box::pin(pending())
        }));
        let timeout = Duration::from_secs(100);
        let planned = PlannedHandler::new("handler", 0, timeout, HandlerPhase::Teardown, "here:1");
        running.add(Registered { planned, job }, timeout);
        running.begin();
        begun.await.unwrap();
        app.shutdown_background();
        let (which, outcome) = running.next().await.unwrap();
        assert!(which == 0 && matches!(&outcome, Outcome::Panicked(why) if why.contains("gone")), "{outcome}");
        assert!(running.next().await.is_none());
    }
}
