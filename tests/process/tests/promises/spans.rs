//! A shutdown is one trace, and no subscriber holds it up.

use std::time::Duration;

use graceful_process_tests::{Ended, Program, Signal, all};

const SPANS: &str = env!("CARGO_BIN_EXE_spans");

/// What was printed after this word.
fn spans<'a>(ended: &'a Ended, begin: &str) -> Vec<&'a str> {
    let mut spans: Vec<_> = ended.stdout.iter().filter_map(|line| line.strip_prefix(begin)).collect();
    spans.sort_unstable();
    spans
}

#[track_caller]
fn never_by_the_supervisor(ended: &Ended) {
    assert!(ended.stdout.iter().all(|line| !line.ends_with("BY THE SUPERVISOR")), "{ended}");
}

/// All are printed in this order.
#[track_caller]
fn in_order(ended: &Ended, lines: &[&str]) {
    let positions: Vec<_> = lines.iter().map(|line| ended.position(line)).collect();
    assert!(positions.is_sorted(), "{positions:?}\n{ended}");
}

const OPENED: [&str; 9] = [
    "shutdown",
    "shutdown/draining",
    "shutdown/draining/shutdown_handler",
    "shutdown/lame_duck",
    "shutdown/lame_duck/shutdown_handler",
    "shutdown/teardown",
    "shutdown/teardown/shutdown_handler",
    "shutdown/teardown/shutdown_handler",
    "shutdown/teardown/shutdown_handler/flush",
];

const LEAVE: &str = "close shutdown/draining/shutdown_handler handler=leave outcome=completed priority=0";
const FIRST: &str = "close shutdown/teardown/shutdown_handler handler=first outcome=completed priority=20";

#[test]
fn a_shutdown_is_one_trace() {
    let ended = Program::new(SPANS).lame_duck("100ms").terminated();
    ended.exits_with(0);
    never_by_the_supervisor(&ended);
    assert_eq!(spans(&ended, "open "), OPENED, "{ended}");
    let root = "close shutdown exit_code=0 grace_period_ms=5000 reason=SIGTERM";
    in_order(&ended, &["close shutdown/lame_duck", "close shutdown/draining", root]);
    let deregister = "close shutdown/lame_duck/shutdown_handler handler=deregister outcome=completed priority=0";
    in_order(&ended, &[deregister, "close shutdown/lame_duck"]);
    in_order(&ended, &[LEAVE, "close shutdown/draining"]);
    in_order(&ended, &[FIRST, "close shutdown/teardown", root, "report"]);
    let last = "close shutdown/teardown/shutdown_handler handler=last outcome=completed priority=10";
    in_order(&ended, &[FIRST, last, "close shutdown/teardown"]);
}

#[test]
fn what_a_handler_emits_is_in_its_span() {
    let ended = Program::new(SPANS).terminated();
    for event in [
        // Without a lame duck.
        "event shutdown/draining/shutdown_handler: deregistering",
        "event shutdown/draining/shutdown_handler: leaving",
        "event shutdown/teardown/shutdown_handler/flush: flushing",
        "event shutdown/teardown/shutdown_handler: closing",
    ] {
        in_order(&ended, &[event]);
    }
    // The log has the same lines as without spans.
    let drained = |line: &String| line.starts_with("event : drained in");
    assert!(ended.stdout.iter().any(drained), "{ended}");
}

#[test]
fn a_failure_is_in_the_trace() {
    let ended = Program::new(SPANS).arg("fails").arg("hangs").terminated();
    ended.exits_with(1);
    let dropped = "shutdown/teardown/shutdown_handler handler=first otel.status_description=dropped before its end";
    let failed =
        "shutdown/teardown/shutdown_handler handler=last otel.status_description=failed: disk full outcome=failed";
    let root = "shutdown exit_code=1 grace_period_ms=5000 otel.status_description=shutdown after SIGTERM took ";
    for begin in [dropped, failed, root] {
        assert!(spans(&ended, "close ").iter().any(|line| line.starts_with(begin)), "no `{begin}`\n{ended}");
    }
}

#[test]
fn a_phase_that_is_skipped_has_no_span() {
    let mut running = Program::new(SPANS).lame_duck("2s").at_terminal().start();
    running.wait_for("main");
    running.signal(Signal::SIGINT);
    let ended = running.end();
    ended.exits_with(0);
    assert!(!spans(&ended, "open ").contains(&"shutdown/lame_duck"), "{ended}");
    in_order(&ended, &["close shutdown exit_code=0 grace_period_ms=5000 reason=SIGINT", "report"]);
}

/// The log's thread is lost. The handlers run, inside of their spans, and the exit code is that of the handlers.
#[test]
fn a_subscriber_that_blocks_holds_nothing_up() {
    all(
        [("event", "shutdown"), ("close", "lame_duck"), ("close", "draining"), ("close", "shutdown")],
        |(when, span)| {
            let ended = Program::new(SPANS).lame_duck("100ms").arg("blocks").arg(when).arg(span).terminated();
            ended.exits_with(0).took_less_than(Duration::from_secs(5));
            never_by_the_supervisor(&ended);
            in_order(&ended, &[LEAVE, FIRST]);
            assert!(spans(&ended, "open ").contains(&"shutdown/teardown/shutdown_handler/flush"), "{ended}");
        },
    );
}

/// They run inside of their spans, so they are blocked too.
#[test]
fn a_subscriber_that_blocks_all_handlers_does_not_outlast_the_deadline() {
    all([("open", "shutdown"), ("close", "shutdown_handler")], |(when, span)| {
        let ended = Program::new(SPANS).arg("blocks").arg(when).arg(span).terminated();
        // 1 if the handlers that were given up are all that blocks the runtime.
        assert!([Some(1), Some(124)].contains(&ended.code), "{ended}");
        ended.took_less_than(Duration::from_secs(6));
        never_by_the_supervisor(&ended);
    });
}

#[test]
fn a_subscriber_that_panics_changes_nothing() {
    let spans = ["shutdown", "lame_duck", "draining", "teardown", "shutdown_handler"];
    all(spans.into_iter().flat_map(|span| [("open", span), ("close", span)]), |(when, span)| {
        let ended = Program::new(SPANS).lame_duck("100ms").arg("panics").arg(when).arg(span).terminated();
        // An exporter that panics when a handler's span closes has the handler's name in the report.
        ended.exits_with(i32::from((when, span) == ("close", "shutdown_handler")));
        never_by_the_supervisor(&ended);
        for message in ["leaving", "flushing", "closing"] {
            let is_printed = |line: &String| line.starts_with("event ") && line.ends_with(message);
            assert!(ended.stdout.iter().any(is_printed), "no `{message}`\n{ended}");
        }
    });
}
