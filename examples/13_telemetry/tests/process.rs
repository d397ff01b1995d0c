//! `13_telemetry` as a process: every line and every span of teardown arrives, in each flavour, however it ends.
#![cfg(all(unix, not(feature = "otlp")))]

use std::time::{Duration, Instant};

use graceful_process_tests::{Ended, Program, Signal, all};
use graceful_server_tests::comment::assert_output;

const HANDLERS_LINE: &str = " INFO writing the last rows";

/// What kept values have after a forced exit.
const KEPT_TIMEOUT: Duration = Duration::from_millis(100);

const FLAVORS: [&str; 3] = ["multi_thread", "current_thread", "local"];

fn program(flavor: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_13_telemetry")).arg(flavor)
}

fn terminated(program: Program) -> Ended {
    let mut running = program.start();
    running.wait_for_stdout("running as process ");
    running.signal(Signal::SIGTERM);
    running.end()
}

#[track_caller]
fn assert_printed(ended: &Ended, parts: &[&str]) {
    for part in parts {
        assert!(ended.stdout.iter().any(|line| line.contains(part)), "no `{part}`\n{ended}");
    }
}

#[test]
fn it_prints_what_its_comment_says() {
    all(FLAVORS, |flavor| {
        let ended = terminated(program(flavor));
        ended.exits_with(0);
        // A thread writes graceful's lines, so they and the handler's have no order.
        let others = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.contains(HANDLERS_LINE)).map(str::to_owned).collect()
        };
        let comment = others(include_str!("../src/main.rs")).join("\n");
        assert_output(&comment, &others(&ended.stdout.join("\n")));
        assert_printed(&ended, &[HANDLERS_LINE]);
    });
}

#[test]
fn nothing_is_lost_after_an_unclean_end() {
    all(FLAVORS, |flavor| {
        let ended = terminated(program(flavor).arg("fails"));
        ended.exits_with(1);
        assert_printed(
            &ended,
            &[
                HANDLERS_LINE,
                "ERROR shutdown handler `close_database` failed after",
                "ERROR shutdown after SIGTERM took",
                "; exit code 1",
                "collected the span `serve`",
                "collected the span `write_rows`",
            ],
        );
    });
}

/// Within the 100 ms that it has then: on a busy machine these may be over before.
#[test]
fn what_was_logged_arrives_after_a_forced_end() {
    all(FLAVORS, |flavor| {
        let mut running = program(flavor).arg("hangs").start();
        running.wait_for_stdout("running as process ");
        running.signal(Signal::SIGTERM);
        running.wait_for_stdout(HANDLERS_LINE);
        let mut forced = Instant::now();
        while running.ends_within(Duration::from_millis(300)).is_none() {
            forced = Instant::now();
            running.signal(Signal::SIGINT);
        }
        let took_all_its_time = forced.elapsed() >= KEPT_TIMEOUT;
        let ended = running.end();
        ended.exits_with(130);
        if !took_all_its_time {
            assert_printed(&ended, &["collected the span `serve`", "collected the span `write_rows`"]);
        }
    });
}
