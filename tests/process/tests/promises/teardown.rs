//! Teardown: every handler runs, in order and in its time, whatever the others do.

use std::time::Duration;

use graceful_process_tests::{Ended, Program, Signal, all};

const ALONE: &str = env!("CARGO_BIN_EXE_alone");
const FAULTS: &str = env!("CARGO_BIN_EXE_faults");
const ARGUMENTS: &str = env!("CARGO_BIN_EXE_arguments");
const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");

/// The handlers that can go wrong, what becomes of them, and what the report adds.
const WAYS: [(&str, &str, &str); 7] = [
    ("hangs", "timed out", ""),
    ("panics", "panicked", "at the disco"),
    ("sync_blocks", "timed out", "was still running"),
    ("sync_errs", "failed", "disk full"),
    ("blocks", "timed out", "was still running"),
    ("errs", "failed", "broken pipe"),
    ("sync_panics", "panicked", "at the races"),
];

fn with_faults(faults: &[(&str, &str, &str)]) -> Ended {
    let names: Vec<&str> = faults.iter().map(|fault| fault.0).collect();
    Program::new(FAULTS).env("FAULTS", &names.join(",")).terminated()
}

/// Groups follow one another, and nobody is left out.
fn everyone_ran(ended: &Ended) {
    let (first, rest) = ended.stdout[1..].split_at(1);
    let (second, rest) = rest.split_at(5);
    let (third, last) = rest.split_at(3);
    let sorted = |group: &[String]| {
        let mut group = group.to_vec();
        group.sort();
        group
    };
    assert_eq!(first, ["before"], "{ended}");
    assert_eq!(sorted(second), ["beside", "hangs", "panics", "sync_blocks", "sync_errs"], "{ended}");
    assert_eq!(sorted(third), ["blocks", "errs", "sync_panics"], "{ended}");
    assert_eq!(last, ["last"], "{ended}");
}

fn is_reported(ended: &Ended, faults: &[(&str, &str, &str)]) {
    ended.exits_with(1).took_less_than(Duration::from_secs(10));
    everyone_ran(ended);
    let row = |name: &str| {
        let start = format!("  {name} ");
        let row = ended.stderr.iter().position(|line| line.starts_with(&start));
        row.unwrap_or_else(|| panic!("no row for {name}\n{ended}"))
    };
    for (name, label, remark) in faults {
        let row = row(name);
        assert!(ended.stderr[row].contains(label), "{name}\n{ended}");
        assert!(ended.stderr[row + 1].contains(remark), "{name}\n{ended}");
    }
    let others = WAYS.iter().filter(|way| !faults.contains(way)).map(|way| way.0);
    for name in others.chain(["before", "beside", "last"]) {
        assert!(ended.stderr[row(name)].contains("completed"), "{name}\n{ended}");
    }
}

#[test]
fn one_that_goes_wrong_keeps_no_other_from_running() {
    all(WAYS, |fault| is_reported(&with_faults(&[fault]), &[fault]));
}

#[test]
fn no_two_that_go_wrong_keep_others_from_running() {
    let pairs = WAYS.iter().enumerate().flat_map(|(i, a)| WAYS[i + 1..].iter().map(|b| [*a, *b]));
    all(pairs, |faults| is_reported(&with_faults(&faults), &faults));
}

#[test]
fn all_that_go_wrong_keep_no_other_from_running() {
    is_reported(&with_faults(&WAYS), &WAYS);
}

#[test]
fn when_all_goes_well_nothing_is_said() {
    let ended = with_faults(&[]);
    ended.exits_with(0).is_silent();
    everyone_ran(&ended);
}

#[test]
fn short_time_is_shared_out() {
    // The plan takes 3.2 s: the groups at the end would have nothing left.
    let program = Program::new(FAULTS).grace_period("1s").drain_timeout("100ms");
    let ended = program.env("FAULTS", "hangs,blocks").terminated();
    ended.exits_with(1);
    everyone_ran(&ended);
    ended.stderr_lacks("the grace period of");
}

#[test]
fn handlers_get_what_they_ask_for() {
    let ended = Program::new(ARGUMENTS).terminated();
    ended.exits_with(0).is_silent();
    ended.says(&[
        "main",
        "pool, true, false, SIGTERM, false, true",
        "after",
        "all: completed",
        "missing: skipped",
        "missing_too: skipped",
        "obedient: completed",
        "after: completed",
    ]);
}

/// Runs `alone` until each of its handlers has said that it runs on this thread. A busy machine may move one to its own thread.
fn alone(arguments: [&str; 2], threads: [&str; 4]) -> Ended {
    let handlers = ["first", "second", "third", "flush"];
    let lines = handlers.iter().zip(threads).map(|(handler, thread)| format!("{handler} on {thread}"));
    let expected: Vec<_> = ["main".to_owned()].into_iter().chain(lines).collect();
    let run = || arguments.iter().fold(Program::new(ALONE), |program, argument| program.arg(argument)).terminated();
    let mut ended = run();
    for _ in 0..4 {
        if ended.stdout == expected {
            break;
        }
        ended = run();
    }
    assert_eq!(ended.stdout, expected, "{ended}");
    ended
}

#[test]
fn a_handler_that_is_alone_runs_on_mains_thread() {
    for flavor in ["current_thread", "multi_thread"] {
        alone([flavor, ""], ["main"; 4]).exits_with(0).is_silent();
    }
}

#[test]
fn mains_thread_stays_free_to_drop_the_tasks() {
    alone(["multi_thread", "a task"], ["tokio-rt-worker"; 4]).exits_with(0);
}

#[test]
fn a_handler_on_mains_thread_is_dropped_at_its_timeout() {
    alone(["multi_thread", "hangs"], ["main"; 4]).exits_with(1).stderr_has("timed out");
}

#[test]
fn a_handler_that_blocks_mains_thread_is_given_up() {
    let ended = alone(["multi_thread", "blocks"], ["main", "main", "tokio-rt-worker", "tokio-rt-worker"]);
    ended.exits_with(1).took_less_than(Duration::from_secs(8)).stderr_has("was still running");
}

#[test]
fn a_blocking_handler_hears_that_its_time_is_up() {
    let ended = Program::new(ARGUMENTS).arg("slow").terminated();
    assert!(ended.position("heard") < ended.position("after"), "{ended}");
    ended.took_between(Duration::from_millis(300), Duration::from_secs(1));
}

#[test]
fn handlers_come_and_go_at_run_time() {
    let mut running = Program::new(PUPPET).start();
    running.wait_for("main");
    let answers = [
        "register between 15 teardown",
        "register gone 30 teardown",
        "unregister",
        "register above 30 teardown",
        "register below -1 teardown",
        "register stops -1 drain",
        "register refused 1 drain",
        "unregister",
    ]
    .map(|order| running.ask(order));
    assert_eq!(answers, ["done", "done", "true", "done", "done", "done", "done", "true"]);
    running.ask("hold");
    running.signal(Signal::SIGTERM);
    running.wait_for("first");
    // The last of them, `stops`, has run by now.
    assert_eq!(running.ask("unregister"), "false");
    for late in ["register late 0 teardown", "register late 0 drain"] {
        assert_eq!(running.ask(late), "TooLate");
    }
    running.order("release");
    let ended = running.end();
    ended.exits_with(0).is_silent();
    ended.says(&["main", "stops", "above", "first", "between", "second", "below", "report: SIGTERM"]);
}

#[test]
fn in_the_drain_handlers_can_still_be_registered_for_teardown() {
    let mut running = Program::new(PUPPET).start();
    running.wait_for("main");
    running.ask("track");
    running.signal(Signal::SIGTERM);
    running.ask_until("phase", "draining");
    assert_eq!(running.ask("register late 0 teardown"), "done");
    running.order("drop");
    running.end().exits_with(0).says(&["main", "guards dropped", "first", "second", "late", "report: SIGTERM"]);
}
