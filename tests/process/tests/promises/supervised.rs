//! Supervised tasks: restarted after a failure, and the end of the service if they cannot be.

use std::time::Duration;

use graceful_process_tests::{Program, Signal};

fn supervised(scenario: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_supervised")).arg(scenario)
}

#[test]
fn it_is_restarted_after_an_error_and_after_a_panic() {
    let mut running = supervised("recovers").arg("log").start();
    running.wait_for("main");
    running.wait_for_stdout("consumer healthy");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(0).stderr_has(": attempt 1 failed: connection lost").stderr_has(": attempt 2 panicked: poisoned");
    let attempts: Vec<_> = ended.said().into_iter().filter(|line| line.starts_with("attempt")).collect();
    assert_eq!(attempts, ["attempt 1", "attempt 2", "attempt 3"], "{ended}");
    let report = "task `consumer`, 3 attempts, the last failure: panicked: poisoned";
    assert!(ended.position("handler") < ended.position(report), "{ended}");
}

#[test]
fn one_failure_too_many_ends_the_service() {
    let ended = supervised("gives up").arg("log").run();
    let reason = "the critical task `consumer` ended";
    let attempts = ["attempt 1"; 3];
    let report = "task `consumer`, 3 attempts, not restarted: failed: connection lost";
    let rest = ["the handle has: connection lost", "main", reason, "handler", report];
    ended.exits_with(1).says(&[&attempts[..], &rest].concat());
    ended.stderr_has("the critical task `consumer`, attempt 3, failed: connection lost");
}

/// Its pause is longer than the grace period.
#[test]
fn the_drain_ends_a_pause_at_once() {
    let mut running = supervised("is down").arg("log").start();
    running.wait_for_stderr("restarting the task `consumer` in 1 h: attempt 1 failed: connection lost");
    running.wait_for("main");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(0).took_less_than(Duration::from_secs(5));
    ended.stderr_has("the task `consumer` is not restarted: the drain has begun");
}

#[test]
fn a_failure_in_the_drain_is_recorded() {
    let ended = supervised("fails in the drain").terminated();
    ended.exits_with(1).says(&["main", "SIGTERM", "handler"]).stderr_has("critical task `consumer`: cannot commit");
}

#[test]
fn ok_is_fine_and_an_error_ends_the_service() {
    let ended = supervised("ok is fine").run();
    ended.exits_with(1).stderr_has("critical task `export`: connection lost");
    assert_eq!(ended.said()[..2], ["7", "shutting down: false"], "{ended}");
    assert!(ended.said().contains(&"the critical task `export` ended"), "{ended}");
}
