//! The answers of the probes, for the application's router and for the supervisor's listener.

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use graceful_core::probe::*;
use graceful_core::text::{duration, join};
use serde::Serialize;

use crate::health::{HealthReport, HealthStatus};
use crate::program::Program;

/// A status code, and JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) json: String,
}

impl Answer {
    fn new(good: bool, value: &impl Serialize) -> Self {
        let code = if good { 200 } else { 503 };
        // Strings and numbers always serialize.
        Self { code, json: serde_json::to_string(value).unwrap_or_default() }
    }
}

/// Answers with `good`, or with `bad` and the reason `why`.
fn verdict(good: &str, bad: &str, why: Option<String>) -> Answer {
    #[derive(Serialize)]
    struct Verdict<'a> {
        status: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    let status = if why.is_none() { good } else { bad };
    Answer::new(why.is_none(), &Verdict { status, reason: why })
}

/// Answers `/health` with the report of the health checks.
pub(crate) async fn health(program: &'static Program) -> Answer {
    let report = program.health().await;
    Answer::new(report.status() < HealthStatus::Unhealthy, &report)
}

/// Answers `/ready` and `/readyz`: whether traffic should come here.
pub(crate) async fn ready(program: &'static Program) -> Answer {
    verdict("ready", "not ready", why_not_ready(program).await)
}

async fn why_not_ready(program: &'static Program) -> Option<String> {
    let begun = || program.lifecycle.is_shutting_down().then(|| "shutting down".to_owned());
    if let Some(why) = begun() {
        return Some(why);
    }
    if !program.lifecycle.is_ready() {
        return Some("starting".to_owned());
    }
    let report = program.health().await;
    // Again, since the shutdown may have begun while the checks ran.
    begun().or_else(|| unhealthy(&report))
}

fn unhealthy(report: &HealthReport) -> Option<String> {
    let bad = report.components().iter().filter(|component| component.status() == HealthStatus::Unhealthy);
    let names: Vec<_> = bad.map(|component| component.name()).collect();
    (!names.is_empty()).then(|| format!("unhealthy: {}", join(&names, ", ")))
}

/// Answers `/livez` and `/healthz`: whether the process is alive. `blocked_for` is how long the application's runtime has run nothing,
/// if that is too long. It is ignored during the shutdown, which ends by itself.
pub(crate) fn live(program: &'static Program, blocked_for: Option<Duration>) -> Answer {
    let blocked_for = blocked_for.filter(|_| !program.lifecycle.is_shutting_down());
    let why = |time| format!("no thread of the application's runtime has run anything for {}", duration(time));
    verdict("alive", "blocked", blocked_for.map(why))
}
