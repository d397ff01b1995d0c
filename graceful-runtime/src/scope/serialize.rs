//! The report of a scope through serde: durations in whole milliseconds, and errors as their texts.

use std::time::Duration;

use graceful_core::duration::millis;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::report::{Findings, Inner, ScopeError, ScopeReport};
use crate::outcome::Outcome;
use crate::report::{Abandoned, HandlerReport};

#[derive(Serialize)]
struct View<'a> {
    scope: &'a str,
    clean: bool,
    elapsed_ms: u64,
    errors: &'a [ScopeError],
    error_count: usize,
    abandoned: &'a [Abandoned],
    handlers: &'a [HandlerReport],
}

impl Serialize for ScopeReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = View {
            scope: self.scope(),
            clean: self.is_clean(),
            elapsed_ms: millis(self.elapsed()),
            errors: self.errors(),
            error_count: self.error_count(),
            abandoned: self.abandoned(),
            handlers: self.handlers(),
        };
        view.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Read {
    scope: String,
    elapsed_ms: u64,
    errors: Vec<ScopeError>,
    error_count: usize,
    abandoned: Vec<Abandoned>,
    handlers: Vec<HandlerReport>,
}

impl<'de> Deserialize<'de> for ScopeReport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { scope, elapsed_ms, errors, error_count, abandoned, handlers } = Read::deserialize(deserializer)?;
        let (scope, elapsed) = (scope.into(), Duration::from_millis(elapsed_ms));
        let findings = Findings { errors, error_count, abandoned, handlers };
        Ok(Inner { scope, elapsed, findings }.into())
    }
}

#[derive(Serialize)]
struct ErrorView<'a> {
    scope: &'a str,
    task: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

impl Serialize for ScopeError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ErrorView { scope: self.scope(), task: self.task(), outcome: self.outcome() }.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct ReadError {
    scope: String,
    task: String,
    #[serde(flatten)]
    outcome: Outcome,
}

impl<'de> Deserialize<'de> for ScopeError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ReadError { scope, task, outcome } = ReadError::deserialize(deserializer)?;
        Ok(Self::new(&scope.into(), task, outcome))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use graceful_core::HandlerPhase;
    use graceful_core::plan::PlannedHandler;
    use serde_json::{Value, from_value, json, to_value};

    use super::*;

    #[test]
    fn is_read_as_it_was_written() {
        let scope: Arc<str> = "tenant 7".into();
        let handler =
            PlannedHandler::new("tenant 7/flush", 0, Duration::from_secs(2), HandlerPhase::Teardown, "src/main.rs:1");
        let report: ScopeReport = Inner {
            elapsed: Duration::from_micros(1_234_567),
            findings: Findings {
                errors: vec![ScopeError::new(&scope, "consumer".to_owned(), Outcome::Failed("no disk".into()))],
                error_count: 2,
                abandoned: vec![Abandoned::InFlight { guards: 3, scope: Some(scope.to_string()) }],
                handlers: vec![HandlerReport::left_out(&handler)],
            },
            scope,
        }
        .into();
        let written = to_value(&report).unwrap();
        let error = json!({
            "scope": "tenant 7", "task": "consumer", "outcome": "failed", "message": "no disk", "blocked": false
        });
        assert_eq!(written["errors"], json!([error]));
        let numbers = ["clean", "elapsed_ms", "error_count"].map(|member| written[member].clone());
        assert_eq!(numbers, [Value::from(false), 1_234.into(), 2.into()]);
        assert_eq!(written["handlers"][0]["outcome"], "cancelled");
        let read: ScopeReport = from_value(written.clone()).unwrap();
        assert_eq!(to_value(&read).unwrap(), written);
        assert_eq!(
            (read.scope(), read.abandoned(), read.handlers()),
            (report.scope(), report.abandoned(), report.handlers())
        );
    }
}
