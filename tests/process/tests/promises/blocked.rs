//! Every thread of the application's runtime is blocked: the process is gone at the deadline, and says what it was.

use std::collections::HashSet;
use std::time::Duration;

use graceful_process_tests::{Ended, Program, Running, Signal, all, ends};

const BLOCKED: &str = env!("CARGO_BIN_EXE_blocked");
const OWN_RUNTIME: &str = env!("CARGO_BIN_EXE_own_runtime");

/// What the programs have. They go a little earlier: the last words need their time.
const GRACE_PERIOD: Duration = Duration::from_secs(2);
const LEAST: Duration = Duration::from_millis(1700);

/// Flavor, moment, and what stands on standard error.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: [Case; 6] = [
    ("current_thread", "before", &["main"]),
    ("current_thread", "drain", &["task spawned at tests/process/src/bin/blocked.rs:"]),
    ("current_thread", "teardown", &["handler `blocks`", "handler `blocks_too`"]),
    ("multi_thread", "before", &["main"]),
    ("multi_thread", "drain", &["task spawned at tests/process/src/bin/blocked.rs:"]),
    ("multi_thread", "teardown", &["handler `blocks`", "handler `blocks_too`"]),
];

fn gone_at_the_deadline(running: Running) -> Ended {
    let ended = terminated(running);
    ended.exits_with(124).took_between(LEAST, GRACE_PERIOD);
    ended
}

fn terminated(mut running: Running) -> Ended {
    running.wait_to_be_told("ready");
    running.signal(Signal::SIGTERM);
    // Whatever is blocked, the handlers are begun.
    for handler in ["blocks", "blocks_too", "last"] {
        running.wait_to_be_told(handler);
    }
    running.end()
}

fn program((flavor, when, _): Case) -> Program {
    Program::new(BLOCKED).arg(flavor).arg(when)
}

#[test]
fn it_is_gone_at_the_deadline_and_says_why() {
    all(CASES, |case| {
        let ended = gone_at_the_deadline(program(case).start());
        ended.stderr_has("graceful: the grace period of 2 s is over, exiting with code 124: ");
        ended.stderr_has("no thread of the application's runtime answers");
        for what in case.2 {
            let last_words = ended.stderr.iter().find(|line| line.contains("is over"));
            assert!(last_words.is_some_and(|line| line.contains(what)), "{what}\n{ended}");
        }
        // The report follows.
        ended.stderr_has("shutdown after SIGTERM took").stderr_has("blocks_too");
    });
}

#[test]
fn so_it_is_when_nobody_can_hear_why() {
    let silences: [fn(Case) -> Program; 3] = [
        // The program closes its standard error.
        |case| program(case).arg("closed"),
        // It has never had any.
        |(flavor, when, _)| Program::under(r#"exec "$0" "$@" 2>&- >&-"#, BLOCKED).arg(flavor).arg(when),
        // Nobody reads any more.
        |case| program(case).stdout(ends::broken()).stderr(ends::broken()),
    ];
    all(silences.iter().flat_map(|silence| CASES.map(|case| (silence, case))), |(silence, case)| {
        gone_at_the_deadline(silence(case).start());
    });
}

#[test]
fn so_it_is_when_both_outputs_are_full() {
    all(CASES, |case| {
        let (_reader, full) = ends::full();
        let too = full.try_clone().expect("a copy");
        gone_at_the_deadline(program(case).stdout(full).stderr(too).start());
    });
}

#[test]
fn the_deadline_is_that_of_the_environment() {
    let ended = terminated(program(CASES[3]).grace_period("3s").start());
    ended.exits_with(124).took_between(Duration::from_millis(2700), Duration::from_secs(3));
}

#[test]
fn so_it_is_when_the_workers_of_its_own_runtime_never_begin() {
    let mut running = Program::new(OWN_RUNTIME).arg("workers").start();
    running.wait_to_be_told("main");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(124).took_between(LEAST, GRACE_PERIOD);
    // No worker runs the handlers, so threads of their own do.
    assert_eq!(
        ended.stdout.iter().map(String::as_str).collect::<HashSet<_>>(),
        HashSet::from(["plain", "asynchronous"])
    );
    ended.stderr_has("no thread of the application's runtime answers");
}

#[test]
fn a_builder_that_blocks_is_killed_by_the_signal_as_without_graceful() {
    let mut running = Program::new(OWN_RUNTIME).arg("builder").start();
    running.wait_to_be_told("blocks");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    assert_eq!(ended.signal, Some(Signal::SIGTERM as i32), "{ended}");
}
