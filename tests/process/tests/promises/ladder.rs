//! The signal ladder: SIGTERM starts the shutdown, each SIGINT moves it one stage on, other signals are left alone.

use std::time::Duration;

use graceful_process_tests::ends::Terminal;
use graceful_process_tests::{Program, Running, Signal, all};

const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");
const SIGNALS: &str = env!("CARGO_BIN_EXE_signals");

/// Long enough to be waited for in vain, if it is waited for.
const LONG: &str = "25s";
const MUCH_SHORTER: Duration = Duration::from_secs(15);

const FIRST_LINE: &str = "graceful: shutting down; ";
const SECOND_LINE: &str = "graceful: cleaning up; ";

fn puppet(prepare: impl FnOnce(Program) -> Program) -> Running {
    let program = Program::new(PUPPET).grace_period("60s").drain_timeout("30s");
    let running = prepare(program).start();
    running.wait_for("main");
    running
}

#[test]
fn sigint_starts_the_shutdown_and_skips_the_lame_duck() {
    let terminal = Terminal::open();
    let mut running = puppet(|program| program.lame_duck(LONG).stderr(terminal.stdio()));
    running.signal(Signal::SIGINT);
    let ended = running.end();
    ended.exits_with(0).says(&["main", "first", "second", "report: SIGINT"]).took_less_than(MUCH_SHORTER);
    let screen = terminal.screen();
    assert!(screen.lines().count() == 1 && screen.starts_with(FIRST_LINE), "{screen}");
}

/// Some platforms stop a program with SIGINT.
#[test]
fn sigint_without_a_terminal_has_a_lame_duck() {
    let mut running = puppet(|program| program.lame_duck(LONG));
    running.signal(Signal::SIGINT);
    running.wait_for_stderr(FIRST_LINE);
    assert_eq!(running.ask("phase"), "lame duck");
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(0).says(&["main", "first", "second", "report: SIGINT"]).took_less_than(MUCH_SHORTER);
    ended.stderr_has(SECOND_LINE);
}

/// A script runner forwards what the terminal has already delivered.
#[test]
fn a_sigint_right_after_another_is_the_same() {
    let mut running = puppet(|program| program);
    running.ask("track");
    running.ask("hold");
    let doubled = |running: &mut Running| (0..3).for_each(|_| running.signal(Signal::SIGINT));
    doubled(&mut running);
    running.wait_for_stderr(FIRST_LINE);
    doubled(&mut running);
    assert_eq!(running.ask("phase"), "draining");
    running.interrupt_again();
    running.wait_for("first");
    doubled(&mut running);
    assert_eq!(running.ask("phase"), "teardown");
    running.order("release");
    let ended = running.end();
    ended.exits_with(1).says(&["main", "first", "second", "report: SIGINT"]).stderr_has("1 in flight");
}

#[test]
fn a_second_sigint_ends_the_drain() {
    let mut running = puppet(|program| program);
    running.ask("track");
    running.ask("spawn");
    running.signal(Signal::SIGINT);
    running.wait_for_stderr(FIRST_LINE);
    assert_eq!(running.ask("phase"), "draining");
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(1).says(&["main", "task dropped", "first", "second", "report: SIGINT"]);
    ended.took_less_than(MUCH_SHORTER).stderr_has(SECOND_LINE).stderr_has("1 in flight");
    let lines = ended.stderr.iter().filter(|line| line.contains("Ctrl-C")).count();
    assert_eq!(lines, 2, "{ended}");
}

#[test]
fn sigint_in_the_lame_duck_goes_straight_to_teardown() {
    let mut running = puppet(|program| program.lame_duck(LONG));
    running.ask("track");
    running.signal(Signal::SIGTERM);
    running.ask_until("phase", "lame duck");
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(1).says(&["main", "first", "second", "report: SIGTERM"]);
    ended.took_less_than(MUCH_SHORTER).stderr_has(SECOND_LINE).stderr_has("1 in flight");
}

#[test]
fn sigint_in_teardown_exits_at_once() {
    let mut running = puppet(|program| program);
    running.ask("hold");
    running.signal(Signal::SIGINT);
    running.wait_for("first");
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(130).says(&["main", "first"]).took_less_than(MUCH_SHORTER);
    ended.stderr_has("SIGINT again, exiting at once with code 130").stderr_has("handler `first`");
}

#[test]
fn three_sigints_take_all_three_steps() {
    let mut running = puppet(|program| program);
    running.ask("hold");
    running.ask("track");
    running.signal(Signal::SIGINT);
    running.wait_for_stderr(FIRST_LINE);
    running.interrupt_again();
    running.wait_for("first");
    running.interrupt_again();
    running.end().exits_with(130).says(&["main", "first"]).took_less_than(MUCH_SHORTER);
}

#[test]
fn sigints_end_a_program_whose_every_thread_is_blocked() {
    all(["current_thread", "multi_thread"], |flavor| {
        let program = Program::new(env!("CARGO_BIN_EXE_blocked")).grace_period("60s").drain_timeout("30s");
        let mut running = program.arg(flavor).arg("before").start();
        running.wait_to_be_told("ready");
        running.signal(Signal::SIGINT);
        running.wait_for_stderr(FIRST_LINE);
        running.interrupt_again();
        // The handlers are begun all the same, on threads of their own.
        running.wait_to_be_told("blocks");
        running.interrupt_again();
        running.end().exits_with(130).took_less_than(MUCH_SHORTER).stderr_has("exiting at once with code 130");
    });
}

/// What blocks is given a second to let go, still in the drain. Nobody has to wait for that.
#[test]
fn a_third_sigint_exits_before_teardown_too() {
    let program = Program::new(env!("CARGO_BIN_EXE_blocked")).grace_period("60s").drain_timeout("30s");
    let mut running = program.arg("multi_thread").arg("before").start();
    running.wait_to_be_told("ready");
    running.signal(Signal::SIGINT);
    running.wait_for_stderr(FIRST_LINE);
    running.interrupt_again();
    running.wait_for_stderr(SECOND_LINE);
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(130).took_less_than(MUCH_SHORTER).stderr_has("exiting at once with code 130");
}

#[test]
fn sigterms_never_escalate() {
    let mut running = puppet(|program| program.lame_duck("1s"));
    let sigterms = |running: &mut Running| (0..100).for_each(|_| running.signal(Signal::SIGTERM));
    running.ask("track");
    running.ask("hold");
    sigterms(&mut running);
    running.ask_until("phase", "lame duck");
    sigterms(&mut running);
    running.ask_until("phase", "draining");
    sigterms(&mut running);
    assert_eq!(running.ask("phase"), "draining");
    running.order("drop");
    running.wait_for("first");
    sigterms(&mut running);
    // The first answer may be the one to "drop".
    running.ask_until("phase", "teardown");
    running.order("release");
    let ended = running.end();
    ended.exits_with(0).says(&["main", "guards dropped", "first", "second", "report: SIGTERM"]).is_silent();
    ended.took_between(Duration::from_secs(1), Duration::from_secs(2));
}

#[test]
fn sigterm_after_sigint_changes_nothing() {
    let mut running = puppet(|program| program);
    running.ask("track");
    running.signal(Signal::SIGINT);
    running.wait_for_stderr(FIRST_LINE);
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ask("phase"), "draining");
    running.order("drop");
    running.end().exits_with(0).says(&["main", "guards dropped", "first", "second", "report: SIGINT"]);
}

#[test]
fn signals_that_are_not_listed_keep_their_default_action() {
    let not_listed = [
        ("default", Signal::SIGHUP),
        ("default", Signal::SIGQUIT),
        ("default", Signal::SIGUSR1),
        ("hangup", Signal::SIGINT),
    ];
    all(not_listed, |(scenario, signal)| {
        // A core file on SIGQUIT would only be in the way. And who runs the tests may have them ignore some of these, as a
        // shell does to what it starts in the background.
        let script = r#"
            ulimit -c 0
            env --default-signal true 2>/dev/null && exec env --default-signal "$0" "$@"
            exec "$0" "$@"
        "#;
        let mut running = Program::under(script, SIGNALS).arg(scenario).start();
        running.wait_for("main");
        running.signal(signal);
        let ended = running.end();
        assert_eq!(ended.signal, Some(signal as i32), "{ended}");
        ended.says(&["main"]).is_silent();
    });
}

#[test]
fn signals_that_the_parent_has_blocked_are_heard() {
    let script = format!(r#"exec '{}' "$0" "$@""#, env!("CARGO_BIN_EXE_blocks_signals"));
    all([Signal::SIGTERM, Signal::SIGINT], |signal| {
        let mut running = Program::under(&script, SIGNALS).arg("default").start();
        running.wait_for("main");
        running.signal(signal);
        let ended = running.end();
        ended.exits_with(0).says(&["main", signal.as_str(), "handler"]);
    });
}

/// `nohup` ignores it so that the program stays.
#[test]
fn a_sighup_that_was_ignored_at_the_start_stays_ignored() {
    let mut running = Program::under(r#"trap '' HUP; exec "$0" "$@""#, SIGNALS).arg("hangup").start();
    running.wait_for("main");
    running.signal(Signal::SIGHUP);
    assert_eq!(running.ends_within(Duration::from_millis(200)), None);
    running.signal(Signal::SIGTERM);
    running.end().exits_with(0).says(&["main", "SIGTERM", "handler"]).is_silent();
}

#[test]
fn signals_that_are_listed_begin_the_shutdown() {
    let listed = [
        ("default", Signal::SIGTERM, "SIGTERM"),
        ("default", Signal::SIGINT, "SIGINT"),
        ("hangup", Signal::SIGTERM, "SIGTERM"),
        ("hangup", Signal::SIGHUP, "SIGHUP"),
    ];
    all(listed, |(scenario, signal, reason)| {
        let mut running = Program::new(SIGNALS).arg(scenario).start();
        running.wait_for("main");
        running.signal(signal);
        running.end().exits_with(0).says(&["main", reason, "handler"]);
    });
}

#[test]
fn a_handler_that_replaces_graceful_s_is_noticed_once() {
    let mut running = Program::new(SIGNALS).arg("replaced").start();
    running.wait_for("main");
    running.wait_for_stderr("another handler for SIGTERM was installed after graceful's");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.ends_within(Duration::from_millis(200)), None);
    running.signal(Signal::SIGINT);
    let ended = running.end();
    ended.exits_with(0).says(&["main", "SIGINT", "handler"]);
    assert_eq!(ended.stderr.iter().filter(|line| line.contains("another handler")).count(), 1, "{ended}");
}

#[test]
fn a_fork_after_the_start_is_noticed() {
    let ended = Program::new(SIGNALS).arg("forks").run();
    ended.exits_with(0).says(&["main", "handler"]).stderr_has("this process was forked after graceful had started");
}
