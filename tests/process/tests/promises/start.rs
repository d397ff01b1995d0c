//! The start: from main's first line on the shutdown handlers run, and signals without number begin one shutdown.

use graceful_process_tests::{Program, Signal, all};

const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");

#[test]
fn sigterm_right_after_mains_first_line_runs_the_handlers() {
    // A race that is looked for: five at a time, ten times.
    all(0..5, |_| {
        for _ in 0..10 {
            let ended = Program::new(PUPPET).terminated();
            ended.exits_with(0).says(&["main", "first", "second", "report: SIGTERM"]).is_silent();
        }
    });
}

#[test]
fn ten_thousand_sigterms_begin_one_shutdown() {
    let mut running = Program::new(PUPPET).start();
    running.wait_for("main");
    running.ask("track");
    for _ in 0..10_000 {
        running.signal(Signal::SIGTERM);
    }
    running.order("drop");
    let ended = running.end();
    ended.exits_with(0).says(&["main", "guards dropped", "first", "second", "report: SIGTERM"]).is_silent();
}
