//! The handlers of one program: those that the linker brought, and those registered at run time.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graceful_core::plan::PlannedHandler;
use graceful_core::{HandlerPhase, budget};

use super::{Call, HandlerFuture, Linked};
use crate::argument::Context;
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;

/// A handler, wherever it came from.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) planned: PlannedHandler,
    pub(crate) job: Job,
}

pub(super) type AsyncJob = Box<dyn FnOnce(Context) -> HandlerFuture + Send>;

/// What there is to run. A handler that was registered at run time is called once.
pub(crate) enum Job {
    Async(AsyncJob),
    Blocking(Box<dyn FnOnce(Context) -> Outcome + Send>),
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async(_) => "Async",
            Self::Blocking(_) => "Blocking",
        })
    }
}

/// A handler that is registered at run time.
pub(super) struct Late {
    pub(super) name: Arc<str>,
    pub(super) priority: i32,
    /// `None`: main's `handler_timeout`.
    pub(super) timeout: Option<Duration>,
    pub(super) phase: HandlerPhase,
    pub(super) location: &'static Location<'static>,
    /// Gone once the shutdown has taken it; the rest stays, for the plan.
    pub(super) job: Option<Job>,
}

/// Registered at run time.
#[derive(Default)]
struct Waiting {
    handlers: Vec<(u64, Late)>,
    next_id: u64,
    drain_taken: bool,
    teardown_taken: bool,
}

impl Waiting {
    fn taken(&mut self, phase: HandlerPhase) -> &mut bool {
        match phase {
            HandlerPhase::Drain => &mut self.drain_taken,
            HandlerPhase::Teardown => &mut self.teardown_taken,
        }
    }
}

/// The handlers of one program.
pub(crate) struct Handlers {
    linked: fn() -> Vec<&'static Linked>,
    waiting: Mutex<Waiting>,
    #[cfg(feature = "testing")]
    faults: std::sync::OnceLock<super::Faults>,
}

impl Handlers {
    pub(crate) fn new(linked: fn() -> Vec<&'static Linked>) -> Self {
        Self {
            linked,
            waiting: Mutex::default(),
            #[cfg(feature = "testing")]
            faults: std::sync::OnceLock::new(),
        }
    }

    /// From here on these befall what is taken.
    #[cfg(feature = "testing")]
    pub(crate) fn inject(&self, faults: super::Faults) {
        let _ = self.faults.set(faults);
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What would run if the shutdown began now.
    pub(crate) fn planned(&self, default_timeout: Duration) -> Vec<PlannedHandler> {
        let linked = (self.linked)().into_iter().map(|linked| linked.planned(default_timeout));
        let waiting = self.waiting();
        linked.chain(waiting.handlers.iter().map(|(_, late)| late.planned(default_timeout))).collect()
    }

    /// What [`Plan::teardown_worst_case`](graceful_core::plan::Plan::teardown_worst_case) says, without the names and places that a
    /// plan is made of: at the shutdown those would take longer than all the rest.
    pub(crate) fn teardown_worst_case(&self, default_timeout: Duration) -> Duration {
        let linked = (self.linked)();
        let waiting = self.waiting();
        let linked = linked.iter().map(|linked| (linked.phase, linked.priority, linked.timeout));
        let late = waiting.handlers.iter().map(|(_, late)| (late.phase, late.priority, late.timeout));
        let handlers = linked.chain(late);
        budget::teardown_worst_case(
            handlers.map(|(phase, priority, timeout)| (phase, priority, timeout.unwrap_or(default_timeout))),
        )
    }

    /// Takes those of one phase, sorted as they will run. From here on none can be added to it.
    pub(crate) fn take(&self, phase: HandlerPhase, default_timeout: Duration) -> Vec<Registered> {
        let mut handlers: Vec<Registered> = (self.linked)()
            .into_iter()
            .filter(|linked| linked.phase == phase)
            .map(|linked| Registered { planned: linked.planned(default_timeout), job: linked.job() })
            .collect();
        let mut waiting = self.waiting();
        *waiting.taken(phase) = true;
        let late = waiting.handlers.iter_mut().filter(|(_, late)| late.phase == phase);
        handlers.extend(late.filter_map(|(_, late)| {
            let planned = late.planned(default_timeout);
            late.job.take().map(|job| Registered { planned, job })
        }));
        drop(waiting);
        handlers.sort_by(|a, b| a.planned.order().cmp(&b.planned.order()));
        #[cfg(feature = "testing")]
        if let Some(faults) = self.faults.get() {
            return handlers.into_iter().map(|handler| faults.befall(handler)).collect();
        }
        handlers
    }

    /// Adds one, and gives the number that it is known by.
    pub(super) fn add(&self, handler: Late) -> Result<u64, Error> {
        let name = &handler.name;
        if handler.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(Error::new(ErrorKind::Config, format!("the timeout of the handler `{name}` is zero")));
        }
        let mut waiting = self.waiting();
        if *waiting.taken(handler.phase) {
            let begun = match handler.phase {
                HandlerPhase::Drain => "the drain",
                HandlerPhase::Teardown => "teardown",
            };
            let what = format!("the handler `{name}` comes too late: {begun} has begun");
            return Err(Error::new(ErrorKind::TooLate, what));
        }
        let id = waiting.next_id;
        waiting.next_id += 1;
        waiting.handlers.push((id, handler));
        Ok(id)
    }

    /// Takes it back. `false`: too late, the shutdown has taken it.
    pub(super) fn remove(&self, id: u64) -> bool {
        let removed = {
            let mut waiting = self.waiting();
            let is_it = |(other, late): &(u64, Late)| *other == id && late.job.is_some();
            let position = waiting.handlers.iter().position(is_it);
            position.map(|position| waiting.handlers.remove(position))
        };
        // Dropped outside the lock: what the handler holds is the user's.
        removed.is_some()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

impl Linked {
    fn planned(&self, default_timeout: Duration) -> PlannedHandler {
        PlannedHandler::new(
            self.display_name(),
            self.priority,
            self.timeout.unwrap_or(default_timeout),
            self.phase,
            at_line(self.file, self.line),
        )
    }

    fn job(&self) -> Job {
        match self.call {
            Call::Async(call) => Job::Async(Box::new(call)),
            Call::Blocking(call) => Job::Blocking(Box::new(call)),
        }
    }
}

impl Late {
    fn planned(&self, default_timeout: Duration) -> PlannedHandler {
        PlannedHandler::new(
            self.name.to_string(),
            self.priority,
            self.timeout.unwrap_or(default_timeout),
            self.phase,
            at_line(self.location.file(), self.location.line()),
        )
    }
}

/// Not with `format!`, which takes several times as long: at the shutdown this is done for each handler.
fn at_line(file: &str, line: u32) -> String {
    [file, ":", &line.to_string()].concat()
}

pub(crate) struct Group {
    pub(crate) handlers: Vec<Registered>,
    /// Its longest timeout.
    pub(crate) longest: Duration,
    /// The sum of the longest timeouts of the groups behind it.
    pub(crate) rest: Duration,
}

/// Splits handlers that are sorted by priority.
pub(crate) fn groups(handlers: Vec<Registered>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for handler in handlers {
        let (priority, timeout) = (handler.planned.priority(), handler.planned.timeout());
        let belongs =
            |group: &&mut Group| group.handlers.last().is_some_and(|last| last.planned.priority() == priority);
        match groups.last_mut().filter(belongs) {
            Some(group) => {
                group.longest = group.longest.max(timeout);
                group.handlers.push(handler);
            }
            None => groups.push(Group { handlers: vec![handler], longest: timeout, rest: Duration::ZERO }),
        }
    }
    let mut rest = Duration::ZERO;
    for group in groups.iter_mut().rev() {
        group.rest = rest;
        rest = rest.saturating_add(group.longest);
    }
    groups
}
