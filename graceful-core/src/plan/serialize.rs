//! The plan as data.

use serde::{Serialize, Serializer};

use super::{Plan, PlannedHandler};
use crate::duration::millis;

#[derive(Serialize)]
struct PlanView<'a> {
    grace_period_ms: u64,
    lame_duck_ms: u64,
    drain_timeout_ms: u64,
    worst_case_ms: u64,
    fits: bool,
    handlers: &'a [PlannedHandler],
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<ScopesView>,
    warnings: &'a [String],
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = PlanView {
            grace_period_ms: millis(self.grace_period),
            lame_duck_ms: millis(self.lame_duck()),
            drain_timeout_ms: millis(self.drain_timeout),
            worst_case_ms: millis(self.worst_case()),
            fits: self.fits().is_ok(),
            handlers: &self.handlers,
            scopes: self.scopes.as_ref().map(|scopes| ScopesView {
                number: scopes.number,
                handlers: scopes.handlers,
                worst_case_ms: millis(scopes.worst_case),
            }),
            warnings: &self.warnings,
        };
        view.serialize(serializer)
    }
}

#[derive(Serialize)]
struct ScopesView {
    number: usize,
    handlers: usize,
    worst_case_ms: u64,
}

#[derive(Serialize)]
struct HandlerView<'a> {
    name: &'a str,
    priority: i32,
    phase: &'a str,
    timeout_ms: u64,
    after: Vec<&'a str>,
    location: &'a str,
}

impl Serialize for PlannedHandler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = HandlerView {
            name: &self.name,
            priority: self.priority,
            phase: self.phase.label(),
            timeout_ms: millis(self.timeout),
            after: self.after().collect(),
            location: &self.location,
        };
        view.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Before;
    use super::*;
    use crate::phase::HandlerPhase;
    use crate::timeouts::Timeouts;

    #[test]
    fn has_the_numbers_in_milliseconds() {
        let secs = Duration::from_secs;
        let close = PlannedHandler::new("close", 10, secs(4), HandlerPhase::Teardown, "src/main.rs:1");
        let leave = PlannedHandler::new("leave", 0, secs(1), HandlerPhase::Drain, "src/main.rs:2");
        let close = close.runs_after(vec![Before { name: "leave".into(), place: Some(1) }]);
        let timeouts = Timeouts {
            lame_duck: secs(5),
            drain_timeout: Some(Duration::from_micros(12_345_678)),
            ..Timeouts::default()
        };
        let warnings = vec!["2 values of type `Pool` were provided".to_owned()];
        let plan = Plan::new(&timeouts, vec![close, leave]).with_warnings(warnings);
        let expected = serde_json::json!({
            "grace_period_ms": 24_000,
            "lame_duck_ms": 5_000,
            "drain_timeout_ms": 12_345,
            "worst_case_ms": 21_345,
            "fits": true,
            "handlers": [
                {"name": "leave", "priority": 0, "phase": "drain", "timeout_ms": 1_000, "after": [], "location": "src/main.rs:2"},
                {
                    "name": "close", "priority": 10, "phase": "teardown", "timeout_ms": 4_000, "after": ["leave"],
                    "location": "src/main.rs:1",
                },
            ],
            "warnings": ["2 values of type `Pool` were provided"],
        });
        assert_eq!(serde_json::to_value(plan).unwrap(), expected);
    }
}
