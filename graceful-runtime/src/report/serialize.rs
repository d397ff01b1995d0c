//! The report as data.

use graceful_core::duration::millis;
use serde::{Serialize, Serializer};

use super::{Abandoned, FailedTask, HandlerReport, PhaseReport, Report};
use crate::outcome::Outcome;

#[derive(Serialize)]
struct ReportView<'a> {
    reason: String,
    clean: bool,
    exit_code: u8,
    elapsed_ms: u64,
    grace_period_ms: u64,
    phases: &'a [PhaseReport],
    handlers: &'a [HandlerReport],
    abandoned: &'a [Abandoned],
    failed_tasks: &'a [FailedTask],
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = ReportView {
            reason: self.reason.to_string(),
            clean: self.is_clean(),
            exit_code: self.exit_code,
            elapsed_ms: millis(self.elapsed),
            grace_period_ms: millis(self.grace_period),
            phases: &self.phases,
            handlers: &self.handlers,
            abandoned: &self.abandoned,
            failed_tasks: &self.failed_tasks,
        };
        view.serialize(serializer)
    }
}

#[derive(Serialize)]
struct PhaseView<'a> {
    phase: &'a str,
    started_ms: u64,
    elapsed_ms: u64,
}

impl Serialize for PhaseReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view =
            PhaseView { phase: self.phase.label(), started_ms: millis(self.started), elapsed_ms: millis(self.elapsed) };
        view.serialize(serializer)
    }
}

#[derive(Serialize)]
struct HandlerView<'a> {
    name: &'a str,
    priority: i32,
    phase: &'a str,
    timeout_ms: u64,
    /// `null` when it was not begun.
    started_ms: Option<u64>,
    elapsed_ms: u64,
    outcome: &'a str,
    message: Option<&'a str>,
}

impl Serialize for HandlerReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = match &self.outcome {
            Outcome::Failed(why) | Outcome::Panicked(why) => Some(&**why),
            Outcome::Skipped(missing) => Some(&**missing),
            Outcome::Completed | Outcome::TimedOut { .. } | Outcome::Cancelled => None,
        };
        let view = HandlerView {
            name: &self.name,
            priority: self.priority,
            phase: self.phase.label(),
            timeout_ms: millis(self.timeout),
            started_ms: self.started.map(millis),
            elapsed_ms: millis(self.elapsed),
            outcome: self.outcome.label(),
            message,
        };
        view.serialize(serializer)
    }
}

/// In words.
impl Serialize for Abandoned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Serialize)]
struct TaskView<'a> {
    name: &'a str,
    why: &'a str,
}

impl Serialize for FailedTask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TaskView { name: self.name(), why: self.why() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use graceful_core::plan::PlannedHandler;
    use graceful_core::{HandlerPhase, Phase, Signal};

    use super::*;
    use crate::report::Draft;
    use crate::trigger::Reason;

    #[test]
    fn has_what_happened_with_the_numbers_in_milliseconds() {
        let ms = Duration::from_millis;
        let mut draft = Draft::new(Reason::Signal(Signal::Terminate), ms(30_000));
        draft.phase_began(Phase::Draining, ms(0));
        draft.abandon(Abandoned::InFlight { guards: 3 });
        draft.phase_began(Phase::Teardown, ms(310));
        let planned = PlannedHandler::new("close", 10, ms(5_000), HandlerPhase::Teardown, "src/main.rs:1");
        let close = draft.handler_began(&planned, planned.timeout(), ms(310));
        draft.handler_ended(close, ms(330), Outcome::Failed("refused".to_owned()));
        draft.phase_began(Phase::Stopped, ms(330));
        let mut report = draft.report(ms(330));
        report.exit_code = 1;
        report.failed_tasks.push(FailedTask::new("consumer", "it panicked"));
        let expected = serde_json::json!({
            "reason": "SIGTERM",
            "clean": false,
            "exit_code": 1,
            "elapsed_ms": 330,
            "grace_period_ms": 30_000,
            "phases": [
                {"phase": "draining", "started_ms": 0, "elapsed_ms": 310},
                {"phase": "teardown", "started_ms": 310, "elapsed_ms": 20},
            ],
            "handlers": [{
                "name": "close", "priority": 10, "phase": "teardown", "timeout_ms": 5_000,
                "started_ms": 310, "elapsed_ms": 20, "outcome": "failed", "message": "refused",
            }],
            "abandoned": ["3 in flight"],
            "failed_tasks": [{"name": "consumer", "why": "it panicked"}],
        });
        assert_eq!(serde_json::to_value(report).unwrap(), expected);
    }
}
