//! The examples of tokio-graceful-shutdown: each as a process, with its order, its output and its exit code.
#![cfg(unix)]

mod ends;
mod failures;
mod lines;
mod nested;
mod order;
mod surroundings;

use graceful_process_tests::{Ended, Program, Running, Signal};

fn start(program: &str) -> Running {
    Program::new(env!("CARGO_BIN_EXE_parts")).arg(program).start()
}

/// Starts it, presses Ctrl-C once it has printed this line, and waits for its end.
#[track_caller]
fn interrupted(program: &str, line: &str) -> Ended {
    let mut running = start(program);
    running.wait_for(line);
    running.signal(Signal::SIGINT);
    running.end()
}

/// It must have printed these lines, in this order.
#[track_caller]
fn in_order(ended: &Ended, lines: &[&str]) {
    assert!(lines.is_sorted_by_key(|line| ended.position(line)), "{lines:?}\n{ended}");
}
