//! Programs whose main graceful does not run: `run_handlers` does the rest, and a program in which nothing does says so.

use std::env;
use std::process::Command;

use graceful_process_tests::{Ended, Program, Signal, all};

const FOREIGN_MAIN: &str = env!("CARGO_BIN_EXE_foreign_main");
const NOTHING_RUNS: &str = env!("CARGO_BIN_EXE_nothing_runs");

const HANDLERS: [&str; 3] = ["main", "finished", "first"];

fn terminated(scenario: &str) -> Ended {
    Program::new(FOREIGN_MAIN).arg(scenario).terminated()
}

#[test]
fn the_owner_of_main_handles_the_signal_and_runs_the_whole_shutdown() {
    let ended = terminated("");
    let end = ["second", "observed 0", "a request of the program, 2s, stopped", "2 handlers in true"];
    ended.exits_with(0).is_silent().says(&[&HANDLERS[..], &end].concat());
}

#[test]
fn a_second_call_gives_the_same_report() {
    let ended = terminated("twice");
    let end = ["second", "observed 0", "true", "a request of the program, 2s, stopped", "2 handlers in true"];
    ended.exits_with(0).is_silent().says(&[&HANDLERS[..], &end].concat());
}

#[test]
fn a_call_that_is_cancelled_does_not_end_the_shutdown() {
    let ended = terminated("cancelled");
    ended.exits_with(0).is_silent();
    assert_eq!(ended.said()[..2], ["main", "true"], "{ended}");
    let end =
        ["finished", "first", "second", "observed 0", "a request of the program, 2s, stopped", "2 handlers in true"];
    assert_eq!(ended.said()[2..], end, "{ended}");
}

#[test]
fn a_handler_that_blocks_the_runtime_does_not_stop_the_others() {
    let ended = terminated("blocks");
    ended.exits_with(1).stderr_has("graceful: the shutdown was not clean");
    assert!(ended.position("second") < ended.position("first"), "{ended}");
}

#[test]
fn the_time_begins_with_the_call_and_not_with_an_earlier_request() {
    let ended = Program::new(FOREIGN_MAIN).arg("requests").run();
    let end = ["second", "observed 0", "a request of the program, 2s, stopped", "2 handlers in true"];
    ended.exits_with(0).is_silent().says(&[&HANDLERS[..], &end].concat());
}

#[test]
fn it_is_an_error_in_a_program_that_graceful_runs() {
    let ended = Program::new(FOREIGN_MAIN).arg("under_graceful").run();
    let error = "AlreadyRunning: graceful is running in this process already, or has run: a process has one lifecycle";
    ended.exits_with(0).is_silent().says(&[error, "first", "second"]);
}

#[test]
fn a_shutdown_that_nothing_runs_is_said_once() {
    let scenarios = [
        ("waits", "something waits for the shutdown"),
        ("blocks", "something waits for the shutdown"),
        ("streams", "something waits for the shutdown"),
        ("requests", "a shutdown was requested"),
    ];
    all(scenarios, |(scenario, what)| {
        let mut running = Program::new(NOTHING_RUNS).arg(scenario).start();
        running.wait_for("main");
        let message = format!(
            "graceful: {what}, and nothing runs it: `#[graceful::main]`, `Config::run` or `graceful::run_handlers` is missing"
        );
        running.wait_for_stderr(&message);
        running.signal(Signal::SIGTERM);
        let ended = running.end();
        assert_eq!((ended.signal, &ended.stderr[..]), (Some(15), &[message][..]), "{ended}");
    });
}

#[test]
fn a_program_that_may_run_the_shutdown_later_is_silent() {
    all(["works", "handles_signals", "runs_later"], |scenario| {
        Program::new(NOTHING_RUNS).arg(scenario).run().exits_with(0).is_silent();
    });
}

/// For [`a_request_in_a_test_is_said_at_once`], which runs it in another process.
#[test]
fn requests_a_shutdown_where_it_is_asked_to() {
    if env::var_os("REQUEST_A_SHUTDOWN").is_some() {
        graceful::request_shutdown();
        graceful::request_shutdown();
    }
}

#[test]
fn a_request_in_a_test_is_said_at_once() {
    let test = env::current_exe().unwrap();
    let name = "foreign_main::requests_a_shutdown_where_it_is_asked_to";
    let ended = Command::new(test).args(["--exact", name]).env("REQUEST_A_SHUTDOWN", "1").output().unwrap();
    assert_eq!(
        String::from_utf8(ended.stderr).unwrap(),
        "graceful: a test requested a shutdown, which all tests of this process see from now on: `#[graceful::test]` gives \
         a test its own service\n"
    );
}
