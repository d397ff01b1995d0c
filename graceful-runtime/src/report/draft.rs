//! A report while it happens.

use std::time::Duration;

use graceful_core::Phase;
use graceful_core::plan::PlannedHandler;

use super::{Abandoned, HandlerReport, PhaseReport, Report};
use crate::outcome::Outcome;
use crate::trigger::Reason;

/// A report while it happens. All times are since the trigger.
#[derive(Debug)]
pub(crate) struct Draft {
    reason: Reason,
    grace_period: Duration,
    phases: Vec<(Phase, Duration)>,
    handlers: Vec<Entry>,
    abandoned: Vec<Abandoned>,
}

/// As long as it is running, the report says what it would have to say if everything ended now.
#[derive(Debug)]
struct Entry {
    report: HandlerReport,
    running: bool,
}

/// A handler that was begun, for [`Draft::handler_ended`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandlerId(usize);

impl Draft {
    pub(crate) fn new(reason: Reason, grace_period: Duration) -> Self {
        Self { reason, grace_period, phases: Vec::new(), handlers: Vec::new(), abandoned: Vec::new() }
    }

    /// Ends the phase before.
    pub(crate) fn phase_began(&mut self, phase: Phase, at: Duration) {
        self.phases.push((phase, at));
    }

    pub(crate) fn handler_began(&mut self, handler: &PlannedHandler, allowed: Duration, at: Duration) -> HandlerId {
        let blocked = Outcome::TimedOut { blocked: true };
        let id = HandlerId(self.handlers.len());
        self.push(handler, allowed, Some(at), blocked);
        id
    }

    /// Gives what the report says of it; `None` for an id of another draft.
    pub(crate) fn handler_ended(&mut self, id: HandlerId, at: Duration, outcome: Outcome) -> Option<HandlerReport> {
        let entry = self.handlers.get_mut(id.0)?;
        entry.report.elapsed = since(entry.report.started, at);
        entry.report.outcome = outcome;
        entry.running = false;
        Some(entry.report.clone())
    }

    /// For a handler that is not begun at all, with the reason as its outcome.
    pub(crate) fn handler_left_out(&mut self, handler: &PlannedHandler, outcome: Outcome) {
        self.push(handler, handler.timeout(), None, outcome);
    }

    fn push(&mut self, handler: &PlannedHandler, timeout: Duration, started: Option<Duration>, outcome: Outcome) {
        self.handlers.push(Entry {
            running: started.is_some(),
            report: HandlerReport {
                name: handler.name().to_owned(),
                priority: handler.priority(),
                phase: handler.phase(),
                timeout,
                started,
                elapsed: Duration::ZERO,
                outcome,
            },
        });
    }

    pub(crate) fn abandon(&mut self, what: Abandoned) {
        self.abandoned.push(what);
    }

    /// The handlers that are running.
    pub(crate) fn running(&self) -> impl Iterator<Item = &HandlerReport> {
        self.handlers.iter().filter(|entry| entry.running).map(|entry| &entry.report)
    }

    /// The handlers that were left behind at their timeout, and didn't let go.
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
        let handlers = self.handlers.iter().map(|entry| {
            let mut report = entry.report.clone();
            if entry.running {
                report.elapsed = since(report.started, at);
            }
            report
        });
        Report {
            reason: self.reason.clone(),
            grace_period: self.grace_period,
            elapsed: at,
            // What is before the shutdown and after it has no length of its own.
            phases: phases.filter(|report| !matches!(report.phase, Phase::Running | Phase::Stopped)).collect(),
            handlers: handlers.collect(),
            abandoned: self.abandoned.clone(),
            failed_tasks: Vec::new(),
            exit_code: 0,
        }
    }
}

fn since(started: Option<Duration>, at: Duration) -> Duration {
    started.map_or(Duration::ZERO, |started| at.saturating_sub(started))
}
