//! The report as data: for the line on standard error, and for serde.

use graceful_core::duration::millis;
use graceful_core::json::Json;

use super::{CutConnections, FailedTask, HandlerReport, PhaseReport, Report};
use crate::outcome::Outcome;

impl Report {
    /// One line of JSON: the report's members after those that log pipelines expect of every record.
    pub(crate) fn line(&self, message: &str) -> String {
        let Json::Object(members) = self.data() else { return String::new() };
        let head = [("level", "ERROR".into()), ("target", "graceful".into()), ("message", message.into())];
        Json::Object(head.into_iter().chain(members).collect()).to_string()
    }

    pub(crate) fn data(&self) -> Json {
        Json::Object(vec![
            ("reason", self.reason.label().into()),
            ("task", self.reason.task().into()),
            ("clean", self.is_clean().into()),
            ("exit_code", i32::from(self.exit_code).into()),
            ("elapsed_ms", millis(self.elapsed).into()),
            ("grace_period_ms", millis(self.grace_period).into()),
            ("phases", Json::list(&self.phases, PhaseReport::data)),
            ("handlers", Json::list(self.handlers(), HandlerReport::data)),
            ("abandoned", Json::list(&self.abandoned, |what| self.details.explain(what).as_str().into())),
            ("cut", self.cut.data()),
            ("failed_tasks", Json::list(&self.failed_tasks, FailedTask::data)),
            ("warnings", Json::list(&self.warnings, |warning| warning.as_str().into())),
        ])
    }
}

impl PhaseReport {
    fn data(&self) -> Json {
        Json::Object(vec![
            ("phase", self.phase.label().into()),
            ("started_ms", millis(self.started).into()),
            ("elapsed_ms", millis(self.elapsed).into()),
        ])
    }
}

impl HandlerReport {
    fn data(&self) -> Json {
        let message = match &self.outcome {
            Outcome::Failed(text) | Outcome::Panicked(text) | Outcome::Skipped(text) => Some(text.as_str()),
            Outcome::Completed | Outcome::TimedOut { .. } | Outcome::Cancelled => None,
        };
        Json::Object(vec![
            ("name", self.name().into()),
            ("priority", self.priority.into()),
            ("phase", self.phase.label().into()),
            ("timeout_ms", millis(self.timeout).into()),
            ("started_ms", self.started.map(millis).into()),
            ("elapsed_ms", millis(self.elapsed).into()),
            ("outcome", self.outcome.label().into()),
            ("message", message.into()),
        ])
    }
}

impl CutConnections {
    fn data(&self) -> Json {
        Json::Object(vec![
            ("connections", i32::try_from(self.connections()).unwrap_or(i32::MAX).into()),
            ("description", self.description().as_str().into()),
        ])
    }
}

impl FailedTask {
    fn data(&self) -> Json {
        Json::Object(vec![("name", self.name().into()), ("why", self.why().into())])
    }
}

#[cfg(feature = "serde")]
mod serialize {
    use serde::{Serialize, Serializer};

    use crate::report::{Abandoned, CutConnections, FailedTask, HandlerReport, PhaseReport, Report};

    impl Serialize for Report {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.data().serialize(serializer)
        }
    }

    impl Serialize for PhaseReport {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.data().serialize(serializer)
        }
    }

    impl Serialize for HandlerReport {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.data().serialize(serializer)
        }
    }

    /// In words.
    impl Serialize for Abandoned {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    impl Serialize for CutConnections {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.data().serialize(serializer)
        }
    }

    impl Serialize for FailedTask {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.data().serialize(serializer)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use graceful_core::plan::PlannedHandler;
    use graceful_core::{HandlerPhase, Phase, Signal};

    use super::*;
    use crate::report::{Abandoned, Draft};
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
        report.warnings.push("2 values of type `Pool` were provided".to_owned());
        let expected = serde_json::json!({
            "reason": "SIGTERM",
            "task": null,
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
            "cut": {"connections": 0, "description": ""},
            "failed_tasks": [{"name": "consumer", "why": "it panicked"}],
            "warnings": ["2 values of type `Pool` were provided"],
        });
        #[cfg(feature = "serde")]
        assert_eq!(serde_json::to_value(&report).unwrap(), expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&report.data().to_string()).unwrap(), expected);
        let line: serde_json::Value = serde_json::from_str(&report.line("not clean")).unwrap();
        assert_eq!(
            (&line["level"], &line["message"], &line["exit_code"]),
            (&"ERROR".into(), &"not clean".into(), &1.into())
        );
    }
}
