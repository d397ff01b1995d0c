//! The handlers of one phase, group after group. Those of equal priority are a group, and run at the same time.
//!
//! The thread that ends the last handler of a group begins the next group, so the supervisor is not woken in between. Exactly one
//! thread does so: who ends the last one, and which group is next, is decided under one lock. The supervisor begins the first
//! group, and those that wait for the log. It keeps the clock for all of them.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use graceful_core::budget;
use graceful_core::plan::PlannedHandler;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::run::{Run, RunRef, hand_over};
use super::{MainThread, Workers};
use crate::outcome::Outcome;
use crate::report::{HandlerId, Recorder};
use crate::resources::Resources;
use crate::spans::Parent;
use crate::trigger::Reason;

/// What the handlers of a phase share.
pub(crate) struct Circumstances {
    /// The application's runtime.
    pub(crate) app: Handle,
    pub(crate) resources: Resources,
    pub(crate) reason: Reason,
    pub(crate) parent: Parent,
    pub(crate) main_thread: MainThread,
    pub(crate) workers_in_handlers: Workers,
    pub(crate) recorder: Arc<Recorder>,
    /// Learns how a handler ended, on the thread that ran it or on the supervisor's. Does not block.
    pub(crate) ended: Box<dyn Fn(HandlerId, Outcome) + Send + Sync>,
    /// Whether the next group may begin at once, and need not wait for the log.
    pub(crate) continues_at_once: Box<dyn Fn() -> bool + Send + Sync>,
}

/// How much time the handlers of a phase have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// When the last one must have ended.
    pub(crate) end: Instant,
    /// The part before `end` that is for what follows.
    pub(crate) reserve: Duration,
}

/// The handlers of one phase.
pub(crate) struct Schedule {
    pub(super) circumstances: Circumstances,
    /// In running order.
    runs: Vec<Run>,
    time: Time,
    /// Cancels the running handlers, and later ones do not begin.
    cut: CancellationToken,
    progress: Mutex<Progress>,
    /// Notifies the supervisor: nothing runs, or it has to look earlier.
    changed: Notify,
}

struct Progress {
    /// Those that have not begun. The last is the next to begin.
    groups: Vec<Group>,
    /// How many handlers have begun.
    begun: usize,
    /// How many handlers have begun and not ended.
    running: usize,
    /// When the supervisor looks for what is due.
    look_at: Option<Instant>,
}

/// Handlers of one priority.
pub(crate) struct Group {
    /// Their places.
    pub(crate) runs: Range<usize>,
    /// The longest time of one of them.
    pub(crate) longest: Duration,
    /// The sum of the longest times of the later groups.
    pub(crate) rest: Duration,
}

impl Schedule {
    /// `runs` are in running order.
    pub(super) fn new(circumstances: Circumstances, runs: Vec<Run>, time: Time, cut: CancellationToken) -> Self {
        let progress = Progress { groups: groups(&runs, PlannedHandler::timeout), begun: 0, running: 0, look_at: None };
        Self { circumstances, runs, time, cut, progress: Mutex::new(progress), changed: Notify::new() }
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of a handler, on the thread that has run it, or on the supervisor's if it was given up.
    pub(super) fn ended(self: &Arc<Self>, id: HandlerId, outcome: Outcome) {
        (self.circumstances.ended)(id, outcome);
        let mut progress = self.progress();
        progress.running = progress.running.saturating_sub(1);
        if progress.running > 0 {
            return;
        }
        let next = if (self.circumstances.continues_at_once)() { self.take_group(&mut progress) } else { None };
        drop(progress);
        match next {
            Some(group) => self.begin(group),
            None => self.changed.notify_one(),
        }
    }

    /// Takes the next group, if nothing runs. Whoever takes it begins it.
    fn take_group(&self, progress: &mut Progress) -> Option<Group> {
        if self.cut.is_cancelled() {
            for group in progress.groups.drain(..).rev() {
                let left_out = self.runs.get(group.runs).unwrap_or_default();
                self.circumstances.recorder.handlers_left_out(left_out.iter().map(|run| &run.planned));
            }
        }
        let mut group = progress.groups.pop()?;
        if self.left().is_zero() {
            // No handler gets any time, so all groups time out in the same moment and not one after another.
            progress.groups.clear();
            group.runs.end = self.runs.len();
        }
        progress.begun = group.runs.end;
        progress.running = group.runs.len();
        Some(group)
    }

    fn left(&self) -> Duration {
        self.time.end.saturating_duration_since(Instant::now())
    }

    /// Begins all handlers of a group.
    fn begin(self: &Arc<Self>, group: Group) {
        let Group { runs: places, longest, rest } = group;
        let share = budget::share(self.left(), longest, rest.saturating_add(self.time.reserve));
        let runs = self.runs.get(places.clone()).unwrap_or_default();
        let timeouts = runs.iter().map(|run| (&run.planned, run.planned.timeout().min(share)));
        let ids = self.circumstances.recorder.handlers_began(timeouts.clone());
        let now = Instant::now();
        let is_alone = places.len() == 1;
        let mut for_the_runtime = Vec::with_capacity(places.len());
        let begun = places.zip(timeouts).zip(ids);
        let look_at = begun
            .map(|((place, (_, allowance)), id)| {
                RunRef::new(self, place).begin(id, now, allowance, is_alone, &mut for_the_runtime)
            })
            .min();
        hand_over(&self.circumstances.app, for_the_runtime);
        self.look_by(look_at);
    }

    /// Begins the next group, if nothing runs.
    pub(super) fn begin_next(self: &Arc<Self>) {
        let group = self.take_group(&mut self.progress());
        if let Some(group) = group {
            self.begin(group);
        }
    }

    /// Whether there is a group that has not begun.
    pub(super) fn has_next(&self) -> bool {
        !self.progress().groups.is_empty()
    }

    /// Lets no further group begin.
    pub(super) fn stop(&self) {
        self.progress().groups.clear();
    }

    /// When the supervisor looks at the handlers. `None` if none runs.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let progress = self.progress();
        // A group that begins at this moment has set no time yet, and notifies when it has.
        (progress.running > 0).then(|| progress.look_at.unwrap_or(self.time.end))
    }

    /// Looks at all handlers that have begun. `look` returns when to look again.
    pub(super) fn look(self: &Arc<Self>, look: impl Fn(&RunRef, Instant) -> Option<Instant>) {
        let mut progress = self.progress();
        progress.look_at = None;
        let begun = progress.begun;
        // A handler that ends here locks it too.
        drop(progress);
        let now = Instant::now();
        self.look_by((0..begun).filter_map(|place| look(&RunRef::new(self, place), now)).min());
    }

    /// Resolves when nothing runs, or the supervisor has to look earlier. For one task. Cancel safe.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Lets the supervisor look for what is due, at `at` or earlier.
    fn look_by(&self, at: Option<Instant>) {
        let mut progress = self.progress();
        let Some(at) = at.filter(|at| progress.look_at.is_none_or(|earlier| *at < earlier)) else { return };
        progress.look_at = Some(at);
        drop(progress);
        self.changed.notify_one();
    }
}

/// Splits handlers that are in running order. The last group is the first to run. `time` is how long a handler takes at most.
pub(crate) fn groups(handlers: &[Run], time: fn(&PlannedHandler) -> Duration) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut rest = Duration::ZERO;
    let mut end = handlers.len();
    for same in handlers.chunk_by(|one, next| one.planned.priority() == next.planned.priority()).rev() {
        let longest = same.iter().map(|handler| time(&handler.planned)).max().unwrap_or_default();
        let begin = end.saturating_sub(same.len());
        groups.push(Group { runs: begin..end, longest, rest });
        (rest, end) = (rest.saturating_add(longest), begin);
    }
    groups
}
