//! What the crate logs: every event of target `graceful`, each in one place.

#[cfg(feature = "axum")]
use std::net::SocketAddr;
use std::time::Duration;

use graceful_core::duration::millis as ms;
use graceful_core::plan::Plan;
use graceful_core::text::{counted, duration as show, escape, join};
use graceful_core::timeouts::Timeouts;
use graceful_core::{HandlerPhase, Phase};
use tracing::{debug, error, info, warn};

#[cfg(feature = "axum")]
use crate::axum::Cause;
use crate::in_flight::Described;
#[cfg(feature = "axum")]
use crate::in_flight::Ended;
use crate::outcome::Outcome;
use crate::report::{Abandoned, HandlerReport, Report};
use crate::resources::Repeated;
use crate::scope::{ScopeError, ScopeReport};
#[cfg(feature = "sockets")]
use crate::sockets::Origin;
use crate::task::End;
use crate::trigger::Reason;

/// As people say it: no more digits than are of use.
fn about(duration: Duration) -> String {
    let step = match duration.as_millis() {
        0 => return show(duration),
        1..1_000 => Duration::from_millis(1),
        1_000..10_000 => Duration::from_millis(100),
        _ => Duration::from_secs(1),
    };
    let steps = (duration + step / 2).as_millis() / step.as_millis();
    show(step.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX)))
}

pub(crate) fn plan(plan: &Plan) {
    if let Err(error) = plan.fits() {
        warn!(target: "graceful", "{error}");
        return;
    }
    let lame_duck = match plan.lame_duck() {
        Duration::ZERO => String::new(),
        lame_duck => format!("serve for {}, ", show(lame_duck)),
    };
    let handlers = plan.handlers().len();
    info!(
        target: "graceful", handlers, grace_period_ms = ms(plan.grace_period()), worst_case_ms = ms(plan.worst_case()),
        "on SIGTERM: {lame_duck}drain for at most {}, run {}; in the worst case {} of {}",
        show(plan.drain_timeout()), counted(handlers, "handler"), show(plan.worst_case()), show(plan.grace_period())
    );
}

pub(crate) fn repeated(repeated: &Repeated) {
    warn!(target: "graceful", "{repeated}");
}

#[cfg(feature = "sockets")]
pub(crate) fn socket(name: &str, address: &str, origin: Origin) {
    let origin = match origin {
        Origin::Systemd => "passed by systemd",
        Origin::Bound => "bound",
    };
    info!(target: "graceful", "the socket {name} is {address}, {origin}");
}

#[cfg(all(feature = "sockets", target_os = "linux"))]
pub(crate) fn no_such_socket(name: &str, passed: &str) {
    warn!(target: "graceful", "systemd has passed no socket {name}, so the program binds: it has passed {passed}");
}

#[cfg(all(feature = "sockets", target_os = "linux"))]
pub(crate) fn sockets_of_another(process: &str) {
    warn!(
        target: "graceful",
        "systemd has passed sockets to the process {process}, and not to this one, so the program binds: \
         `exec` keeps the process id in a script"
    );
}

#[cfg(all(feature = "sockets", target_os = "linux"))]
pub(crate) fn unclaimed_sockets(names: &str) {
    warn!(target: "graceful", "ready, and nothing has taken what systemd has passed as {names}: clients there wait for ever");
}

pub(crate) fn triggered(reason: &Reason, timeouts: Timeouts, lame_duck: bool, in_flight: usize) {
    let phase = if lame_duck { Phase::LameDuck } else { Phase::Draining };
    let serving = if lame_duck { format!("; serving for {} more", show(timeouts.lame_duck)) } else { String::new() };
    info!(
        target: "graceful", phase = phase.label(), reason = reason.label(), task = reason.task(), in_flight,
        "shutting down after {reason}, within {}{serving}", show(timeouts.grace_period)
    );
}

pub(crate) fn draining(in_flight: usize, limit: Duration) {
    info!(
        target: "graceful", phase = Phase::Draining.label(), in_flight,
        "draining for at most {}: {in_flight} in flight", about(limit)
    );
}

pub(crate) fn still_draining(waiting_for: &str, in_flight: usize, elapsed: Duration, left: Duration) {
    info!(
        target: "graceful", phase = Phase::Draining.label(), in_flight, elapsed_ms = ms(elapsed),
        "still draining: waiting for {waiting_for}, at most {} longer", about(left)
    );
}

pub(crate) fn drained(elapsed: Duration) {
    info!(target: "graceful", phase = Phase::Draining.label(), in_flight = 0, elapsed_ms = ms(elapsed), "drained in {}", about(elapsed));
}

pub(crate) fn abandoned(what: &str, in_flight: usize) {
    warn!(
        target: "graceful", phase = Phase::Draining.label(), in_flight,
        "abandoned at the end of the drain: {what}"
    );
}

pub(crate) fn cut(connections: &Described) {
    info!(
        target: "graceful", phase = Phase::Draining.label(), connections = connections.number,
        "cut at the end of the drain, held open by the client: {}", connections.counted()
    );
}

pub(crate) fn start_cancelled(advice: &str) {
    warn!(target: "graceful", phase = Phase::Draining.label(), "the start was cancelled: main had not returned: {advice}");
}

pub(crate) fn holds_on() {
    warn!(
        target: "graceful", phase = Phase::Draining.label(),
        "an aborted task is still running: it blocks its thread"
    );
}

pub(crate) fn teardown(handlers: usize) {
    debug!(target: "graceful", phase = Phase::Teardown.label(), "running {handlers} shutdown handlers");
}

/// `provided`: the types of the values that a skipped handler could have taken.
pub(crate) fn handler(report: &HandlerReport, provided: impl FnOnce() -> Vec<&'static str>) {
    let phase = match report.phase() {
        HandlerPhase::LameDuck => Phase::LameDuck,
        HandlerPhase::Drain => Phase::Draining,
        HandlerPhase::Teardown => Phase::Teardown,
        HandlerPhase::Flush => Phase::Stopped,
    };
    let outcome = report.outcome();
    let what = describe(report, provided);
    let error = outcome.error_text();
    // The same fields for each level, which a macro needs as a constant.
    macro_rules! event {
        ($level:ident) => {
            $level!(
                target: "graceful", phase = phase.label(), handler = report.name(), priority = report.priority(),
                elapsed_ms = ms(report.elapsed()), outcome = outcome.label(), error, "{what}"
            )
        };
    }
    match outcome {
        Outcome::Completed => event!(info),
        Outcome::Skipped(_) => event!(warn),
        _ => event!(error),
    }
}

/// The task of a handler ended with an error before its turn.
pub(crate) fn handler_task(name: &str, outcome: &Outcome) {
    let error = outcome.error_text();
    error!(
        target: "graceful", handler = name, outcome = outcome.label(), error,
        "the task of shutdown handler `{}` ended before its turn: {}", escape(name), escape(&outcome.to_string())
    );
}

/// Says in one line how a handler ended.
pub(crate) fn describe(report: &HandlerReport, provided: impl FnOnce() -> Vec<&'static str>) -> String {
    let name = escape(report.name());
    format!("shutdown handler `{name}` {}", ended(report.outcome(), &about(report.elapsed()), provided))
}

/// How a handler ended. The user's own text is escaped, and comes last.
fn ended(outcome: &Outcome, elapsed: &str, provided: impl FnOnce() -> Vec<&'static str>) -> String {
    match outcome {
        Outcome::Completed => format!("completed in {elapsed}"),
        Outcome::Failed(error) => format!("failed after {elapsed}: {}", escape(error.text())),
        Outcome::Panicked(message) => format!("panicked after {elapsed}: {}", escape(message)),
        Outcome::TimedOut { blocked: false } => format!("timed out after {elapsed}"),
        Outcome::TimedOut { blocked: true } => format!("timed out after {elapsed}, and still blocks its thread"),
        Outcome::Skipped(resource) => {
            let provided: Vec<_> = provided().into_iter().map(|name| format!("`{name}`")).collect();
            let provided = if provided.is_empty() { "nothing".to_owned() } else { join(&provided, ", ") };
            format!(
                "skipped: no value of type `{resource}` was provided; call `graceful::provide(..)` in main. Provided: {provided}"
            )
        }
        Outcome::Cancelled => format!("cancelled after {elapsed}"),
    }
}

pub(crate) fn blocked() {
    error!(
        target: "graceful", phase = Phase::Teardown.label(),
        "every thread of the application's runtime is blocked: waiting for one until the deadline"
    );
}

pub(crate) fn blocked_by_handlers() {
    error!(
        target: "graceful", phase = Phase::Teardown.label(),
        "every thread of the application's runtime is blocked by a handler that timed out, so the process exits without it; \
         a handler that blocks belongs in a plain `fn`"
    );
}

pub(crate) fn stopped(report: &Report) {
    let summary = report.summary();
    // The same fields for each level, which a macro needs as a constant.
    macro_rules! event {
        ($level:ident) => {
            $level!(
                target: "graceful", phase = Phase::Stopped.label(), reason = report.reason().label(),
                task = report.reason().task(),
                exit_code = report.exit_code(), elapsed_ms = ms(report.elapsed()),
                handlers_failed = report.handlers().iter().filter(|handler| !handler.outcome().is_clean()).count(),
                abandoned = report.abandoned().len(), cut = report.cut().connections(), tasks_failed = report.failed_tasks().len(), "{summary}"
            )
        };
    }
    if report.is_clean() {
        event!(info);
    } else {
        event!(error);
    }
    debug!(target: "graceful", phase = Phase::Stopped.label(), report = %report.data(), "the report");
}

pub(crate) fn health_changed(component: &str, status: &str, is_good: bool, all: &str) {
    if is_good {
        info!(target: "graceful", component, status, "health check {all}");
    } else {
        warn!(target: "graceful", component, status, "health check {all}");
    }
}

#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
pub(crate) fn never_ready(since: Duration, why: &str, consequence: &str) {
    warn!(target: "graceful", "not ready {} after the start: {why}, so {consequence}", show(since));
}

/// For a program whose readiness has parts.
pub(crate) fn readiness(not_ready: Option<&str>) {
    match not_ready {
        None => info!(target: "graceful", ready = true, "ready: every part is ready"),
        Some(why) => warn!(target: "graceful", ready = false, "not ready: {why}"),
    }
}

/// `part` is in backticks.
pub(crate) fn part_dropped(part: &str, why: &str) {
    warn!(
        target: "graceful",
        "the readiness part {part} was dropped while it was not ready ({}), so the program stays not ready; keep it until \
         `set_ready()`, or call `remove()`", escape(why)
    );
}

/// `others`: as many have ended in the same way since the last such line.
#[cfg(feature = "axum")]
pub(crate) fn handshake_lost(cause: &Cause, peer: Option<SocketAddr>, others: usize) {
    let who = peer.map_or_else(|| "a client without an address".to_owned(), |peer| peer.to_string());
    let and = if others > 0 { format!(", and {others} more") } else { String::new() };
    // The same fields for each level, which a macro needs as a constant.
    macro_rules! event {
        ($level:ident, $outcome:literal, $text:literal $(, $argument:expr)?) => {
            $level!(
                target: "graceful", outcome = $outcome, peer = peer.map(tracing::field::display), others,
                concat!("handshake with {} ", $text), who, and $(, $argument)?
            )
        };
    }
    match cause {
        // By the client, or by whoever it is that scans the network.
        Cause::Failed(error) => event!(info, "failed", "failed{}: {}", escape(&error.to_string())),
        Cause::TimedOut => event!(info, "timed_out", "timed out{}"),
        Cause::CrowdedOut(limit) => event!(
            warn,
            "crowded_out",
            "dropped{}: another client connected while {} handshakes were under way; if they were honest, raise the limit \
             of the listener",
            limit
        ),
        Cause::Panicked(message) => event!(error, "panicked", "panicked{}: {}", escape(message)),
    }
}

/// `attempt` has failed.
pub(crate) fn restarting(name: &str, attempt: u32, failure: &Outcome, pause: Duration) {
    warn!(
        target: "graceful", task = name, attempt, pause_ms = ms(pause), outcome = failure.label(),
        error = failure.error_text(), "restarting the task `{}` in {}: attempt {attempt} {}", escape(name), about(pause),
        escape(&failure.to_string())
    );
}

/// `attempt` was the last one. `is_critical`: the shutdown begins, if it has not begun.
pub(crate) fn task_ended(name: &str, end: &End, attempt: u32, is_critical: bool) {
    let shown = escape(name);
    match (end, is_critical) {
        (End::Failed(outcome), true) => {
            let which = if attempt > 1 { format!(", attempt {attempt},") } else { String::new() };
            error!(
                target: "graceful", task = name, attempt, outcome = outcome.label(), error = outcome.error_text(),
                "the critical task `{shown}`{which} {}", escape(&outcome.to_string())
            );
        }
        (End::Failed(outcome), false) => warn!(
            target: "graceful", task = name, attempt, outcome = outcome.label(), error = outcome.error_text(),
            "the task `{shown}` is not restarted: attempt {attempt} {}", escape(&outcome.to_string())
        ),
        (End::NotRestarted, _) => {
            info!(target: "graceful", task = name, attempt, "the task `{shown}` is not restarted: the drain has begun");
        }
        (End::Returned, true) => info!(target: "graceful", task = name, attempt, "the critical task `{shown}` ended"),
        (End::Dropped, true) => {
            info!(target: "graceful", task = name, attempt, "the critical task `{shown}` was aborted")
        }
        (End::Returned | End::Dropped, false) => {}
    }
}

pub(crate) fn scope_draining(scope: &str, in_flight: usize, timeout: Duration) {
    info!(
        target: "graceful", scope, in_flight, "shutting down scope `{}` within {}: {in_flight} in flight", escape(scope),
        show(timeout)
    );
}

pub(crate) fn scope_error(error: &ScopeError) {
    let outcome = error.outcome();
    error!(
        target: "graceful", scope = error.scope(), outcome = outcome.label(), error = outcome.error_text(), "{error}"
    );
}

/// The connections of a scope that were ended by force.
#[cfg(feature = "axum")]
pub(crate) fn scope_connections(scope: &str, Ended { abandoned, cut, .. }: &Ended) {
    if abandoned.number > 0 {
        warn!(target: "graceful", scope, "abandoned at the end of the scope's drain: {}", abandoned.counted());
    }
    if cut.number > 0 {
        info!(
            target: "graceful", scope, connections = cut.number,
            "cut at the end of the scope's drain, held open by the client: {}", cut.counted()
        );
    }
}

pub(crate) fn scope_ended(report: &ScopeReport) {
    // The connections have a line in words.
    for what in report.abandoned().iter().filter(|what| !matches!(what, Abandoned::Connections { .. })) {
        warn!(target: "graceful", scope = report.scope(), "abandoned at the end of the scope's drain: {}", escape(&what.to_string()));
    }
    // The same fields for each level, which a macro needs as a constant.
    macro_rules! event {
        ($level:ident) => {
            $level!(
                target: "graceful", scope = report.scope(), elapsed_ms = ms(report.elapsed()),
                tasks_failed = report.error_count(), abandoned = report.abandoned().len(),
                handlers_failed = report.failed_handlers(), "{report}"
            )
        };
    }
    if report.is_clean() {
        event!(info);
    } else {
        event!(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_text_is_escaped_and_comes_last() {
        let failed = Outcome::Failed("unreachable\nconnection refused".into());
        assert_eq!(ended(&failed, "12 ms", Vec::new), "failed after 12 ms: unreachable\\nconnection refused");
    }

    #[test]
    fn a_skipped_handler_says_what_to_do() {
        let skipped = Outcome::Skipped("app::Pool".to_owned());
        let said = |provided: &'static [&str]| ended(&skipped, "0 s", || provided.to_vec());
        let expected =
            "skipped: no value of type `app::Pool` was provided; call `graceful::provide(..)` in main. Provided: ";
        assert_eq!(
            said(&["alloc::sync::Arc<app::Pool>", "app::Cache"]),
            format!("{expected}`alloc::sync::Arc<app::Pool>`, `app::Cache`")
        );
        assert_eq!(said(&[]), format!("{expected}nothing"));
    }
}
