//! The report as data: for the line on standard error, and for serde.

use graceful_core::duration::millis;
use graceful_core::json::Json;

use super::{Abandoned, CutConnections, FailedTask, HandlerReport, PhaseReport, Report, SupervisedTask};
use crate::outcome::Outcome;
use crate::trigger::Reason;

impl Report {
    /// One line of JSON: the report's members after those that log pipelines expect of every record.
    pub(crate) fn line(&self, message: &str) -> String {
        let Json::Object(members) = self.data() else { return String::new() };
        let head = [("level", "ERROR".into()), ("target", "graceful".into()), ("message", message.into())];
        Json::Object(head.into_iter().chain(members).collect()).to_string()
    }

    /// The members of the JSON, in their order: docs/observability.md documents them.
    pub(crate) fn data(&self) -> Json {
        let [reason, task] = self.reason.members();
        let abandoned = self.abandoned.iter().zip(&self.explained);
        Json::Object(vec![
            reason,
            task,
            ("clean", self.is_clean().into()),
            ("exit_code", i32::from(self.exit_code).into()),
            ("elapsed_ms", millis(self.elapsed).into()),
            ("grace_period_ms", millis(self.grace_period).into()),
            ("main_failure", self.main_failure.as_ref().map(Outcome::data).into()),
            ("phases", Json::list(&self.phases, PhaseReport::data)),
            ("handlers", Json::list(self.handlers(), HandlerReport::data)),
            ("abandoned", Json::List(abandoned.map(|(what, explained)| what.explained(explained)).collect())),
            ("cut", self.cut.data()),
            ("failed_tasks", Json::list(&self.failed_tasks, FailedTask::data)),
            ("supervised_tasks", Json::list(&self.supervised_tasks, SupervisedTask::data)),
            ("warnings", Json::list(&self.warnings, |warning| warning.as_str().into())),
        ])
    }
}

type Member = (&'static str, Json);

impl Reason {
    #[cfg(feature = "serde")]
    pub(super) fn data(&self) -> Json {
        Json::Object(self.members().into())
    }

    fn members(&self) -> [Member; 2] {
        [("reason", self.label().into()), ("task", self.task().into())]
    }
}

impl Outcome {
    pub(super) fn data(&self) -> Json {
        Json::Object(self.members())
    }

    fn members(&self) -> Vec<Member> {
        let blocked = matches!(self, Self::TimedOut { blocked: true });
        vec![("outcome", self.label().into()), ("message", self.message().into()), ("blocked", blocked.into())]
    }
}

impl PhaseReport {
    pub(super) fn data(&self) -> Json {
        Json::Object(vec![
            ("phase", self.phase.label().into()),
            ("started_ms", millis(self.started).into()),
            ("elapsed_ms", millis(self.elapsed).into()),
        ])
    }
}

impl HandlerReport {
    pub(super) fn data(&self) -> Json {
        let mut members = vec![
            ("name", self.name().into()),
            ("priority", self.priority.into()),
            ("phase", self.phase.label().into()),
            ("timeout_ms", millis(self.timeout).into()),
            ("started_ms", self.started.map(millis).into()),
            ("elapsed_ms", millis(self.elapsed).into()),
        ];
        members.extend(self.outcome.members());
        members.push(("after", Json::List(self.after().map(Json::from).collect())));
        Json::Object(members)
    }
}

impl Abandoned {
    #[cfg(feature = "serde")]
    pub(super) fn data(&self) -> Json {
        self.explained(&self.to_string())
    }

    /// `explained` says in words what it is, and what to change.
    fn explained(&self, explained: &str) -> Json {
        let (location, name) = match self {
            Self::Task { location, name, .. } => (Some(location.as_str()), name.as_deref()),
            _ => (None, None),
        };
        Json::Object(vec![
            ("kind", self.label().into()),
            ("number", (self.number() as u64).into()),
            ("name", name.into()),
            ("location", location.into()),
            ("scope", self.scope().into()),
            ("message", explained.into()),
        ])
    }
}

impl CutConnections {
    pub(super) fn data(&self) -> Json {
        Json::Object(vec![
            ("connections", (self.connections() as u64).into()),
            ("description", self.description().into()),
        ])
    }
}

impl FailedTask {
    pub(super) fn data(&self) -> Json {
        let mut members = vec![("name", self.name().into())];
        members.extend(self.outcome.members());
        Json::Object(members)
    }
}

impl SupervisedTask {
    pub(super) fn data(&self) -> Json {
        let attempts = u64::from(self.attempts);
        let mut members =
            vec![("name", self.name().into()), ("attempts", attempts.into()), ("final", self.is_final.into())];
        members.extend(self.outcome.members());
        Json::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[cfg(feature = "serde")]
    use graceful_core::Signal;
    use graceful_core::plan::{Before, PlannedHandler};
    use graceful_core::{HandlerPhase, Phase};

    use super::*;
    use crate::report::Draft;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Of everything that a report can say.
    fn report() -> Report {
        let mut draft = Draft::new(Reason::CriticalTask("consumer".into()), ms(30_000));
        draft.phase_began(Phase::Draining, ms(0));
        draft.details.main = "it waits for nothing";
        draft.abandon(Abandoned::Main);
        draft.abandon(Abandoned::Task {
            location: "src/main.rs:7:5".to_owned(),
            name: Some("reader".to_owned()),
            scope: None,
        });
        draft.abandon(Abandoned::Connections { connections: 2, scope: None });
        draft.abandon(Abandoned::InFlight { guards: 3, scope: Some("ingest/tenant 7".to_owned()) });
        draft.phase_began(Phase::Teardown, ms(310));
        let planned = PlannedHandler::new("close", 10, ms(5_000), HandlerPhase::Teardown, "src/main.rs:1")
            .runs_after(vec![Before { name: "stop".into(), place: None }]);
        let outcomes = [
            Outcome::Completed,
            Outcome::Failed("refused".into()),
            Outcome::Panicked("out of bounds".to_owned()),
            Outcome::TimedOut { blocked: true },
            Outcome::TimedOut { blocked: false },
            Outcome::Skipped("app::Pool".to_owned()),
        ];
        for outcome in outcomes {
            let close = draft.handler_began(&planned, planned.timeout(), ms(310));
            draft.handler_ended(close, ms(330), outcome);
        }
        draft.handlers_left_out([&planned].into_iter(), Outcome::Cancelled);
        draft.phase_began(Phase::Stopped, ms(330));
        let mut report = draft.report(ms(330));
        report.exit_code = 1;
        report.main_failure = Some(Outcome::Failed("no listener".into()));
        report.failed_tasks.push(FailedTask::new("consumer", Outcome::Panicked("at once".to_owned())));
        let ingest = SupervisedTask::new("ingest", 4, Outcome::Failed("connection reset".into()));
        report.supervised_tasks.push(SupervisedTask { is_final: true, ..ingest.clone() });
        report.supervised_tasks.push(ingest);
        report.warnings.push("2 values of type `Pool` were provided".to_owned());
        report.cut = CutConnections { connections: 1, description: "GET / from 10.0.0.1".to_owned() };
        report
    }

    /// The schema, which docs/observability.md documents: programs outside read it, so nothing in it may change or vanish.
    #[test]
    fn has_what_happened_with_the_numbers_in_milliseconds() {
        let handler = |outcome: &str, message: Option<&str>, blocked: bool| {
            serde_json::json!({
                "name": "close", "priority": 10, "phase": "teardown", "timeout_ms": 5_000,
                "started_ms": 310, "elapsed_ms": 20, "outcome": outcome, "message": message, "blocked": blocked,
                "after": ["stop"],
            })
        };
        let mut cancelled = handler("cancelled", None, false);
        cancelled["started_ms"] = serde_json::Value::Null;
        cancelled["elapsed_ms"] = 0.into();
        let abandoned = |kind: &str, number: usize, message: &str| serde_json::json!({"kind": kind, "number": number, "name": null, "location": null, "scope": null, "message": message});
        let supervised = |is_final: bool| {
            serde_json::json!({
                "name": "ingest", "attempts": 4, "final": is_final,
                "outcome": "failed", "message": "connection reset", "blocked": false,
            })
        };
        let expected = serde_json::json!({
            "reason": "critical_task",
            "task": "consumer",
            "clean": false,
            "exit_code": 1,
            "elapsed_ms": 330,
            "grace_period_ms": 30_000,
            "main_failure": {"outcome": "failed", "message": "no listener", "blocked": false},
            "phases": [
                {"phase": "draining", "started_ms": 0, "elapsed_ms": 310},
                {"phase": "teardown", "started_ms": 310, "elapsed_ms": 20},
            ],
            "handlers": [
                handler("completed", None, false),
                handler("failed", Some("refused"), false),
                handler("panicked", Some("out of bounds"), false),
                handler("timed_out", None, true),
                handler("timed_out", None, false),
                handler("skipped", Some("app::Pool"), false),
                cancelled,
            ],
            "abandoned": [
                abandoned("main", 1, "main had not returned: it waits for nothing"),
                {
                    "kind": "task", "number": 1, "name": "reader", "location": "src/main.rs:7:5", "scope": null,
                    "message": "task `reader` spawned at src/main.rs:7:5",
                },
                abandoned("connection", 2, "2 connections"),
                {
                    "kind": "guard", "number": 3, "name": null, "location": null, "scope": "ingest/tenant 7",
                    "message": "3 in flight in scope `ingest/tenant 7`",
                },
            ],
            "cut": {"connections": 1, "description": "GET / from 10.0.0.1"},
            "failed_tasks": [{"name": "consumer", "outcome": "panicked", "message": "at once", "blocked": false}],
            "supervised_tasks": [supervised(true), supervised(false)],
            "warnings": ["2 values of type `Pool` were provided"],
        });
        let report = report();
        #[cfg(feature = "serde")]
        assert_eq!(serde_json::to_value(&report).unwrap(), expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&report.data().to_string()).unwrap(), expected);
        let line: serde_json::Value = serde_json::from_str(&report.line("not clean")).unwrap();
        assert_eq!(
            (&line["level"], &line["message"], &line["exit_code"]),
            (&"ERROR".into(), &"not clean".into(), &1.into())
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn is_read_as_it_was_written() {
        let report = report();
        assert_eq!(serde_json::from_str::<Report>(&report.line("not clean")).unwrap(), report);
        for reason in [Reason::Signal(Signal::Hangup), Reason::Requested, Reason::MainReturned, Reason::MainFailed] {
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason);
        }
        let unknown = r#"{"outcome": "exploded"}"#;
        assert_eq!(serde_json::from_str::<Outcome>(unknown).unwrap_err().to_string(), "unknown outcome `exploded`");
    }
}
