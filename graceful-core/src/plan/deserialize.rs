//! The plan as it is read back from JSON, by a dashboard or a test.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Before, Plan, PlannedHandler, PlannedScopes};
use crate::phase::HandlerPhase;
use crate::timeouts::Timeouts;

#[derive(Deserialize)]
struct ReadPlan {
    grace_period_ms: u64,
    lame_duck_ms: u64,
    drain_timeout_ms: u64,
    handlers: Vec<PlannedHandler>,
    scopes: Option<ReadScopes>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = ReadPlan::deserialize(deserializer)?;
        let timeouts = Timeouts {
            grace_period: Duration::from_millis(read.grace_period_ms),
            lame_duck: Duration::from_millis(read.lame_duck_ms),
            drain_timeout: Some(Duration::from_millis(read.drain_timeout_ms)),
            handler_timeout: None,
        };
        let scopes = read.scopes.map(|ReadScopes { number, handlers, worst_case_ms }| {
            PlannedScopes::new(number, handlers, Duration::from_millis(worst_case_ms))
        });
        Ok(Plan::new(&timeouts, placed(read.handlers)).with_scopes(scopes).with_warnings(read.warnings))
    }
}

#[derive(Deserialize)]
struct ReadScopes {
    number: usize,
    handlers: usize,
    worst_case_ms: u64,
}

/// The same handlers, each with the places of those that it runs after. These stand before it, and a name that several have is
/// that of the nearest.
fn placed(mut handlers: Vec<PlannedHandler>) -> Vec<PlannedHandler> {
    let names: Vec<_> = handlers.iter().map(|handler| handler.name.clone()).collect();
    for (place, handler) in handlers.iter_mut().enumerate() {
        let earlier = names.get(..place).unwrap_or_default();
        for before in handler.chain.iter_mut().flat_map(|chain| &mut chain.after) {
            before.place = earlier.iter().rposition(|name| **name == *before.name);
        }
    }
    handlers
}

#[derive(Deserialize)]
struct ReadHandler {
    name: String,
    priority: i32,
    phase: HandlerPhase,
    timeout_ms: u64,
    #[serde(default)]
    after: Vec<String>,
    location: String,
}

impl<'de> Deserialize<'de> for PlannedHandler {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ReadHandler { name, priority, phase, timeout_ms, after, location } =
            ReadHandler::deserialize(deserializer)?;
        let after = after.into_iter().map(|name| Before { name: name.into(), place: None });
        let handler = PlannedHandler::new(name, priority, Duration::from_millis(timeout_ms), phase, location);
        Ok(handler.runs_after(after.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let second = Duration::from_secs(1);
        let timeouts = Timeouts { lame_duck: 2 * second, ..Timeouts::default() };
        let handlers = [HandlerPhase::LameDuck, HandlerPhase::Drain, HandlerPhase::Teardown, HandlerPhase::Flush]
            .map(|phase| PlannedHandler::new("close", 7, 3 * second, phase, "src/main.rs:1"));
        let last = PlannedHandler::new("archive", 7, second, HandlerPhase::Teardown, "src/main.rs:2");
        let last = last.runs_after(vec![Before { name: "close".into(), place: Some(2) }]);
        let handlers = handlers.into_iter().chain([last]).collect();
        let scopes = PlannedScopes::new(3, 2, second);
        let plan = Plan::new(&timeouts, handlers).with_scopes(Some(scopes)).with_warnings(vec!["two pools".to_owned()]);
        let json = serde_json::to_value(&plan).unwrap();
        let read: Plan = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        assert_eq!((read.handlers(), read.warnings()), (plan.handlers(), plan.warnings()));
        assert_eq!(read.scopes(), plan.scopes());
    }
}
