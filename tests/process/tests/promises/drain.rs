//! The drain: who is waited for, how long, and what becomes of the rest.

use std::time::Duration;

use graceful_process_tests::{Program, Running, Signal};

const ABANDONED: &str = env!("CARGO_BIN_EXE_abandoned");

fn puppet() -> Program {
    Program::new(env!("CARGO_BIN_EXE_puppet")).grace_period("60s").drain_timeout("20s")
}

fn draining(program: Program, orders: &[&str]) -> Running {
    let mut running = program.start();
    running.wait_for("main");
    for order in orders {
        assert_eq!(running.ask(order), "done");
    }
    running.signal(Signal::SIGTERM);
    running.ask_until("phase", "draining");
    running
}

#[test]
fn it_waits_for_what_is_in_flight() {
    let mut running = draining(puppet(), &["track"]);
    assert_eq!(running.ask("in_flight"), "1");
    assert_eq!(running.ask("phase"), "draining");
    running.order("drop");
    let ended = running.end();
    ended.exits_with(0).says(&["main", "guards dropped", "first", "second", "report: SIGTERM"]).is_silent();
}

#[test]
fn it_ends_at_its_timeout() {
    let running = draining(puppet().drain_timeout("300ms"), &["track", "spawn"]);
    let ended = running.end();
    ended.exits_with(1).took_between(Duration::from_millis(300), Duration::from_secs(1));
    ended.says(&["main", "task dropped", "first", "second", "report: SIGTERM"]);
    ended.stderr_has("1 in flight").stderr_has("task spawned at ").stderr_lacks("main had not returned");
}

#[test]
fn it_leaves_the_handlers_their_time() {
    // Two groups of 1 s each, in 8 s: although it may take 7.9 s, the drain gets less than 6 s.
    let program = puppet().grace_period("8s").drain_timeout("7900ms");
    let ended = draining(program, &["track"]).end();
    ended.exits_with(1).says(&["main", "first", "second", "report: SIGTERM"]);
    ended.took_less_than(Duration::from_secs(7));
}

#[test]
fn its_handlers_run_while_it_lasts() {
    let mut running = puppet().start();
    running.wait_for("main");
    running.ask("track");
    for register in ["register late -1 drain", "register early 1 drain", "register early 7 teardown"] {
        assert_eq!(running.ask(register), "done");
    }
    running.signal(Signal::SIGTERM);
    running.wait_for("late");
    assert_eq!(running.ask("phase"), "draining");
    running.order("drop");
    let said = ["main", "early", "late", "guards dropped", "first", "second", "early", "report: SIGTERM"];
    running.end().exits_with(0).says(&said);
}

#[test]
fn it_waits_for_its_handlers() {
    let mut running = puppet().start();
    running.wait_for("main");
    assert_eq!(running.ask("register_held deregisters"), "done");
    running.signal(Signal::SIGTERM);
    running.wait_for("deregisters");
    assert_eq!(running.ask("phase"), "draining");
    running.order("release");
    running.end().exits_with(0).says(&["main", "deregisters", "first", "second", "report: SIGTERM"]);
}

#[test]
fn it_waits_for_main() {
    let mut running = puppet().arg("ignores").start();
    running.wait_for("main");
    running.signal(Signal::SIGTERM);
    running.ask_until("phase", "draining");
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(1).stderr_has("main had not returned");
    // `first` is only begun when main is gone.
    ended.says(&["main", "main dropped", "first", "second", "report: SIGTERM"]);
}

#[test]
fn what_is_abandoned_is_dropped_before_teardown_and_named() {
    let ended = Program::new(ABANDONED).arg("log").arg("guard").terminated();
    ended.exits_with(1);
    let teardown = ended.position("teardown");
    for dropped in ["main dropped", "task dropped", "consumer dropped"] {
        assert!(ended.position(dropped) < teardown, "{dropped}\n{ended}");
    }
    // The program has printed where it is.
    let place = &ended.stdout[0];
    ended.stderr_has(&format!("abandoned at the end of the drain: {place}:"));
    ended.stderr_has("abandoned at the end of the drain: task `consumer` spawned at ");
    ended.stderr_has("abandoned at the end of the drain: 1 in flight");
    ended.stderr_has("abandoned at the end of the drain: main had not returned");
    ended.stderr_has("graceful::drain_started()");
    ended.took_between(Duration::from_millis(300), Duration::from_secs(2));
}

#[test]
fn a_blocking_job_is_left_behind() {
    let ended = Program::new(ABANDONED).arg("log").arg("blocking").terminated();
    ended.exits_with(1).took_less_than(Duration::from_secs(9));
    assert!(ended.position("task dropped") < ended.position("teardown"), "{ended}");
    ended.stderr_has("an aborted task is still running");
}

#[test]
fn the_log_says_what_is_waited_for() {
    let mut running = draining(puppet().arg("log").arg("ignores").drain_timeout("19s"), &["track", "track", "spawn"]);
    // After 1 s, and after 2 s more.
    running.wait_for_stderrs(1, "still draining: waiting for main to return, 1 tracked task, 2 in flight, at most 1");
    assert_eq!(running.ask("drop"), "done");
    running.wait_for_stderrs(2, "still draining: waiting for main to return, 1 tracked task, ");
    let ended = running.kill();
    let progress = ended.stderr.iter().filter(|line| line.contains("still draining")).count();
    assert_eq!(progress, 2, "{ended}");
    assert!(ended.took >= Duration::from_secs(3), "{ended}");
    assert!(ended.stderr.iter().all(|line| !line.contains('\u{1b}')), "{ended}");
}
