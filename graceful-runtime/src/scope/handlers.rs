//! The handlers of a scope. They run when its work and the scopes in it have ended, so those of the innermost scope come first.

use std::sync::Arc;
use std::time::Duration;

use graceful_core::HandlerPhase;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::node::{Node, Stage};
use crate::error::{Error, ErrorKind};
use crate::handler::run::Run;
use crate::handler::schedule::Time;
use crate::handler::{Handler, Late, Order, Owner};
use crate::registry::{EntryId, Registry};
use crate::report::{HandlerReport, Recorder};
use crate::sequence::{Crew, run_groups};
use crate::spawn;
use crate::trigger::{Reason, Trigger};

const PHASE: HandlerPhase = HandlerPhase::Teardown;

impl Node {
    /// Adds a handler, which keeps the scope until it has run or is unregistered.
    pub(super) fn add_handler(self: &Arc<Self>, handler: Late, order: Order) -> Result<EntryId, Error> {
        if handler.phase != PHASE {
            let what = format!(
                "the handler `{}` cannot run in the phase `{}`: those of a scope run in `{PHASE}`, after its work",
                handler.name, handler.phase
            );
            return Err(Error::new(ErrorKind::Config, what));
        }
        let name = Arc::clone(&handler.name);
        let too_late = || {
            let what = format!("the handler `{name}` comes too late: its scope has ended, or its handlers have begun");
            Error::new(ErrorKind::TooLate, what)
        };
        let state = self.state();
        if state.stage >= Stage::Closing {
            drop(state);
            return Err(too_late());
        }
        let handlers = self.handlers.get_or_init(|| Box::new(self.new_registry()));
        drop(state);
        let id = handlers.add(handler, order);
        let id = id.map_err(|error| if error.kind() == ErrorKind::TooLate { too_late() } else { error })?;
        // Afterwards, since a handler that is unregistered at this moment releases a scope that has none.
        let mut state = self.state();
        if state.stage < Stage::Closing {
            self.keep(&mut state);
        }
        Ok(id)
    }

    fn new_registry(&self) -> Registry<Handler> {
        let handlers = Registry::new(Vec::new);
        #[cfg(feature = "testing")]
        handlers.inject_as(&self.program.handlers);
        handlers
    }

    /// Runs the handlers, and then ends the scope. Returns `false` if it has none.
    pub(super) fn begins_handlers(self: &Arc<Self>) -> bool {
        let Some(handlers) = self.handlers.get() else { return false };
        let handlers = handlers.take(PHASE, self.program.config().timeouts());
        if handlers.is_empty() {
            return false;
        }
        let cut = CancellationToken::new();
        self.state().handlers_cut = Some(cut.clone());
        let node = Arc::clone(self);
        spawn::task(&self.program.coordinator(), async move {
            node.run_handlers(handlers, &cut).await;
            if let Some(parent) = node.end() {
                parent.settle();
            }
        });
        true
    }

    async fn run_handlers(self: &Arc<Self>, handlers: Vec<Run>, cut: &CancellationToken) {
        run_groups(&self.crew(), handlers, self.time(), cut).await;
        if cut.is_cancelled()
            && let Some(registry) = self.handlers.get()
        {
            let plan = registry.plan(self.program.config().timeouts());
            self.find(|findings| {
                let has_ended = |name| findings.handlers.iter().any(|ended| ended.name() == name);
                let left_out: Vec<_> = plan.handlers().iter().filter(|planned| !has_ended(planned.name())).collect();
                findings.handlers.extend(left_out.into_iter().map(HandlerReport::left_out));
            });
        }
    }

    /// In the shutdown of the service the handlers are in its report and in its trace.
    fn crew(self: &Arc<Self>) -> Crew {
        let program = self.program;
        let shutdown = program.lifecycle.shutdown();
        let node = Arc::clone(self);
        Crew {
            program,
            owner: Owner::Scope(Arc::<Self>::clone(self)),
            app: program.app().cloned().unwrap_or_else(|| program.runtime()),
            reason: shutdown.map_or(Reason::Requested, |shutdown| shutdown.trigger.reason.clone()),
            spans: shutdown.map(|shutdown| &shutdown.spans),
            recorder: shutdown.map_or_else(|| self.recorder(), |shutdown| Arc::clone(&shutdown.recorder)),
            workers_in_handlers: shutdown.map(|shutdown| shutdown.workers_in_handlers.clone()).unwrap_or_default(),
            ended: Some(Arc::new(move |report| node.find(|findings| findings.handlers.push(report)))),
        }
    }

    /// For a scope that ends while the rest continues. Its times count from the begin of the drain.
    fn recorder(&self) -> Arc<Recorder> {
        let state = self.state();
        let begin = state.begin.unwrap_or_else(Instant::now);
        let deadline = state.end.map_or(begin, |end| end.at);
        drop(state);
        let (at, deadline) = (begin.into_std(), deadline.into_std());
        let trigger = Trigger { reason: Reason::Requested, at, deadline, cancels_start: false };
        Arc::new(Recorder::new(&trigger, self.program.lifecycle.clock()))
    }

    /// By when the handlers must have ended, and how much of that time is for the scopes around and for the service.
    fn time(self: &Arc<Self>) -> Time {
        let (mut end, mut reserve) = (None, Duration::ZERO);
        let mut earlier = |other: Option<Instant>| end = end.into_iter().chain(other).min();
        let mut node = self;
        loop {
            let state = node.state();
            let drains = state.stage >= Stage::Draining;
            earlier(state.end.map(|end| end.of_handlers));
            drop(state);
            let Some(parent) = node.parent() else {
                if let Some(shutdown) = self.program.lifecycle.shutdown().filter(|_| drains) {
                    earlier(Some(shutdown.trigger.end().into()));
                    reserve = reserve.saturating_add(self.program.teardown_reserve());
                }
                break;
            };
            if drains && !Arc::ptr_eq(node, self) {
                reserve = reserve.saturating_add(node.own_worst_case());
            }
            node = parent;
        }
        Time { end: end.unwrap_or_else(|| Instant::now() + self.own_worst_case()), reserve }
    }

    fn own_worst_case(&self) -> Duration {
        let handlers = self.handlers.get();
        handlers.map_or(Duration::ZERO, |handlers| handlers.worst_case(&[PHASE], self.program.config().timeouts()))
    }

    /// The longest time that the handlers of the scope and of its descendants can take: scopes beside each other end at the same
    /// time, and scopes in each other in turn.
    pub(crate) fn worst_case(self: &Arc<Self>) -> Duration {
        let mut tree = vec![(Arc::clone(self), Duration::ZERO)];
        let (mut next, mut longest) = (0, Duration::ZERO);
        while let Some((node, around)) = tree.get(next).cloned() {
            next += 1;
            let sum = around.saturating_add(node.own_worst_case());
            longest = longest.max(sum);
            tree.extend(node.state().children().map(|child| (child, sum)));
        }
        longest
    }

    /// Cancels the handlers that run in the scope and in its descendants. Later ones of the same scope do not begin.
    pub(crate) fn cut_handlers(self: &Arc<Self>) {
        let mut cuts = Vec::new();
        self.tree_with(|_, state| cuts.extend(state.handlers_cut.clone()));
        cuts.iter().for_each(CancellationToken::cancel);
    }
}
