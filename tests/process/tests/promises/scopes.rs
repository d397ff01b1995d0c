//! Scopes: a part ends while the rest continues, and the shutdown of the process ends all of them.

use std::time::Duration;

use graceful_process_tests::{Program, Running, Signal};

fn scopes() -> Program {
    Program::new(env!("CARGO_BIN_EXE_scopes"))
}

/// Sends SIGTERM after the first tenant has ended.
fn terminate(mut running: Running) -> Running {
    running.wait_for("two: 2 in flight");
    running.signal(Signal::SIGTERM);
    running
}

#[test]
fn a_part_ends_while_the_rest_continues() {
    let ended = terminate(scopes().start()).end();
    let first = ["one uploads", "one ends", "one: clean true, 0 abandoned", "two: 2 in flight"];
    let said: Vec<_> = first.into_iter().chain(["two uploads", "two ends", "teardown"]).collect();
    ended.exits_with(0).says(&said).is_silent();
}

#[test]
fn a_critical_task_ends_its_part_only() {
    let ended = terminate(scopes().arg("fails").arg("log").start()).end();
    ended.exits_with(0).says(&[
        "one uploads",
        "one ends",
        "task `poller` of scope `one` failed: connection lost",
        "one: clean false, 0 abandoned",
        "two: 2 in flight",
        "two uploads",
        "two ends",
        "teardown",
    ]);
    ended.stderr_has("task `poller` of scope `one` failed: connection lost").stderr_has("scope `one` ended in ");
}

#[test]
fn what_hangs_in_a_part_holds_nobody_else() {
    let running = scopes().arg("stuck").start();
    running.wait_for("one: clean false, 3 abandoned");
    let ended = terminate(running).end();
    // The thread that blocks is work in flight of the process as long as it does.
    ended.exits_with(1).took_less_than(Duration::from_secs(5));
    for line in ["stuck dropped", "two uploads", "two ends", "teardown"] {
        assert!(ended.said().contains(&line), "{line}: {:?}", ended.said());
    }
}

#[test]
fn a_part_and_what_is_in_it_is_aborted() {
    let ended = terminate(scopes().arg("aborts").start()).end();
    // Nothing of it holds the drain of the process.
    ended.exits_with(0).says(&[
        "2 aborted",
        "one uploads",
        "one ends",
        "one: clean true, 0 abandoned",
        "two: 2 in flight",
        "two uploads",
        "two ends",
        "teardown",
    ]);
}

#[test]
fn the_process_names_the_parts_that_it_abandons() {
    let mut running = scopes().arg("holds").arg("log").start();
    running.wait_for("two: 3 in flight");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(1).stderr_has(" in scope `two`");
}
