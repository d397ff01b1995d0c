//! The lame duck: not ready any more, still serving.

use std::time::Duration;

use graceful_process_tests::{Program, Signal, all};

fn puppet(lame_duck: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_puppet")).grace_period("60s").lame_duck(lame_duck)
}

#[test]
fn it_serves_on_but_is_not_ready() {
    let mut running = puppet("2s").start();
    running.wait_for("main");
    let before = ["is_ready", "ready", "is_ready", "phase", "is_shutting_down", "deadline"].map(|ask| running.ask(ask));
    assert_eq!(before, ["false", "done", "true", "running", "false", "false"]);

    running.signal(Signal::SIGTERM);
    running.ask_until("is_shutting_down", "true");
    // Should the machine have slept through the lame duck, the phase before the others says so.
    let during = ["is_ready", "deadline", "drain_token", "try_track", "phase"].map(|ask| running.ask(ask));
    assert_eq!(during, ["false", "true", "false", "done", "lame duck"]);

    running.ask_until("phase", "draining");
    let after = ["is_ready", "drain_token", "try_track"].map(|ask| running.ask(ask));
    assert_eq!(after[..2], ["false", "true"]);
    assert!(after[2].starts_with("refused: "), "{after:?}");
    // What `track` gives is always counted.
    let counted = ["in_flight", "track", "in_flight"].map(|ask| running.ask(ask));
    assert_eq!(counted, ["1", "done", "2"]);
    running.order("drop");
    let ended = running.end();
    ended.exits_with(0).says(&["main", "guards dropped", "first", "second", "report: SIGTERM"]).is_silent();
    ended.took_between(Duration::from_secs(2), Duration::from_secs(3));
}

#[test]
fn it_ends_after_its_time() {
    let ended = puppet("700ms").terminated();
    ended.exits_with(0).took_between(Duration::from_millis(700), Duration::from_millis(700));
}

#[test]
fn it_is_there_after_a_request_too() {
    let mut running = puppet("25s").start();
    running.wait_for("main");
    running.ask("request");
    assert_eq!(running.ask("phase"), "lame duck");
    assert_eq!(running.ask("try_track"), "done");
}

#[test]
fn it_is_skipped_when_main_has_returned() {
    let mut running = puppet("25s").start();
    running.wait_for("main");
    running.order("return 0");
    let ended = running.end();
    ended.exits_with(0).took_less_than(Duration::from_secs(15));
    assert_eq!(ended.said().last(), Some(&"report: main returned"), "{ended}");
}

#[test]
fn it_ends_when_main_returns_and_nothing_is_left() {
    let mut running = puppet("25s").start();
    running.wait_for("main");
    running.signal(Signal::SIGTERM);
    running.ask_until("phase", "lame duck");
    running.order("return 0");
    let ended = running.end();
    ended.exits_with(0).took_less_than(Duration::from_secs(15));
    assert_eq!(ended.said().last(), Some(&"report: SIGTERM"), "{ended}");
}

/// The server is in its own task, tracked or not.
#[test]
fn it_continues_after_mains_return_while_a_task_serves() {
    all(["serve", "serve_tracked"], |server| {
        let mut running = puppet("2s").start();
        running.wait_for("main");
        assert_eq!(running.ask(server), "done");
        running.signal(Signal::SIGTERM);
        running.ask_until("phase", "lame duck");
        assert_eq!(running.ask("return 0"), "done");
        assert_eq!(running.ask("phase"), "lame duck");
        running.end().exits_with(0).took_between(Duration::from_secs(2), Duration::from_secs(3));
    });
}

#[test]
fn its_handlers_run_while_it_serves() {
    let mut running = puppet("1s").start();
    running.wait_for("main");
    assert_eq!(running.ask("register leave 0 lame_duck"), "done");
    running.signal(Signal::SIGTERM);
    running.wait_for("leave");
    assert_eq!(running.ask("phase"), "lame duck");
    assert_eq!(running.ask("try_track"), "done");
    running.order("drop");
    running.end().exits_with(0);
}
