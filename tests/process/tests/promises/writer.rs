//! Writers that requests feed: they end when nothing is in flight any more.

use graceful_process_tests::{Ended, Program, Signal, all};

const WRITER: &str = env!("CARGO_BIN_EXE_writer");

/// Standard output in order, but for the lines of the requests.
fn written(ended: &Ended) -> Vec<&str> {
    ended.said().into_iter().filter(|line| *line != "main" && !line.contains("sent")).collect()
}

/// Sends SIGTERM when the first row is written. The second request is in progress.
fn terminated(program: Program) -> Ended {
    let mut running = program.start();
    running.wait_for("row one written");
    running.signal(Signal::SIGTERM);
    running.end()
}

fn spawned(what: &str) -> Program {
    Program::new(WRITER).arg("spawn").arg(what)
}

#[test]
fn it_writes_what_requests_in_flight_send_during_the_drain() {
    let ended = terminated(spawned(""));
    ended.exits_with(0).is_silent();
    let expected = ["row one written", "row two written", "flushed", "writer dropped", "closed"];
    assert_eq!(written(&ended), expected, "{ended}");

    let ended = Program::new(WRITER).arg("run_handlers").run();
    ended.exits_with(0).is_silent();
    assert_eq!(written(&ended), expected, "{ended}");
}

/// Why a writer must not use it: the loop ends when the drain begins, and rows of requests in flight are lost, silently.
#[test]
fn until_drain_loses_what_requests_in_flight_send() {
    let ended = terminated(Program::new(WRITER).arg("until_drain"));
    ended.exits_with(0).is_silent();
    assert!(ended.said().contains(&"row two sent: false"), "{ended}");
    assert_eq!(written(&ended), ["row one written", "flushed", "closed"], "{ended}");
}

#[test]
fn it_flushes_after_a_drain_that_timed_out() {
    let ended = terminated(spawned("hangs"));
    ended.exits_with(1).stderr_has("abandoned");
    let expected = ["row one written", "row two written", "flushed", "writer dropped", "closed"];
    assert_eq!(written(&ended), expected, "{ended}");
}

#[test]
fn at_its_timeout_it_is_dropped_before_the_next_handler() {
    let ended = terminated(spawned("never ends"));
    ended.exits_with(1).stderr_has("timed out");
    assert_eq!(written(&ended), ["row one written", "writer dropped", "closed"], "{ended}");
}

#[test]
fn one_that_ends_early_is_in_the_log_at_once_and_in_the_report() {
    all([("fails", "failed", "disk full"), ("panics", "panicked", "poisoned")], |(what, how, why)| {
        let mut running = spawned(what).arg("logs").start();
        let event = format!("the task of shutdown handler `writer` ended before its turn: {how}: {why}");
        running.wait_for_stderr(&event);
        running.signal(Signal::SIGTERM);
        let ended = running.end();
        ended.exits_with(1).stderr_has(&format!("shutdown handler `writer` {how} after "));
        assert_eq!(written(&ended), ["row one written", "writer dropped", "closed"], "{ended}");
    });
}
