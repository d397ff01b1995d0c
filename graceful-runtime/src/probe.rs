//! The answers of the probes, for the application's router and for the supervisor's listener.

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use graceful_core::probe::*;
use graceful_core::text::{duration, join};
use serde::Serialize;

use crate::health::{ComponentHealth, HealthReport, HealthStatus};
use crate::program::Program;
use crate::readiness::NO_PART;

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

/// Answers with `good`, or with `bad` and why.
fn verdict(good: &str, bad: &str, why: Option<Why>) -> Answer {
    #[derive(Serialize)]
    struct Verdict<'a> {
        status: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        components: Vec<ComponentHealth>,
    }
    let is_good = why.is_none();
    let (reason, components) = why.map(|why| (why.reason, why.components)).unzip();
    let status = if is_good { good } else { bad };
    Answer::new(is_good, &Verdict { status, reason, components: components.unwrap_or_default() })
}

/// Why an answer is bad.
struct Why {
    reason: String,
    /// The parts that are not ready.
    components: Vec<ComponentHealth>,
}

impl From<String> for Why {
    fn from(reason: String) -> Self {
        Self { reason, components: Vec::new() }
    }
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

async fn why_not_ready(program: &'static Program) -> Option<Why> {
    if let Some(why) = not_ready(program) {
        return Some(why);
    }
    let report = program.health().await;
    // Again, since the shutdown may have begun, and a part may have turned not ready, while the checks ran.
    not_ready(program).or_else(|| unhealthy(&report).map(Why::from))
}

/// Why the program is not ready, whatever its health checks find. Waits for nothing.
fn not_ready(program: &Program) -> Option<Why> {
    if program.lifecycle.is_shutting_down() {
        return Some("shutting down".to_owned().into());
    }
    let components = program.lifecycle.readiness.not_ready()?;
    let reason = match (components.is_empty(), program.lifecycle.readiness.was_ready()) {
        (false, _) => format!("not ready: {}", names(&components)),
        (true, true) => NO_PART.to_owned(),
        (true, false) => "starting".to_owned(),
    };
    Some(Why { reason, components })
}

fn unhealthy(report: &HealthReport) -> Option<String> {
    let bad = names(report.components().iter().filter(|component| component.status() == HealthStatus::Unhealthy));
    (!bad.is_empty()).then(|| format!("unhealthy: {bad}"))
}

fn names<'a>(components: impl IntoIterator<Item = &'a ComponentHealth>) -> String {
    let names: Vec<_> = components.into_iter().map(ComponentHealth::name).collect();
    join(&names, ", ")
}

/// Answers `/livez` and `/healthz`: whether the process is alive. `blocked_for` is how long the application's runtime has run nothing,
/// if that is too long. It is ignored during the shutdown, which ends by itself.
pub(crate) fn live(program: &'static Program, blocked_for: Option<Duration>) -> Answer {
    let blocked_for = blocked_for.filter(|_| !program.lifecycle.is_shutting_down());
    let why = |time| format!("no thread of the application's runtime has run anything for {}", duration(time));
    verdict("alive", "blocked", blocked_for.map(|time| why(time).into()))
}
