//! Records what happens during the shutdown: for the report, and for the message of a forced end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use graceful_core::plan::PlannedHandler;
use graceful_core::text::{duration, escape, join};
use graceful_core::{HandlerPhase, Phase};

use super::handlers::Entry;
use super::{Abandoned, CutConnections, Details, HandlerReport, PhaseReport, Report};
use crate::in_flight::Described;
use crate::outcome::Outcome;
use crate::trigger::{Reason, Trigger};

/// How many handlers and tasks of a kind the message of a forced exit names.
const MAX_NAMED: usize = 8;

pub(crate) struct Recorder {
    begin: Instant,
    now: fn() -> Instant,
    state: Mutex<State>,
}

struct State {
    draft: Draft,
    phase: Phase,
    /// Abandoned work that has not ended.
    holding_on: Vec<Abandoned>,
    /// No thread of the application's runtime answers.
    blocked: bool,
}

impl Recorder {
    pub(crate) fn new(trigger: &Trigger, now: fn() -> Instant) -> Self {
        let grace_period = trigger.deadline.saturating_duration_since(trigger.at);
        let draft = Draft::new(trigger.reason.clone(), grace_period);
        let state = State { draft, phase: Phase::Running, holding_on: Vec::new(), blocked: false };
        Self { begin: trigger.at, now, state: Mutex::new(state) }
    }

    /// Runs `with` on what is recorded, with the time since the trigger.
    fn with<T>(&self, with: impl FnOnce(&mut State, Duration) -> T) -> T {
        let now = (self.now)().saturating_duration_since(self.begin);
        with(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    pub(crate) fn phase_began(&self, phase: Phase) {
        self.with(|state, now| {
            state.phase = phase;
            state.draft.phase_began(phase, now);
        });
    }

    /// Records handlers that begin at the same time, each with its allowance.
    pub(crate) fn handlers_began<'a>(
        &self,
        handlers: impl Iterator<Item = (&'a PlannedHandler, Duration)>,
    ) -> Vec<HandlerId> {
        self.with(|state, now| state.draft.handlers_began(handlers, now))
    }

    pub(crate) fn handler_ended(&self, id: HandlerId, outcome: Outcome) -> Option<HandlerReport> {
        self.with(|state, now| state.draft.handler_ended(id, now, outcome))
    }

    /// For the handlers of a group that never began, since the drain was cut short.
    pub(crate) fn handlers_left_out<'a>(&self, handlers: impl Iterator<Item = &'a PlannedHandler>) {
        self.with(|state, _| state.draft.handlers_left_out(handlers, Outcome::Cancelled));
    }

    /// The names of the handlers of `phase` that run now.
    pub(crate) fn running(&self, phase: HandlerPhase) -> Vec<String> {
        self.with(|state, _| {
            let running = state.draft.running().filter(|handler| handler.phase == phase);
            running.map(|handler| handler.name.to_string()).collect()
        })
    }

    /// The reports of the handlers of `phase`.
    #[cfg(feature = "testing")]
    pub(crate) fn handlers(&self, phase: HandlerPhase) -> Vec<HandlerReport> {
        self.report(0).handlers().iter().filter(|handler| handler.phase == phase).cloned().collect()
    }

    /// Whether a handler was given up and still blocks its thread.
    pub(crate) fn has_blocking(&self) -> bool {
        self.with(|state, _| state.draft.blocking().next().is_some())
    }

    pub(crate) fn abandoned(&self, abandoned: Vec<Abandoned>, details: Details) {
        self.with(|state, _| {
            abandoned.into_iter().for_each(|what| state.draft.abandon(what));
            state.draft.details = details;
        });
    }

    pub(crate) fn cut(&self, connections: Described) {
        self.with(|state, _| state.draft.cut = connections);
    }

    pub(crate) fn holding_on(&self, abandoned: Vec<Abandoned>) {
        self.with(|state, _| state.holding_on = abandoned);
    }

    pub(crate) fn blocked(&self) {
        self.with(|state, _| state.blocked = true);
    }

    /// The report as things stand. Handlers that still run count as timed out.
    pub(crate) fn report(&self, exit_code: u8) -> Report {
        let mut report = self.with(|state, now| state.draft.report(now));
        report.exit_code = exit_code;
        report
    }

    /// Describes in one line what was running when the exit was forced, for standard error.
    pub(crate) fn unfinished(&self, waiting_for: &str) -> String {
        self.with(|state, now| state.unfinished(waiting_for, now))
    }
}

impl State {
    fn unfinished(&self, waiting_for: &str, now: Duration) -> String {
        let mut words = format!("{} after {}", self.phase, duration(now));
        if self.phase <= Phase::Draining && !waiting_for.is_empty() {
            words = format!("{words}, waiting for {waiting_for}");
        }
        let running: Vec<String> = self
            .draft
            .running()
            .map(|handler| {
                let since = now.saturating_sub(handler.started.unwrap_or(now));
                format!("handler `{}` for {}", escape(&handler.name), duration(since))
            })
            .collect();
        let blocking: Vec<String> = self
            .draft
            .blocking()
            .map(|handler| format!("handler `{}`", escape(&handler.name)))
            .chain(self.holding_on.iter().map(Abandoned::who))
            .collect();
        for (title, names) in [("still running", running), ("blocking their threads", blocking)] {
            if !names.is_empty() {
                words = format!("{words}; {title}: {}", listed(&names));
            }
        }
        if self.blocked {
            words.push_str("; no thread of the application's runtime answers");
        }
        words
    }
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(MAX_NAMED);
    let shown = join(names.get(..MAX_NAMED).unwrap_or(names), ", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// A report while it happens. All times are since the trigger.
#[derive(Debug)]
pub(crate) struct Draft {
    reason: Reason,
    grace_period: Duration,
    phases: Vec<(Phase, Duration)>,
    /// A report shares them.
    handlers: Arc<Vec<Entry>>,
    /// How many groups of handlers have begun, or were left out.
    groups: u32,
    abandoned: Vec<Abandoned>,
    pub(super) details: Details,
    pub(super) cut: Described,
}

/// A handler that was begun, for [`Draft::handler_ended`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandlerId(usize);

impl Draft {
    pub(crate) fn new(reason: Reason, grace_period: Duration) -> Self {
        Self {
            reason,
            grace_period,
            phases: Vec::new(),
            handlers: Arc::default(),
            groups: 0,
            abandoned: Vec::new(),
            details: Details::default(),
            cut: Described::default(),
        }
    }

    /// Ends the phase before.
    pub(crate) fn phase_began(&mut self, phase: Phase, at: Duration) {
        self.phases.push((phase, at));
    }

    fn handlers_began<'a>(
        &mut self,
        handlers: impl Iterator<Item = (&'a PlannedHandler, Duration)>,
        at: Duration,
    ) -> Vec<HandlerId> {
        self.groups += 1;
        Arc::make_mut(&mut self.handlers).reserve(handlers.size_hint().0);
        let mut began = |(handler, allowed)| {
            let id = HandlerId(self.handlers.len());
            self.push(handler, allowed, Some(at), Outcome::TimedOut { blocked: true });
            id
        };
        handlers.map(&mut began).collect()
    }

    #[cfg(test)]
    pub(crate) fn handler_began(&mut self, handler: &PlannedHandler, allowed: Duration, at: Duration) -> HandlerId {
        self.handlers_began([(handler, allowed)].into_iter(), at).pop().unwrap()
    }

    /// Gives what the report says of it; `None` for an id of another draft.
    pub(crate) fn handler_ended(&mut self, id: HandlerId, at: Duration, outcome: Outcome) -> Option<HandlerReport> {
        let entry = Arc::make_mut(&mut self.handlers).get_mut(id.0)?;
        entry.report.elapsed = since(entry.report.started, at);
        entry.report.outcome = outcome;
        entry.running = false;
        Some(entry.report.clone())
    }

    /// For a group that is not begun at all, with the reason as its outcome.
    pub(crate) fn handlers_left_out<'a>(
        &mut self,
        handlers: impl Iterator<Item = &'a PlannedHandler>,
        outcome: Outcome,
    ) {
        self.groups += 1;
        handlers.for_each(|handler| self.push(handler, handler.timeout(), None, outcome.clone()));
    }

    fn push(&mut self, handler: &PlannedHandler, timeout: Duration, started: Option<Duration>, outcome: Outcome) {
        Arc::make_mut(&mut self.handlers).push(Entry {
            group: self.groups,
            running: started.is_some(),
            report: HandlerReport::new(handler, timeout, started, outcome),
        });
    }

    pub(crate) fn abandon(&mut self, what: Abandoned) {
        self.abandoned.push(what);
    }

    /// The handlers that are running.
    pub(crate) fn running(&self) -> impl Iterator<Item = &HandlerReport> {
        self.handlers.iter().filter(|entry| entry.running).map(|entry| &entry.report)
    }

    /// The handlers that were abandoned at their timeout and still run.
    pub(crate) fn blocking(&self) -> impl Iterator<Item = &HandlerReport> {
        let left_behind =
            |entry: &&Entry| !entry.running && entry.report.outcome == Outcome::TimedOut { blocked: true };
        self.handlers.iter().filter(left_behind).map(|entry| &entry.report)
    }

    /// The report if everything ended at this moment: what is running has timed out, and still runs.
    pub(crate) fn report(&self, at: Duration) -> Report {
        let ends = self.phases.iter().skip(1).map(|(_, started)| *started).chain([at]);
        let phases = self.phases.iter().zip(ends).map(|(&(phase, started), end)| PhaseReport {
            phase,
            started,
            elapsed: end.saturating_sub(started),
        });
        let mut handlers = Arc::clone(&self.handlers);
        if handlers.iter().any(|entry| entry.running) {
            for entry in Arc::make_mut(&mut handlers).iter_mut().filter(|entry| entry.running) {
                entry.report.elapsed = since(entry.report.started, at);
            }
        }
        Report {
            reason: self.reason.clone(),
            grace_period: self.grace_period,
            elapsed: at,
            // `Running` and `Stopped` have no length in a shutdown.
            phases: phases.filter(|report| !matches!(report.phase, Phase::Running | Phase::Stopped)).collect(),
            handlers: handlers.into(),
            abandoned: self.abandoned.clone(),
            explained: self.abandoned.iter().map(|what| self.details.explain(what)).collect(),
            main_failure: None,
            failed_tasks: Vec::new(),
            supervised_tasks: Vec::new(),
            warnings: Vec::new(),
            exit_code: 0,
            cut: CutConnections::from(&self.cut),
        }
    }
}

fn since(started: Option<Duration>, at: Duration) -> Duration {
    started.map_or(Duration::ZERO, |started| at.saturating_sub(started))
}
