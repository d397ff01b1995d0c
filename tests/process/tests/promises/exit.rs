//! The exit codes, and that nothing holds up the exit.

use std::time::Duration;

use graceful_process_tests::{Program, Signal, all, ends};

const HAZARDS: &str = env!("CARGO_BIN_EXE_hazards");
const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");

/// As the table in docs/lifecycle.md has them.
mod code {
    pub(super) const CLEAN: i32 = 0;
    pub(super) const UNCLEAN: i32 = 1;
    pub(super) const CONFIG: i32 = 78;
    pub(super) const PANIC: i32 = 101;
    pub(super) const DEADLINE: i32 = 124;
    pub(super) const INTERRUPTED: i32 = 130;
}

#[test]
fn clean() {
    all([Signal::SIGTERM, Signal::SIGINT], |signal| {
        let mut running = Program::new(PUPPET).start();
        running.wait_for("main");
        running.signal(signal);
        running.end().exits_with(code::CLEAN);
    });
    all(["request", "return 0", "exit 0"], |order| {
        let mut running = Program::new(PUPPET).start();
        running.wait_for("main");
        running.order(order);
        running.end().exits_with(code::CLEAN);
    });
}

#[test]
fn mains_own() {
    let ends = [("code", 7), ("errs", 1), ("panics", code::PANIC), ("exits", 7)];
    all(ends, |(how, code)| {
        let program = Program::new(env!("CARGO_BIN_EXE_main_end")).arg("multi_thread").arg(how);
        program.run().exits_with(code);
    });
    // Also when it ends with it only after a signal.
    let mut running = Program::new(PUPPET).lame_duck("10s").start();
    running.wait_for("main");
    running.signal(Signal::SIGTERM);
    running.ask_until("phase", "lame duck");
    running.order("return 9");
    running.end().exits_with(9);
}

#[test]
fn of_exit() {
    // The first call counts, and any code but 0 stands above what else goes wrong.
    let calls: [(&[&str], i32); 4] =
        [(&["exit 7", "drop"], 7), (&["exit 7", "exit 8", "drop"], 7), (&["exit 7"], 7), (&["exit 0"], code::UNCLEAN)];
    all(calls, |(orders, code)| {
        let mut running = Program::new(PUPPET).drain_timeout("1s").start();
        running.wait_for("main");
        running.ask("track");
        orders.iter().for_each(|order| running.order(order));
        running.end().exits_with(code);
    });
}

#[test]
fn unclean() {
    all(["hangs", "panics", "errs"], |fault| {
        let ended = Program::new(env!("CARGO_BIN_EXE_faults")).env("FAULTS", fault).terminated();
        ended.exits_with(code::UNCLEAN);
    });
    let mut running = Program::new(PUPPET).arg("ignores").drain_timeout("100ms").start();
    running.wait_for("main");
    // It takes part, and main does not.
    running.ask("phase");
    running.signal(Signal::SIGTERM);
    running.end().exits_with(code::UNCLEAN).stderr_has("exit code 1");
}

#[test]
fn of_a_main_that_never_took_part() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, code::INTERRUPTED)] {
        let mut running = Program::new(PUPPET).arg("ignores").drain_timeout("100ms").start();
        running.wait_for("main");
        running.signal(signal);
        running.end().exits_with(code).stderr_has("main had not returned: it never awaited the shutdown");
    }
}

#[test]
fn forced() {
    let mut running = Program::new(env!("CARGO_BIN_EXE_blocked")).arg("current_thread").arg("before").start();
    running.wait_to_be_told("ready");
    running.signal(Signal::SIGTERM);
    running.end().exits_with(code::DEADLINE).stderr_has("exit code 124");

    let mut running = Program::new(PUPPET).start();
    running.wait_for("main");
    running.ask("hold");
    running.signal(Signal::SIGINT);
    running.wait_for("first");
    running.interrupt_again();
    running.end().exits_with(code::INTERRUPTED);
}

#[test]
fn of_a_bad_configuration() {
    Program::new(PUPPET).grace_period("soon").run().exits_with(code::CONFIG);
}

#[test]
fn a_clean_exit_writes_what_is_left_in_the_buffer() {
    let mut running = Program::new(HAZARDS).arg("graceful").arg("half-line").start();
    running.wait_to_be_told("exits");
    running.signal(Signal::SIGTERM);
    running.end().exits_with(code::CLEAN).says(&["half a line"]).is_silent();
}

/// What justifies that the forced exit is not `std::process::exit`: that one would still be there.
#[test]
fn std_alone_hangs() {
    all(["half-line", "atexit", "second"], |hazard| {
        let (reader, full) = ends::full();
        let mut running = Program::new(HAZARDS).arg("alone").arg(hazard).stdout(full).start();
        running.wait_to_be_told("exits");
        assert_eq!(running.ends_within(Duration::from_millis(500)), None, "{hazard}");
        // It was the flush indeed: without the reader there is nothing to wait for.
        drop(reader);
        if hazard == "half-line" {
            running.end().exits_with(0);
        }
    });
}

#[test]
fn what_hangs_std_does_not_outlive_the_deadline() {
    let who = ["graceful", "application"];
    let hazards = ["half-line", "atexit", "second"];
    all(hazards.iter().flat_map(|hazard| who.map(|who| (*hazard, who))), |(hazard, who)| {
        let (_reader, full) = ends::full();
        let mut running = Program::new(HAZARDS).arg("graceful").arg(hazard).arg(who).stdout(full).start();
        running.wait_to_be_told("exits");
        running.signal(Signal::SIGTERM);
        let ended = running.end();
        ended.exits_with(code::DEADLINE).stderr_has("the grace period of 2 s is over");
        ended.took_between(Duration::from_millis(1700), Duration::from_secs(2));
    });
}
