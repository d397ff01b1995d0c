//! The command lines of both workers.

use graceful_process_tests::{Ended, Program};

const WORKERS: [(&str, &str); 2] =
    [(env!("CARGO_BIN_EXE_11_worker"), "  --retire-after N "), (env!("CARGO_BIN_EXE_12_nats"), "  --at-once N ")];

fn run(worker: &str, arguments: &[&str]) -> Ended {
    let program = Program::new(worker).env("GRACEFUL_PROBES", "off");
    arguments.iter().fold(program, |program, argument| program.arg(argument)).run()
}

#[track_caller]
fn has_line(lines: &[String], start: &str) {
    assert!(lines.iter().any(|line| line.starts_with(start)), "no line `{start}…`: {lines:#?}");
}

#[test]
fn who_asks_is_told_the_options() {
    for (worker, option) in WORKERS {
        let ended = run(worker, &["--help"]);
        ended.exits_with(0).is_silent();
        has_line(&ended.stdout, option);
        // And nothing else.
        assert!(ended.stdout.iter().all(|line| line == "options:" || line.starts_with("  --")), "{ended}");
    }
}

#[test]
fn what_is_no_option_is_refused() {
    let [(worker, retire_after), (nats, at_once)] = WORKERS;
    for (worker, option, arguments) in [
        (worker, retire_after, &["--speed"][..]),
        (worker, retire_after, &["--dead-after", "1"]),
        (worker, retire_after, &["--retire-after", "0"]),
        (worker, retire_after, &["--send", "many"]),
        (worker, retire_after, &["--hard-limit", "9"]),
        (nats, at_once, &["--speed"]),
        (nats, at_once, &["--at-once", "0"]),
        (nats, at_once, &["--dead-after", "0"]),
    ] {
        let ended = run(worker, arguments);
        has_line(&ended.exits_with(2).stderr, option);
        assert!(ended.stdout.is_empty(), "{ended}");
    }
}
