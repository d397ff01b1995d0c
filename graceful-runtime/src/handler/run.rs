//! Running one handler.
//!
//! It runs on the application's runtime, where what it closes lives: an asynchronous one as a task, a plain one on a
//! thread beside it. Its time is kept by the supervisor's clock, which ticks also when the application's
//! doesn't. And if the runtime has no thread that begins it, a thread of its own does: every handler is started.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use super::registry::{Job, Registered};
use crate::argument::{Context, Resources};
use crate::budget;
use crate::drive::{Drive, afterwards};
use crate::lifecycle::Reason;
use crate::outcome::Outcome;
use crate::unwind::{caught, caught_async};

/// How long the runtime may take to begin a handler before a thread of its own does. No harm is done if it was only
/// slow: the handler runs once, wherever it is begun first.
const TO_BEGIN: Duration = Duration::from_millis(100);

/// How long a handler whose time is up may take to let go, before the shutdown goes on without it.
const TO_LET_GO: Duration = Duration::from_millis(50);

/// What a run has of its surroundings.
pub(crate) struct Circumstances {
    pub(crate) app: Handle,
    pub(crate) resources: Resources,
    pub(crate) reason: Reason,
    pub(crate) allowance: Duration,
    /// Cuts the run short.
    pub(crate) cut: CancellationToken,
    /// What goes on when the handler has ended: the thread that has run it takes the next step.
    pub(crate) drive: Option<Arc<Drive>>,
}

/// Runs `handler` to its end, or to the end of its allowance. Takes at most [`TO_LET_GO`] longer than that.
///
/// The second of what it gives says that a thread of the application's runtime has run it, and is free again.
pub(crate) async fn run(handler: Registered, circumstances: Circumstances) -> (Outcome, bool) {
    let Circumstances { app, resources, reason, allowance, cut, drive } = circumstances;
    let deadline = Instant::now() + allowance;
    let cancelled = CancellationToken::new();
    let context = Context { resources, reason, deadline: deadline.into_std(), cancelled: cancelled.clone() };

    let mut by_the_runtime = false;
    let (done, mut outcome) = oneshot::channel();
    let slot = Slot::new(handler, context, Done { done, drive });
    let ended = cut.run_until_cancelled(async {
        let patience = TO_BEGIN.min(allowance / 4);
        let (begin, on) = (slot.clone(), app.clone());
        afterwards(move || begin.begin(&on));
        if let Ok(ended) = timeout(patience, &mut outcome).await {
            by_the_runtime = slot.is_task && ended.is_ok();
            return Ok(ended);
        }
        slot.begin_elsewhere(&app);
        timeout_at(deadline, &mut outcome).await
    });
    let ended = ended.await;
    if let Some(Ok(ended)) = ended {
        return (ended.unwrap_or_else(|_| died()), by_the_runtime);
    }
    cancelled.cancel();
    let late = timeout(TO_LET_GO.min(allowance / 10).max(budget::MOMENT), outcome).await;
    let outcome = match late {
        Ok(Ok(Outcome::TimedOut { .. })) if ended.is_none() => Outcome::Cancelled,
        // Perhaps it came to its end in the last moment, or on hearing that it was cancelled.
        Ok(late) => late.unwrap_or_else(|_| died()),
        Err(_) => Outcome::TimedOut { blocked: true },
    };
    (outcome, false)
}

fn died() -> Outcome {
    Outcome::Panicked("the thread or the runtime that ran it is gone".to_owned())
}

/// Where a handler's end is told.
struct Done {
    done: oneshot::Sender<Outcome>,
    drive: Option<Arc<Drive>>,
}

impl Done {
    fn tell(self, outcome: Outcome) {
        Drive::after_in(self.drive.as_ref(), || drop(self.done.send(outcome)));
    }
}

/// One run of a handler, for whichever thread begins it.
#[derive(Clone)]
struct Slot {
    run: Arc<Mutex<Option<Run>>>,
    is_task: bool,
}

enum Run {
    Async(Pin<Box<dyn Future<Output = ()> + Send>>),
    Blocking(Box<dyn FnOnce() + Send>),
}

impl Slot {
    fn new(handler: Registered, context: Context, done: Done) -> Self {
        let Registered { planned, job } = handler;
        // Made where the handler runs: a subscriber may block when a span begins or ends.
        let span = move || {
            info_span!(
                target: "graceful", parent: None, "shutdown_handler",
                handler = planned.name(), priority = planned.priority()
            )
        };
        let run = match job {
            Job::Async(make) => Run::Async(Box::pin(async move {
                let cancelled = context.cancelled.clone();
                let ended = async move {
                    match caught(|| make(context)) {
                        Ok(future) => caught_async(future).await.unwrap_or_else(Outcome::Panicked),
                        Err(message) => Outcome::Panicked(message),
                    }
                };
                let ended = cancelled.run_until_cancelled_owned(ended.instrument(span())).await;
                done.tell(ended.unwrap_or(Outcome::TimedOut { blocked: false }));
            })),
            Job::Blocking(job) => Run::Blocking(Box::new(move || {
                let outcome = span().in_scope(|| caught(|| job(context)).unwrap_or_else(Outcome::Panicked));
                done.tell(outcome);
            })),
        };
        let is_task = matches!(run, Run::Async(_));
        Self { run: Arc::new(Mutex::new(Some(run))), is_task }
    }

    /// Hands the handler to the runtime; a plain one gets a thread of its own.
    ///
    /// Not with `spawn_blocking`: that panics when the system has no thread left, and then leaves the handler behind. It
    /// is better that it blocks one of the runtime's threads than that it is never begun.
    fn begin(&self, app: &Handle) {
        if self.is_task || !self.begin_on_a_thread(app) {
            let slot = Arc::clone(&self.run);
            app.spawn(async move {
                match take(&slot) {
                    Some(Run::Async(run)) => run.await,
                    Some(Run::Blocking(run)) => run(),
                    None => {}
                }
            });
        }
    }

    /// Gives the handler a thread of its own, unless it has begun by now. If the system has no thread left, the handler
    /// stays with the runtime.
    fn begin_elsewhere(&self, app: &Handle) {
        if self.run.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            self.begin_on_a_thread(app);
        }
    }

    /// `false` when the system has no thread left.
    fn begin_on_a_thread(&self, app: &Handle) -> bool {
        let (slot, app) = (Arc::clone(&self.run), app.clone());
        let begin = move || match take(&slot) {
            Some(Run::Async(run)) => app.block_on(run),
            Some(Run::Blocking(run)) => {
                let _runtime = app.enter();
                run();
            }
            None => {}
        };
        thread::Builder::new().name("graceful-handler".to_owned()).spawn(begin).is_ok()
    }
}

fn take(slot: &Mutex<Option<Run>>) -> Option<Run> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}
