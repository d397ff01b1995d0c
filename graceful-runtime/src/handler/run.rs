//! One run of a handler. Several threads may try to begin it, and the first one succeeds.
//!
//! The handler runs on the application's runtime, on which the things live that it closes: an async handler as a task, a plain
//! one on its own thread. If the runtime does not begin it, it gets its own thread too, so every handler is started. The thread
//! that has run it tells its end, unless the supervisor has given it up before.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll, Waker};
use std::time::Duration;

use graceful_core::plan::PlannedHandler;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::async_call::AsyncCall;
use super::runner::Group;
use super::{Function, Job, Registered};
use crate::arguments::{Cancellation, Context, HandlerContext};
use crate::outcome::{Outcome, caught};
use crate::registry::BoxFuture;
use crate::report::HandlerId;
use crate::spans::recorded;
use crate::spawn;

/// How many threads of the application's runtime are inside a handler at this moment. A handler that was given up and blocks its
/// thread stays counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workers(Arc<AtomicUsize>);

impl Workers {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts this thread while `run` runs, which does not panic.
    fn count_during<T>(&self, run: impl FnOnce() -> T) -> T {
        self.0.fetch_add(1, Ordering::Relaxed);
        let output = run();
        self.0.fetch_sub(1, Ordering::Relaxed);
        output
    }
}

/// A handler with its time, and what has become of it.
pub(crate) struct Run {
    group: Arc<Group>,
    planned: PlannedHandler,
    id: HandlerId,
    pub(super) allowance: Duration,
    pub(super) deadline: Instant,
    state: Mutex<State>,
}

struct State {
    /// `None` once the handler has begun.
    job: Option<Job>,
    cancelled: Option<Cancel>,
    /// Whether its end was told, by the thread that ran it or by the supervisor.
    over: bool,
    /// Of the task that runs an async handler.
    waker: Option<Waker>,
    /// Exists if the handler has asked for it.
    token: Option<CancellationToken>,
}

/// Why a handler was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancel {
    TimeIsUp,
    /// The drain was cut short.
    Cut,
}

impl Run {
    pub(super) fn new(
        group: Arc<Group>,
        handler: Registered,
        id: HandlerId,
        allowance: Duration,
        deadline: Instant,
    ) -> Self {
        let Registered { planned, job } = handler;
        let state = State { job: Some(job), cancelled: None, over: false, waker: None, token: None };
        Self { group, planned, id, allowance, deadline, state: Mutex::new(state) }
    }

    /// Hands the handler to the runtime. A plain handler gets its own thread.
    ///
    /// `spawn_blocking` would panic when the system has no thread left, and not run the handler. Here it runs on one of the
    /// runtime's threads in that case, and blocks it.
    pub(super) fn begin(self: &Arc<Self>) {
        let is_plain = matches!(self.state().job, Some(Job::Blocking(_)));
        if !(is_plain && self.begin_on_a_thread()) {
            let run = Arc::clone(self);
            spawn::task(&self.group.circumstances.app, async move {
                let workers = run.group.circumstances.workers_in_handlers.clone();
                let mut run = pin!(run.on_the_runtime());
                poll_fn(|context| workers.count_during(|| run.as_mut().poll(context))).await;
            });
        }
    }

    /// Gives the handler its own thread, unless it has begun by now or was cancelled. If the system has no thread left, the
    /// handler stays with the runtime.
    pub(super) fn begin_elsewhere(self: &Arc<Self>) {
        let waits = |state: &State| state.job.is_some() && state.cancelled.is_none();
        if waits(&self.state()) {
            self.begin_on_a_thread();
        }
    }

    /// `false` when the system has no thread left.
    fn begin_on_a_thread(self: &Arc<Self>) -> bool {
        let run = Arc::clone(self);
        let begin = move || match run.take() {
            Some(Job::Async(function)) => {
                let app = run.group.circumstances.app.clone();
                let run: Pin<Box<dyn Future<Output = ()>>> = Box::pin(run.call_async(function));
                app.block_on(run);
            }
            Some(Job::Blocking(function)) => {
                let _runtime = run.group.circumstances.app.enter();
                run.call(function);
            }
            None => {}
        };
        spawn::thread("graceful-handler", begin).is_ok()
    }

    /// Runs the handler on a thread of the application's runtime, unless it has begun somewhere else.
    async fn on_the_runtime(self: Arc<Self>) {
        match self.take() {
            Some(Job::Async(function)) => self.call_async(function).await,
            Some(Job::Blocking(function)) => self.call(function),
            None => {}
        }
    }

    /// Calls a plain handler.
    fn call(self: &Arc<Self>, function: Function<Outcome>) {
        let span = self.group.circumstances.parent.open(&self.planned);
        let context = self.context();
        // What is caught outside of the span is a panic of the subscriber.
        let call = || recorded(&span, caught(|| function.call(context)).unwrap_or_else(Outcome::Panicked));
        let outcome = caught(|| span.in_scope(call)).unwrap_or_else(Outcome::Panicked);
        drop(span);
        self.end(|| outcome);
    }

    /// Calls an async handler, unless it was cancelled before, and drops its future when it is cancelled.
    async fn call_async(self: Arc<Self>, function: Function<BoxFuture<Outcome>>) {
        let gone = Gone(&self);
        let mut call = AsyncCall { span: self.group.circumstances.parent.open(&self.planned), future: None };
        let outcome = if self.state().cancelled.is_some() {
            None
        } else {
            match caught(|| call.span.in_scope(|| function.call(self.context()))) {
                Ok(future) => {
                    call.future = Some(future);
                    poll_fn(|context| match call.poll(context) {
                        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                        Poll::Pending if self.is_cancelled(context) => Poll::Ready(None),
                        Poll::Pending => Poll::Pending,
                    })
                    .await
                }
                Err(message) => Some(Outcome::Panicked(message)),
            }
        };
        let outcome = outcome.map(|outcome| call.ended(outcome));
        drop(call);
        mem::forget(gone);
        self.end(|| outcome.unwrap_or(Outcome::TimedOut { blocked: false }));
    }

    fn context(self: &Arc<Self>) -> HandlerContext {
        Context {
            resources: self.group.circumstances.resources.clone(),
            cause: self.group.circumstances.reason.clone(),
            deadline: self.deadline.into_std(),
            cancelled: Cancellation::Handler(Arc::clone(self)),
        }
    }

    fn take(&self) -> Option<Job> {
        self.state().job.take()
    }

    /// Whether the handler is cancelled. If it is not, its task is woken when it will be.
    fn is_cancelled(&self, context: &task::Context<'_>) -> bool {
        let mut state = self.state();
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        state.cancelled.is_some()
    }

    /// Cancels the handler. Returns `false` if it was cancelled before, or has ended.
    pub(super) fn cancel(&self, why: Cancel) -> bool {
        let mut state = self.state();
        if state.over || state.cancelled.is_some() {
            return false;
        }
        state.cancelled = Some(why);
        let (token, waker) = (state.token.clone(), state.waker.take());
        drop(state);
        if let Some(token) = token {
            token.cancel();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// The token that is cancelled with the handler.
    pub(crate) fn token(&self) -> CancellationToken {
        let mut state = self.state();
        let is_cancelled = state.cancelled.is_some();
        let token = state.token.get_or_insert_default().clone();
        drop(state);
        if is_cancelled {
            token.cancel();
        }
        token
    }

    /// Tells how the handler ended, unless that was told before.
    pub(super) fn end(&self, outcome: impl FnOnce() -> Outcome) {
        let mut state = self.state();
        if mem::replace(&mut state.over, true) {
            return;
        }
        let (cancelled, waker) = (state.cancelled, state.waker.take());
        drop(state);
        drop(waker);
        let outcome = match outcome() {
            Outcome::TimedOut { blocked: false } if cancelled == Some(Cancel::Cut) => Outcome::Cancelled,
            outcome => outcome,
        };
        self.group.ended(self.id, outcome);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("handler", &self.planned.name()).finish_non_exhaustive()
    }
}

/// Tells the end of an async handler whose task or thread is dropped.
struct Gone<'a>(&'a Run);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.end(|| Outcome::Panicked("the thread or the runtime that ran it is gone".to_owned()));
    }
}
