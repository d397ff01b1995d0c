//! One run of a handler. Several threads may try to begin it, and the first one succeeds.
//!
//! The handler runs on the application's runtime, on which the things live that it closes: an async handler as a task, a plain
//! one on its own thread. If the runtime does not begin it, it gets its own thread too, so every handler is started. The thread
//! that has run it tells its end, unless the supervisor has given it up before.

mod begin;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use graceful_core::budget;
use graceful_core::plan::PlannedHandler;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Span;

pub(super) use self::begin::hand_over;
use super::schedule::{Circumstances, Schedule};
use super::{Function, Job};
use crate::arguments::{self, Cancellation, HandlerContext};
use crate::outcome::{Outcome, caught};
use crate::report::HandlerId;
use crate::spans::recorded;

/// How long a cancelled handler may take to end before the shutdown continues without it.
const CANCEL_TIMEOUT: Duration = Duration::from_millis(50);

/// A handler, linked or registered at run time, and what has become of it.
pub(crate) struct Run {
    pub(crate) planned: PlannedHandler,
    state: Mutex<State>,
}

struct State {
    /// `None` once the handler has been called.
    job: Option<Job>,
    /// `None` before its turn.
    begun: Option<Begun>,
    /// `None` before its turn and after its end.
    alarm: Option<Alarm>,
    cancelled: Option<Cancel>,
    /// Of the task that runs an async handler.
    waker: Option<Waker>,
    /// Exists if the handler has asked for it.
    token: Option<CancellationToken>,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    id: HandlerId,
    allowance: Duration,
    deadline: Instant,
    /// In its group, so that it may run on main's thread.
    is_alone: bool,
}

/// What the supervisor does with a handler that has not ended by a moment.
#[derive(Debug, Clone, Copy)]
struct Alarm {
    at: Instant,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// It gets its own thread, if the runtime has not begun it.
    BeginElsewhere,
    /// Its time is up.
    Cancel,
    /// The shutdown continues without it.
    GiveUp,
}

/// Why a handler was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancel {
    TimeIsUp,
    /// The drain was cut short.
    Cut,
}

impl Run {
    pub(super) fn new(planned: PlannedHandler, job: Job) -> Self {
        let state = State { job: Some(job), begun: None, alarm: None, cancelled: None, waker: None, token: None };
        Self { planned, state: Mutex::new(state) }
    }

    /// The same handler with another function.
    #[cfg(feature = "testing")]
    pub(super) fn replace(mut self, replace: impl FnOnce(&PlannedHandler, Job) -> Job) -> Self {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.job = state.job.take().map(|job| replace(&self.planned, job));
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run in its schedule. All runs of a phase are one allocation.
#[derive(Clone)]
pub(crate) struct RunRef {
    schedule: Arc<Schedule>,
    /// A place in the schedule.
    place: usize,
}

impl Deref for RunRef {
    type Target = Run;

    #[cfg_attr(not(test), expect(clippy::indexing_slicing, reason = "the schedule has made it of a place that exists"))]
    fn deref(&self) -> &Run {
        &self.schedule.runs()[self.place]
    }
}

impl RunRef {
    /// `place` must exist.
    pub(super) fn new(schedule: &Arc<Schedule>, place: usize) -> Self {
        Self { schedule: Arc::clone(schedule), place }
    }

    /// Does what is due at `now`. Returns when it must be called again.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state();
        let Alarm { at, step } = state.alarm?;
        let Begun { allowance, deadline, .. } = state.begun?;
        if at > now {
            return Some(at);
        }
        match step {
            // With less time left, a thread would start only to find that its time is up.
            Step::BeginElsewhere if allowance >= budget::MIN_WAIT => {
                state.alarm = Some(Alarm { at: deadline, step: Step::Cancel });
                let waits = state.job.is_some() && state.cancelled.is_none();
                drop(state);
                if waits {
                    // If the system has no thread left, the handler stays with the runtime.
                    self.begin_on_a_thread();
                }
            }
            Step::BeginElsewhere | Step::Cancel => {
                drop(state);
                self.cancel(Cancel::TimeIsUp);
            }
            Step::GiveUp => {
                drop(state);
                self.end(|| Outcome::TimedOut { blocked: true });
            }
        }
        self.state().alarm.map(|alarm| alarm.at)
    }

    /// Calls a plain handler.
    pub(super) fn call(&self, function: Function<Outcome>) {
        let span = self.open_span();
        let context = self.context();
        // What is caught outside of the span is a panic of the subscriber.
        let call = || recorded(&span, caught(|| function.call(context)).unwrap_or_else(Outcome::Panicked));
        let outcome = caught(|| span.in_scope(call)).unwrap_or_else(Outcome::Panicked);
        drop(span);
        self.end(|| outcome);
    }

    /// Call it on the thread that runs the handler.
    pub(super) fn open_span(&self) -> Span {
        self.circumstances().parent.open(&self.planned)
    }

    pub(super) fn context(&self) -> HandlerContext {
        let circumstances = self.circumstances();
        let deadline = self.state().begun.map_or_else(Instant::now, |begun| begun.deadline);
        arguments::Context {
            resources: circumstances.resources.clone(),
            cause: circumstances.reason.clone(),
            deadline: deadline.into_std(),
            cancelled: Cancellation::Handler(self.clone()),
        }
    }

    pub(super) fn circumstances(&self) -> &Circumstances {
        &self.schedule.circumstances
    }

    /// `None` if the handler was called.
    pub(super) fn take(&self) -> Option<Job> {
        self.state().job.take()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state().cancelled.is_some()
    }

    /// Whether the handler is cancelled. If it is not, `waker` is woken when it will be.
    pub(super) fn is_cancelled_or_wakes(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        match &mut state.waker {
            Some(last) => last.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        state.cancelled.is_some()
    }

    /// Cancels the handler, if it runs and was not cancelled before.
    pub(super) fn cancel(&self, why: Cancel) {
        let mut state = self.state();
        let State { begun: Some(begun), alarm: Some(alarm), cancelled: cancelled @ None, .. } = &mut *state else {
            return;
        };
        let at = Instant::now() + CANCEL_TIMEOUT.min(begun.allowance / 10).max(budget::MIN_WAIT);
        *alarm = Alarm { at, step: Step::GiveUp };
        *cancelled = Some(why);
        let (token, waker) = (state.token.clone(), state.waker.take());
        drop(state);
        if let Some(token) = token {
            token.cancel();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
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
        let (Some(_), Some(Begun { id, is_alone, .. })) = (state.alarm.take(), state.begun) else { return };
        let (cancelled, waker) = (state.cancelled, state.waker.take());
        drop(state);
        drop(waker);
        let outcome = match outcome() {
            Outcome::TimedOut { blocked: false } if cancelled == Some(Cancel::Cut) => Outcome::Cancelled,
            outcome => outcome,
        };
        if is_alone {
            self.circumstances().main_thread.handler_ends();
        }
        self.schedule.ended(id, outcome);
    }
}

impl fmt::Debug for RunRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunRef").field("handler", &self.planned.name()).finish_non_exhaustive()
    }
}
