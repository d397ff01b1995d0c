//! Runs the handlers of a group at the same time, each within its timeout. The timeouts are on the supervisor's clock, which
//! keeps running when the application's runtime is blocked.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use graceful_core::budget;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::run::{Cancel, Run};
use super::{Registered, Workers};
use crate::outcome::Outcome;
use crate::report::HandlerId;
use crate::resources::Resources;
use crate::spans::Parent;
use crate::trigger::Reason;

/// How long the runtime may take to begin a handler before the handler gets its own thread. A runtime that was only slow
/// does no harm: the handler runs once, wherever it begins first.
const BEGIN_TIMEOUT: Duration = Duration::from_millis(100);

/// How long a cancelled handler may take to end before the shutdown continues without it.
const CANCEL_TIMEOUT: Duration = Duration::from_millis(50);

/// What the handlers of a group share.
pub(crate) struct Circumstances {
    /// The application's runtime.
    pub(crate) app: Handle,
    pub(crate) resources: Resources,
    pub(crate) reason: Reason,
    pub(crate) parent: Parent,
    pub(crate) workers_in_handlers: Workers,
    /// Learns how a handler ended, on the thread that ran it or on the supervisor's. Does not block.
    pub(crate) ended: Box<dyn Fn(HandlerId, Outcome) + Send + Sync>,
}

/// Handlers that run concurrently.
pub(crate) struct Group {
    pub(super) circumstances: Circumstances,
    left: AtomicUsize,
    all_ended: Notify,
}

impl Group {
    /// The end of one of its handlers.
    pub(super) fn ended(&self, id: HandlerId, outcome: Outcome) {
        (self.circumstances.ended)(id, outcome);
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.all_ended.notify_one();
        }
    }
}

/// The supervisor's part: it begins the handlers, and sees to it that each of them ends.
pub(crate) struct Runner {
    group: Arc<Group>,
    /// Cancels the handlers.
    cut: CancellationToken,
    begin: Instant,
    /// In the order in which they were added.
    runs: Vec<Arc<Run>>,
    /// The next alarm of each handler, the earliest first.
    alarms: BinaryHeap<Reverse<Alarm>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alarm {
    at: Instant,
    which: usize,
    step: Step,
}

/// What happens to a handler that has not ended by then.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// It gets its own thread, if the runtime has not begun it.
    BeginElsewhere,
    /// Its time is up.
    Cancel,
    /// The shutdown continues without it.
    GiveUp,
}

impl Runner {
    /// Call it inside the supervisor's runtime. The allowances of the handlers start now.
    pub(crate) fn new(circumstances: Circumstances, cut: CancellationToken, handlers: usize) -> Self {
        let group = Group { circumstances, left: AtomicUsize::new(0), all_ended: Notify::new() };
        Self {
            group: Arc::new(group),
            cut,
            begin: Instant::now(),
            runs: Vec::with_capacity(handlers),
            alarms: BinaryHeap::with_capacity(handlers),
        }
    }

    /// Adds a handler.
    pub(crate) fn add(&mut self, handler: Registered, allowance: Duration, id: HandlerId) {
        let group = Arc::clone(&self.group);
        let at = self.begin + BEGIN_TIMEOUT.min(allowance / 4);
        self.alarms.push(Reverse(Alarm { at, which: self.runs.len(), step: Step::BeginElsewhere }));
        self.runs.push(Arc::new(Run::new(group, handler, id, allowance, self.begin + allowance)));
    }

    /// Runs the handlers that were added. Each has ended at most [`CANCEL_TIMEOUT`] after its time is up, or is given up.
    pub(crate) async fn run(mut self) {
        self.group.left.store(self.runs.len(), Ordering::Relaxed);
        self.runs.iter().for_each(Run::begin);
        let group = Arc::clone(&self.group);
        let mut all_ended = pin!(group.all_ended.notified());
        // A handler that has not ended has an alarm.
        while let Some(Reverse(Alarm { at, .. })) = self.alarms.peek() {
            match timeout_at(*at, self.cut.run_until_cancelled(all_ended.as_mut())).await {
                Ok(Some(())) => return,
                Ok(None) => {
                    (0..self.runs.len()).for_each(|which| self.cancel(which, Cancel::Cut));
                    self.cut = CancellationToken::new();
                }
                Err(_) => self.due(),
            }
        }
    }

    /// Handles the first alarm.
    fn due(&mut self) {
        let Some(Reverse(Alarm { which, step, .. })) = self.alarms.pop() else { return };
        let Some(run) = self.runs.get(which) else { return };
        match step {
            // With less time left, a thread would start only to find that its time is up.
            Step::BeginElsewhere if run.allowance >= budget::MIN_WAIT => {
                run.begin_elsewhere();
                self.alarms.push(Reverse(Alarm { at: run.deadline, which, step: Step::Cancel }));
            }
            Step::BeginElsewhere | Step::Cancel => self.cancel(which, Cancel::TimeIsUp),
            Step::GiveUp => run.end(|| Outcome::TimedOut { blocked: true }),
        }
    }

    fn cancel(&mut self, which: usize, why: Cancel) {
        let Some(run) = self.runs.get(which) else { return };
        if run.cancel(why) {
            let at = Instant::now() + CANCEL_TIMEOUT.min(run.allowance / 10).max(budget::MIN_WAIT);
            self.alarms.push(Reverse(Alarm { at, which, step: Step::GiveUp }));
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("runs", &self.runs).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use graceful_core::plan::PlannedHandler;
    use graceful_core::{HandlerPhase, Phase};
    use tokio::runtime::Builder;
    use tokio::sync::{mpsc, oneshot};

    use super::super::{Function, Job};
    use super::*;
    use crate::report::Recorder;
    use crate::spans::Spans;
    use crate::trigger::Trigger;

    #[tokio::test]
    async fn a_handler_whose_runtime_goes_away_is_over() {
        let app = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let now = std::time::Instant::now();
        let trigger = Trigger { reason: Reason::Requested, at: now, deadline: now, cancels_start: false };
        let spans = Box::leak(Box::new(Spans::new(trigger.clone())));
        let (end, mut ends) = mpsc::unbounded_channel();
        let circumstances = Circumstances {
            app: app.handle().clone(),
            resources: Resources::default(),
            reason: Reason::Requested,
            parent: Parent { spans, phase: Phase::Teardown },
            workers_in_handlers: Workers::default(),
            ended: Box::new(move |_, outcome| end.send(outcome).unwrap()),
        };
        let mut runner = Runner::new(circumstances, CancellationToken::new(), 1);
        let (begin, begun) = oneshot::channel();
        let job = Job::Async(Function::Late(Box::new(move |_| {
            begin.send(()).unwrap();
            Box::pin(pending())
        })));
        let timeout = Duration::from_secs(100);
        let planned = PlannedHandler::new("handler", 0, timeout, HandlerPhase::Teardown, "here:1");
        let id = Recorder::new(&trigger, std::time::Instant::now)
            .handlers_began([(&planned, timeout)].into_iter())
            .pop()
            .unwrap();
        runner.add(Registered { planned, job }, timeout, id);
        let stop = async {
            begun.await.unwrap();
            app.shutdown_background();
        };
        tokio::join!(runner.run(), stop);
        let outcome = ends.recv().await.unwrap();
        assert!(matches!(&outcome, Outcome::Panicked(why) if why.contains("gone")), "{outcome}");
        assert!(ends.recv().await.is_none());
    }
}
