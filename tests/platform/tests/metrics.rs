//! What a recorder of the facade `metrics` gets, and that none holds up the shutdown.
#![cfg(unix)]

use std::time::Duration;

use graceful_process_tests::{Ended, Program, Signal, all};

const METRICS: &str = env!("CARGO_BIN_EXE_metrics");

#[track_caller]
fn has(ended: &Ended, lines: &[&str]) {
    for line in lines {
        assert!(ended.stdout.iter().any(|printed| printed == line), "no `{line}`\n{ended}");
    }
}

#[track_caller]
fn has_nothing_of(ended: &Ended, part: &str) {
    assert!(ended.stdout.iter().all(|line| !line.contains(part)), "`{part}`\n{ended}");
}

/// The phases in the order in which the gauge was 1. A phase that is over when the recorder gets it is not among them.
fn phases(ended: &Ended) -> Vec<&str> {
    let mut phases: Vec<_> = ended
        .stdout
        .iter()
        .filter_map(|line| line.strip_prefix("graceful_phase{phase=")?.strip_suffix("} =1"))
        .collect();
    phases.dedup();
    phases
}

#[test]
fn a_clean_shutdown_is_counted() {
    let mut running = Program::new(METRICS).lame_duck("100ms").start();
    running.wait_for("main");
    running.wait_for("graceful_phase{phase=running} =1");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(0);
    let mut all = ["running", "lame_duck", "draining", "teardown", "stopped"].into_iter();
    let phases = phases(&ended);
    assert_eq!((phases.first(), phases.last()), (Some(&"running"), Some(&"stopped")), "{ended}");
    assert!(phases.iter().all(|phase| all.any(|next| next == *phase)), "{phases:?}\n{ended}");
    has(
        &ended,
        &[
            "gauge graceful_phase in count",
            "histogram graceful_phase_duration_seconds in seconds",
            "graceful_shutdowns_begun_total{reason=SIGTERM} +1",
            "graceful_shutdowns_completed_total{reason=SIGTERM,clean=true} +1",
            "graceful_phase_duration_seconds{phase=lame_duck} recorded",
            "graceful_phase_duration_seconds{phase=draining} recorded",
            "graceful_phase_duration_seconds{phase=teardown} recorded",
            "graceful_handlers_total{phase=lame_duck,outcome=completed} +1",
            "graceful_handlers_total{phase=drain,outcome=completed} +1",
            "graceful_handlers_total{phase=teardown,outcome=completed} +1",
            "graceful_in_flight{} =0",
        ],
    );
    has_nothing_of(&ended, "graceful_forced_exits_total{");
    // On the thread for it alone, and before the observers, one of which may flush the recorder.
    has_nothing_of(&ended, " on ");
    let report = ended.position("report");
    assert!(ended.stdout[report..].iter().all(|line| !line.starts_with("graceful_")), "{ended}");
}

#[test]
fn readiness_is_a_gauge() {
    let mut running = Program::new(METRICS).arg("parts").start();
    running.wait_for("main");
    running.wait_for("graceful_ready{} =1");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(0);
    has(&ended, &["gauge graceful_ready in count", "graceful_ready{} =0"]);
    let last = ended.stdout.iter().rfind(|line| line.starts_with("graceful_ready{}"));
    assert_eq!(last.map(String::as_str), Some("graceful_ready{} =0"), "{ended}");
}

#[test]
fn restarts_are_counted_by_task() {
    let mut running = Program::new(METRICS).arg("restarts").start();
    running.wait_for("main");
    for _ in 0..2 {
        running.wait_for("graceful_task_restarts_total{task=consumer} +1");
    }
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(0);
    has(&ended, &["counter graceful_task_restarts_total in count"]);
}

#[test]
fn failed_handlers_and_abandoned_work_are_counted() {
    let mut running = Program::new(METRICS).drain_timeout("1500ms").arg("fails").arg("guard").start();
    running.wait_for("main");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(1);
    has(
        &ended,
        &[
            "graceful_shutdowns_completed_total{reason=SIGTERM,clean=false} +1",
            "graceful_handlers_total{phase=teardown,outcome=failed} +1",
            "graceful_abandoned_total{kind=guard} +1",
        ],
    );
    // When the drain began, at its first progress line, and when teardown began.
    let in_flight = ended.stdout.iter().filter(|line| *line == "graceful_in_flight{} =1").count();
    assert!(in_flight >= 3, "{ended}");
}

#[test]
fn a_forced_exit_is_counted() {
    let mut running = Program::new(METRICS).grace_period("2s").drain_timeout("300ms").arg("blocked").start();
    running.wait_for("main");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(124);
    has(
        &ended,
        &["graceful_shutdowns_begun_total{reason=SIGTERM} +1", "graceful_forced_exits_total{cause=deadline} +1"],
    );
    has_nothing_of(&ended, "graceful_shutdowns_completed_total{");
}

#[test]
fn a_recorder_that_goes_wrong_changes_nothing() {
    all(["recorder blocks", "recorder panics"], |how| {
        let ended = Program::new(METRICS).lame_duck("100ms").arg(how).terminated();
        ended.exits_with(0).took_less_than(Duration::from_secs(4));
        has(&ended, &["report"]);
    });
}
