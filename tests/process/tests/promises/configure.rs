//! The key `configure`: what only the running program knows.

use graceful_process_tests::{Program, Signal};

const CONFIGURED: &str = env!("CARGO_BIN_EXE_configured");

#[test]
fn it_gets_the_values_of_the_attribute() {
    let ended = Program::new(CONFIGURED).run();
    // 4 s, half and an eighth of 36 s, and the constant of 1.5 s.
    ended.exits_with(0).is_silent();
    assert_eq!(ended.stdout[1], "shutdown plan: 2 handlers, 28 s in the worst case, grace period 40 s", "{ended}");
}

#[test]
fn an_argument_sets_a_value() {
    let ended = Program::new(CONFIGURED).arg("20").run();
    ended.exits_with(0).is_silent();
    let rows = ["lame duck                4 s", "drain                    8 s", "teardown, priority 0     2 s"];
    let constant = ["teardown, priority -6  1.5 s", "  constant             1.5 s"];
    for row in rows.into_iter().chain(constant) {
        assert!(ended.stdout.iter().any(|line| line.starts_with(row)), "{row}: {ended}");
    }
}

#[test]
fn the_environment_overrides_it() {
    let ended = Program::new(CONFIGURED).arg("20").grace_period("12s").run();
    ended.exits_with(0).is_silent();
    assert!(ended.stdout[1].ends_with("grace period 12 s"), "{ended}");
}

#[test]
fn an_error_stops_the_start() {
    let ended = Program::new(CONFIGURED).arg("soon").run();
    ended.exits_with(78).says(&[]);
    assert_eq!(
        ended.stderr,
        ["graceful: the function `settings` of the key `configure` failed: `soon`: invalid digit found in string"],
        "{ended}"
    );
}

#[test]
fn what_it_sets_is_checked() {
    // As long as the lame duck.
    let ended = Program::new(CONFIGURED).arg("4").run();
    ended.exits_with(78).says(&[]).stderr_has("leave nothing of the grace period of 4s");
}

#[test]
fn it_runs_before_anything_is_armed() {
    Program::new(CONFIGURED).arg("panic").run().exits_with(101).says(&[]);

    let mut running = Program::new(CONFIGURED).arg("hang").start();
    running.wait_to_be_told("hangs");
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    assert_eq!(ended.signal, Some(Signal::SIGTERM as i32), "{ended}");
}
