//! However main ends, or doesn't: the handlers run, and the exit code says it.

use std::time::Duration;

use graceful_process_tests::{Ended, Program, Signal, all};

const MAIN_END: &str = env!("CARGO_BIN_EXE_main_end");

/// By the macro, and without it.
const ASYNC: [&str; 5] = ["multi_thread", "current_thread", "local", "run", "run_in"];
const PLAIN: [&str; 2] = ["plain", "run_blocking"];

fn main_end(main: &str, how: &str) -> Program {
    Program::new(MAIN_END).arg(main).arg(how)
}

/// Both of them, in whichever order.
fn handlers_ran(ended: &Ended) {
    let mut said = ended.said().split_off(ended.stdout.len() - 2);
    said.sort_unstable();
    assert_eq!(said, ["handler", "plain handler"], "{ended}");
}

#[test]
fn main_ends_by_itself() {
    let ways = [
        ("returns", 0, None),
        ("code", 7, None),
        ("errs", 1, Some(r#"Error: "no such table""#)),
        ("panics", 101, Some("out of cheese")),
        ("exits", 7, None),
    ];
    let mains = ASYNC.into_iter().chain(PLAIN);
    all(mains.flat_map(|main| ways.map(|way| (main, way))), |(main, (how, code, words))| {
        let ended = main_end(main, how).run();
        ended.exits_with(code);
        handlers_ran(&ended);
        match words {
            Some(words) => ended.stderr_has(words).stderr_lacks("graceful"),
            None => ended.is_silent(),
        };
    });
}

#[test]
fn a_main_without_a_value_returns() {
    let ended = main_end("unit", "").run();
    ended.exits_with(0).is_silent();
    handlers_ran(&ended);
}

#[test]
fn main_hears_of_the_shutdown() {
    all(ASYNC, |main| {
        let ended = main_end(main, "awaits").terminated();
        ended.exits_with(0).is_silent();
        assert_eq!(ended.said()[..2], ["main", "SIGTERM"], "{ended}");
        handlers_ran(&ended);
    });
}

#[test]
fn a_plain_main_hears_of_the_shutdown() {
    let ways = [("waits", "SIGTERM"), ("loops", "looped")];
    all(PLAIN.iter().flat_map(|main| ways.map(|way| (main, way))), |(main, (how, word))| {
        let ended = main_end(main, how).terminated();
        ended.exits_with(0).is_silent();
        assert_eq!(ended.said()[..2], ["main", word], "{ended}");
        handlers_ran(&ended);
    });
}

#[test]
fn a_main_that_ignores_the_shutdown_is_told_how_to_hear_of_it() {
    all(ASYNC, |main| {
        let ended = main_end(main, "ignores").arg("log").drain_timeout("300ms").terminated();
        ended.exits_with(143).took_between(Duration::from_millis(300), Duration::from_secs(2));
        handlers_ran(&ended);
        // In the log, and in the report, which needs none.
        for place in ["abandoned at the end of the drain: main had not returned", "abandoned: main had not returned"] {
            ended.stderr_has(place);
        }
        let warning = ended.stderr.iter().find(|line| line.starts_with(" WARN"));
        assert!(warning.is_some_and(|line| line.contains("graceful::drain_started()")), "{ended}");
    });
}

/// At a terminal, as one that waits for a database that does not answer.
#[test]
fn ctrl_c_ends_a_main_that_does_not_take_part_within_a_second() {
    all(ASYNC, |main| {
        let mut running = main_end(main, "ignores").lame_duck("5s").at_terminal().start();
        running.wait_for("main");
        running.signal(Signal::SIGINT);
        let ended = running.end();
        ended.exits_with(130).took_between(Duration::from_secs(1), Duration::from_secs(2));
        handlers_ran(&ended);
        assert_eq!(ended.stderr.len(), 1, "nothing but the line after Ctrl-C: {ended}");
    });
}

/// A plain main, and one that blocks its thread.
#[test]
fn ctrl_c_leaves_a_main_that_cannot_be_dropped_running() {
    all(PLAIN.into_iter().chain(["multi_thread", "current_thread"]), |main| {
        let mut running = main_end(main, "blocks").arg("log").at_terminal().start();
        running.wait_for("main");
        running.signal(Signal::SIGINT);
        let ended = running.end();
        ended.exits_with(130).took_between(Duration::from_millis(1_250), Duration::from_secs(3));
        handlers_ran(&ended);
        ended.stderr_has("the start was cancelled: main had not returned: it never awaited the shutdown");
    });
}

#[test]
fn a_main_that_was_notified_is_not_told_to_listen() {
    let mains = [("multi_thread", "continues"), ("current_thread", "continues"), ("plain", "continues")];
    all(mains, |(main, how)| {
        let ended = main_end(main, how).drain_timeout("300ms").terminated();
        ended.exits_with(1).stderr_has("main had not returned: it was notified of the shutdown").stderr_lacks("let it");
    });
}

#[test]
fn a_main_that_blocks_is_left_behind() {
    // An async one where its thread is not the only one.
    all(PLAIN.into_iter().chain(["multi_thread", "run"]), |main| {
        let ended = main_end(main, "blocks").drain_timeout("300ms").terminated();
        let what = if PLAIN.contains(&main) { "graceful::wait_for_shutdown()" } else { "graceful::drain_started()" };
        ended.exits_with(1).stderr_has("main had not returned: it never awaited the shutdown").stderr_has(what);
        // Well before the deadline, which is 30 s away.
        ended.took_between(Duration::from_millis(300), Duration::from_secs(3));
        handlers_ran(&ended);
    });
}

/// Also where main's thread is the one that runs it, and where that is to return.
#[test]
fn a_handler_that_blocks_is_left_behind() {
    let mains = [("plain", "waits"), ("run_blocking", "waits"), ("multi_thread", "awaits"), ("run", "awaits")];
    // Which thread runs it is a race.
    all(mains.repeat(4), |(main, how)| {
        let ended = main_end(main, how).arg("a handler blocks").terminated();
        ended.exits_with(1).stderr_has("was still running");
        ended.took_between(Duration::from_millis(500), Duration::from_secs(4));
        handlers_ran(&ended);
    });
}

#[test]
fn a_stray_read_of_standard_input_holds_nothing_up() {
    all(ASYNC, |main| {
        let ended = main_end(main, "stdin").terminated();
        ended.exits_with(0).is_silent().took_less_than(Duration::from_secs(10));
        handlers_ran(&ended);
    });
}
