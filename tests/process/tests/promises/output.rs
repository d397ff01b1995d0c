//! What is said, and what isn't.

use std::time::Duration;

use graceful_process_tests::{Program, Signal, all, ends};

const ABANDONED: &str = env!("CARGO_BIN_EXE_abandoned");
const BLOCKED: &str = env!("CARGO_BIN_EXE_blocked");
const FAULTS: &str = env!("CARGO_BIN_EXE_faults");
const MAIN_END: &str = env!("CARGO_BIN_EXE_main_end");
const OBSERVER: &str = env!("CARGO_BIN_EXE_observer");
const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");

#[test]
fn a_clean_shutdown_says_nothing_of_its_own() {
    let ended = Program::new(PUPPET).terminated();
    ended.exits_with(0).is_silent();
    assert_eq!(ended.stdout, ["main", "first", "second", "report: SIGTERM"]);
}

#[test]
fn each_ctrl_c_is_answered_by_one_line_about_the_next() {
    let mut running = Program::new(PUPPET).grace_period("60s").drain_timeout("30s").start();
    running.wait_for("main");
    running.ask("track");
    running.ask("hold");
    running.signal(Signal::SIGINT);
    running.wait_for_stderrs(1, "");
    running.interrupt_again();
    running.wait_for_stderrs(2, "");
    running.wait_for("first");
    running.order("release");
    let ended = running.end();
    ended.exits_with(1);
    assert_eq!(
        ended.stderr[..2],
        [
            "graceful: shutting down; press Ctrl-C again to stop waiting",
            "graceful: cleaning up; press Ctrl-C again to exit at once",
        ]
    );
    assert!(ended.stderr[2..].iter().all(|line| !line.contains("Ctrl-C")), "{ended}");
}

#[test]
fn an_unclean_end_is_reported_without_any_log() {
    let ended = Program::new(FAULTS).env("FAULTS", "errs").terminated();
    ended.exits_with(1);
    assert!(ended.stderr[0].starts_with("graceful: "), "{ended}");
    ended.stderr_has("shutdown after SIGTERM took ").stderr_has(" of the 10 s grace period: exit code 1");
    ended.stderr_has("broken pipe");
}

/// One line, which a log pipeline can parse.
fn is_one_json_line(stderr: &[String], message: &str) {
    let [line] = stderr else { panic!("one line: {stderr:#?}") };
    let begin = format!(r#"{{"level":"ERROR","target":"graceful","message":"{message}"#);
    assert!(line.starts_with(&begin) && line.ends_with("]}"), "{line}");
}

#[test]
fn the_report_is_one_line_of_json_in_a_pipe() {
    let ended = Program::new(FAULTS).env("FAULTS", "errs,hangs").fitting_report().terminated();
    ended.exits_with(1);
    is_one_json_line(
        &ended.stderr,
        r#"the shutdown was not clean","reason":"SIGTERM","task":null,"clean":false,"exit_code":1,"#,
    );
    ended.stderr_has(r#""name":"hangs","priority":20,"phase":"teardown","timeout_ms":600,"#);
    ended.stderr_has(r#""outcome":"failed","message":"broken pipe""#);
}

#[test]
fn the_report_of_a_forced_exit_is_one_line_of_json_in_a_pipe() {
    let mut running = Program::new(BLOCKED).arg("multi_thread").arg("teardown").fitting_report().start();
    running.wait_to_be_told("ready");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(124);
    // The first line is the program's own.
    is_one_json_line(&ended.stderr[1..], "the grace period of 2 s is over, exiting with code 124: ");
}

#[test]
fn a_report_that_is_off_is_not_written() {
    Program::new(FAULTS).env("FAULTS", "errs").env("GRACEFUL_REPORT", "off").terminated().exits_with(1).is_silent();
}

/// The log has its own thread. A step of the shutdown waits for it, so that a person reads the lines in order.
#[test]
fn the_log_comes_in_order_with_what_handlers_print() {
    for _ in 0..5 {
        let program = Program::under(r#"exec "$0" "$@" 2>&1"#, MAIN_END);
        let ended = program.arg("multi_thread").arg("awaits").arg("log").terminated();
        ended.exits_with(0);
        let line = |text| ended.stdout.iter().position(|line| line.contains(text));
        assert!(line("drained in").is_some_and(|at| at < ended.position("handler")), "{ended}");
    }
}

/// At most 80 columns, nothing that moves the cursor.
fn is_fit_for_a_terminal<'a>(lines: impl IntoIterator<Item = &'a str>) {
    for line in lines {
        assert!(line.chars().count() <= 80, "more than 80 columns: {line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// Names, errors, and all ways to go wrong.
fn colourful() -> Program {
    let faults = "hangs,panics,sync_blocks,sync_errs,blocks,errs,sync_panics";
    Program::new(FAULTS).env("FAULTS", faults).arg("unprintable")
}

/// The report starts with the crate's name, and ends where standard error does.
fn report(lines: &[String]) -> impl Iterator<Item = &str> {
    let begin = lines.iter().position(|line| line.starts_with("graceful: ")).expect("a report");
    lines[begin..].iter().map(String::as_str)
}

#[test]
fn the_report_is_narrow_and_plain_in_a_pipe() {
    let ended = colourful().terminated();
    ended.exits_with(1).stderr_has(r"    \u{1b}]0;title\u{7}").stderr_has("    wide wide ");
    assert!(report(&ended.stderr).count() > 12, "{ended}");
    is_fit_for_a_terminal(report(&ended.stderr));
}

#[test]
fn the_report_is_narrow_and_plain_in_a_terminal() {
    let terminal = ends::Terminal::open();
    let ended = colourful().fitting_report().stderr(terminal.stdio()).terminated();
    ended.exits_with(1);
    let screen: Vec<String> = terminal.screen().split_terminator("\r\n").map(str::to_owned).collect();
    assert!(report(&screen).count() > 12, "{screen:#?}");
    is_fit_for_a_terminal(report(&screen));
}

#[test]
fn the_report_of_a_forced_exit_is_narrow_and_plain() {
    let mut running = Program::new(BLOCKED).arg("multi_thread").arg("teardown").start();
    running.wait_to_be_told("ready");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(124);
    // The last words before it are one line for the log, as long as it takes.
    let mut lines = report(&ended.stderr);
    assert!(lines.next().is_some_and(|line| line.contains("is over")), "{ended}");
    is_fit_for_a_terminal(lines);
}

#[test]
fn what_is_abandoned_is_narrow_and_plain() {
    let ended = Program::new(ABANDONED).arg("guard").arg("blocking").terminated();
    ended.exits_with(1);
    is_fit_for_a_terminal(report(&ended.stderr));
}

/// Far from the deadline, which is 30 s away.
const WELL_BEFORE_THE_DEADLINE: Duration = Duration::from_secs(15);

#[test]
fn a_full_standard_error_does_not_hold_up_the_report() {
    all([true, false], |log| {
        let (_reader, full) = ends::full();
        let program = Program::new(MAIN_END).arg("multi_thread").arg("ignores").drain_timeout("300ms");
        // A main whose log blocks cannot be dropped.
        let (program, code) = if log { (program.arg("log"), 1) } else { (program, 143) };
        program.stderr(full).terminated().exits_with(code).took_less_than(WELL_BEFORE_THE_DEADLINE);
    });
}

#[test]
fn a_full_standard_error_does_not_hold_up_ctrl_c() {
    let (_reader, full) = ends::full();
    let mut running = Program::new(PUPPET).stderr(full).start();
    running.wait_for("main");
    running.ask("track");
    running.signal(Signal::SIGINT);
    running.ask_until("phase", "draining");
    running.interrupt_again();
    running.end().exits_with(1).took_less_than(WELL_BEFORE_THE_DEADLINE);
}

#[test]
fn an_observer_that_goes_wrong_changes_nothing() {
    let others: [(&str, &[&str]); 2] = [("panics", &["observed too"]), ("blocks", &[])];
    all(others, |(how, others)| {
        let ended = Program::new(OBSERVER).arg(how).terminated();
        let said = ["main", "handler", "observed: SIGTERM, 0, clean true", "goes wrong"];
        ended.exits_with(0).says(&[&said, others].concat());
        ended.took_less_than(WELL_BEFORE_THE_DEADLINE);
    });
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    let closed = Program::new(FAULTS).env("FAULTS", "errs").stderr(ends::broken());
    let ended = closed.terminated();
    ended.exits_with(1);
    assert_eq!(ended.said().last(), Some(&"last"), "{ended}");
}
