//! Shutdown handlers, and the registry from which the sequence takes them.

mod async_call;
#[cfg(feature = "testing")]
mod fault;
mod main_thread;
mod order;
mod owner;
pub(crate) mod run;
pub(crate) mod runner;
pub(crate) mod schedule;
mod task;
pub(crate) mod turn;

use std::mem;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::plan::{Label, Plan, PlannedHandler, by_name};
use graceful_core::sort::sorted;
use graceful_core::timeouts::Timeouts;
use graceful_core::{HandlerPhase, budget};

#[cfg(feature = "testing")]
pub use self::fault::Fault;
#[cfg(feature = "testing")]
pub(crate) use self::fault::Faults;
pub(crate) use self::main_thread::MainThread;
pub use self::order::After;
use self::order::Handlers;
pub(crate) use self::order::{CHAINING, Chaining, LateAfter};
pub(crate) use self::owner::{Order, Owner};
use self::run::Run;
pub(crate) use self::task::Workers;
use crate::arguments::HandlerContext;
use crate::error::{Error, ErrorKind};
use crate::outcome::Outcome;
use crate::registry::{BoxFuture, Call, EntryId, Linked, Registry, Role, check_timeout};

/// The role of a function that shuts something down.
#[doc(hidden)]
pub struct Handler {
    pub priority: i32,
    pub phase: HandlerPhase,
    /// The handlers that it runs after.
    pub after: Option<After>,
    pub call: Call<HandlerContext, Outcome>,
}

inventory::collect!(Linked<Handler>);

impl Role for Handler {
    const NOUN: &'static str = "handler";
    type Entry = Late;
    type State = State;
}

/// The user's function. It is called once.
pub(crate) enum Job {
    Async(Function<BoxFuture<Outcome>>),
    Blocking(Function<Outcome>),
}

pub(crate) enum Function<T: 'static> {
    Linked(fn(HandlerContext) -> T),
    Late(Box<dyn FnOnce(HandlerContext) -> T + Send>),
}

impl<T> Function<T> {
    fn call(self, context: HandlerContext) -> T {
        match self {
            Self::Linked(function) => function(context),
            Self::Late(function) => function(context),
        }
    }
}

/// A handler that is registered at run time.
pub(crate) struct Late {
    pub(crate) name: Arc<str>,
    pub(crate) priority: i32,
    /// `None`: main's `handler_timeout`.
    pub(crate) timeout: Option<Duration>,
    pub(crate) phase: HandlerPhase,
    /// The handlers that it runs after.
    pub(crate) after: Option<LateAfter>,
    pub(crate) location: &'static Location<'static>,
    /// `None` once the shutdown has taken it. The rest stays, for the plan.
    pub(crate) job: Option<Job>,
}

/// Which handlers the shutdown has taken.
#[derive(Default)]
pub(crate) struct State {
    lame_duck_taken: bool,
    drain_taken: bool,
    teardown_taken: bool,
    flush_taken: bool,
    #[cfg(feature = "testing")]
    faults: Option<Faults>,
}

impl State {
    fn taken(&mut self, phase: HandlerPhase) -> &mut bool {
        match phase {
            HandlerPhase::LameDuck => &mut self.lame_duck_taken,
            HandlerPhase::Drain => &mut self.drain_taken,
            HandlerPhase::Teardown => &mut self.teardown_taken,
            HandlerPhase::Flush => &mut self.flush_taken,
        }
    }
}

impl Registry<Handler> {
    /// Injects faults into the handlers that are taken after this.
    #[cfg(feature = "testing")]
    pub(crate) fn inject(&self, faults: Faults) {
        self.entries().state.faults = Some(faults);
    }

    /// Injects the faults of another registry.
    #[cfg(feature = "testing")]
    pub(crate) fn inject_as(&self, other: &Self) {
        let faults = other.entries().state.faults.clone();
        self.entries().state.faults = faults;
    }

    /// `None` if no handler runs after others.
    pub(crate) fn chaining(&self) -> Option<&'static Chaining> {
        Handlers { linked: &self.linked(), entries: &self.entries() }.chaining()
    }

    /// Returns the plan of the handlers that would run if the shutdown began now.
    pub(crate) fn plan(&self, timeouts: &Timeouts) -> Plan {
        let order = self.chaining().map_or(by_name as fn(_) -> _, |chaining| chaining.plan_in_order);
        Plan::ordered_by(order, timeouts, self.planned(timeouts))
    }

    fn planned(&self, timeouts: &Timeouts) -> Vec<PlannedHandler> {
        let linked = self.linked();
        let entries = self.entries();
        let late = entries.list.values().map(|late| late.planned(timeouts));
        let mut planned: Vec<_> = linked.iter().map(|linked| linked.planned(timeouts)).chain(late).collect();
        let all = Handlers { linked: &linked, entries: &entries };
        if let Some(chaining) = all.chaining() {
            all.set_chains(chaining, &|_| true, planned.iter_mut());
        }
        planned
    }

    /// Computes what [`Plan::worst_case`](graceful_core::plan::Plan::worst_case) has for the handlers of `phases`, without the
    /// plan's names and locations, which would take longer than everything else here.
    pub(crate) fn worst_case(&self, phases: &[HandlerPhase], timeouts: &Timeouts) -> Duration {
        let linked = self.linked();
        let entries = self.entries();
        if let Some(chaining) = (Handlers { linked: &linked, entries: &entries }).chaining() {
            drop(entries);
            let handlers = (chaining.plan_in_order)(self.planned(timeouts));
            let ends = handlers.iter().map(|planned| (planned.phase(), planned.priority(), planned.end()));
            return budget::worst_case(phases, ends);
        }
        let linked = linked.iter().map(|linked| (linked.role.phase, linked.role.priority, linked.timeout));
        let late = entries.list.values().map(|late| (late.phase, late.priority, late.timeout));
        let of_phases = linked.chain(late).filter(|(phase, ..)| phases.contains(phase));
        let timeout = |phase, timeout: Option<_>| timeout.unwrap_or_else(|| timeouts.handler_timeout_in(phase));
        budget::worst_case(phases, of_phases.map(|(phase, priority, set)| (phase, priority, timeout(phase, set))))
    }

    /// Takes the handlers of one phase, in running order. None can be added to that phase after this. The drain takes those of
    /// a lame duck that was skipped too.
    pub(crate) fn take(&self, phase: HandlerPhase, timeouts: &Timeouts) -> Vec<Run> {
        let all_linked = self.linked();
        let mut entries = self.entries();
        let skipped = phase == HandlerPhase::Drain && !mem::replace(entries.state.taken(HandlerPhase::LameDuck), true);
        let is_taken = |of: HandlerPhase| of == phase || skipped && of == HandlerPhase::LameDuck;
        let planned = |planned: PlannedHandler| if skipped { planned.in_the_drain() } else { planned };
        let chaining = Handlers { linked: &all_linked, entries: &entries }.chaining();
        let linked: Vec<_> = all_linked.iter().filter(|linked| is_taken(linked.role.phase)).collect();
        let mut handlers = Vec::with_capacity(linked.len());
        handlers.extend(linked.iter().map(|linked| Run::new(planned(linked.taken(timeouts)), linked.role.job())));
        *entries.state.taken(phase) = true;
        let late = entries.list.values_mut().filter(|late| is_taken(late.phase));
        handlers.extend(late.filter_map(|late| {
            let planned = planned(late.planned(timeouts));
            late.job.take().map(|job| Run::new(planned, job))
        }));
        let handlers = if let Some(chaining) = chaining {
            let all = Handlers { linked: &all_linked, entries: &entries };
            all.set_chains(chaining, &is_taken, handlers.iter_mut().map(|handler| &mut handler.planned));
            (chaining.in_order)(handlers)
        } else {
            // Not by name, as plan and report are: that takes as long as everything else here.
            sorted(handlers, |a, b| b.planned.priority().cmp(&a.planned.priority()))
        };
        #[cfg(feature = "testing")]
        if let Some(faults) = &entries.state.faults {
            return handlers.into_iter().map(|handler| faults.inject(handler)).collect();
        }
        handlers
    }

    /// Adds a handler, unless the shutdown has taken the handlers of its phase.
    pub(crate) fn add(&self, mut handler: Late, order: Order) -> Result<EntryId, Error> {
        let Order { priority, after } = order;
        check_timeout::<Handler>(&handler.name, handler.timeout)?;
        let linked = if after.is_none() { Vec::new() } else { self.linked() };
        let mut entries = self.entries();
        if *entries.state.taken(handler.phase) {
            let begun = match handler.phase {
                HandlerPhase::LameDuck => "the shutdown",
                HandlerPhase::Drain => "the drain",
                HandlerPhase::Teardown => "teardown",
                HandlerPhase::Flush => "the flush",
            };
            let what = format!("the handler `{}` comes too late: {begun} has begun", handler.name);
            return Err(Error::new(ErrorKind::TooLate, what));
        }
        match after {
            None => handler.priority = priority.unwrap_or_default(),
            Some((chaining, names)) => {
                let all = Handlers { linked: &linked, entries: &entries };
                (chaining.resolve)(&all, &mut handler, priority, &names)?;
            }
        }
        Ok(entries.add(handler))
    }

    /// Removes a handler. Returns `false` if the shutdown has taken it.
    pub(crate) fn take_back(&self, id: EntryId) -> bool {
        self.remove(id, |late| late.job.is_some()).is_some()
    }
}

impl Linked<Handler> {
    /// For the plan, which compares names.
    fn planned(&self, timeouts: &Timeouts) -> PlannedHandler {
        let description = (self.description)();
        self.described(timeouts, description.display_name().into(), description.location.into())
    }

    /// For the shutdown.
    fn taken(&self, timeouts: &Timeouts) -> PlannedHandler {
        self.described(timeouts, Label::Name(self.description), Label::Location(self.description))
    }

    fn described(&self, timeouts: &Timeouts, name: Label, location: Label) -> PlannedHandler {
        let Handler { priority, phase, .. } = self.role;
        let timeout = self.timeout.unwrap_or_else(|| timeouts.handler_timeout_in(phase));
        PlannedHandler::new(name, priority, timeout, phase, location)
    }
}

impl Handler {
    fn job(&self) -> Job {
        match self.call {
            Call::Async(call) => Job::Async(Function::Linked(call)),
            Call::Blocking(call) => Job::Blocking(Function::Linked(call)),
        }
    }
}

impl Late {
    fn planned(&self, timeouts: &Timeouts) -> PlannedHandler {
        let timeout = self.timeout.unwrap_or_else(|| timeouts.handler_timeout_in(self.phase));
        let location = format!("{}:{}", self.location.file(), self.location.line());
        PlannedHandler::new(self.name.to_string(), self.priority, timeout, self.phase, location)
    }
}
