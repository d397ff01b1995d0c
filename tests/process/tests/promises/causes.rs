//! A program gets its own errors back from the report, with their causes, and the messages of panics.

use graceful_process_tests::Program;

const CAUSES: &str = env!("CARGO_BIN_EXE_causes");

const HANDLERS: [&str; 2] = [
    "typed: failed: refused with status 500: connection reset, Some(500), Some(ConnectionReset)",
    "boxed: failed: refused with status 501: connection reset, Some(501), Some(ConnectionReset)",
];

#[test]
fn of_an_async_main_and_its_task() {
    let ended = Program::new(CAUSES).arg("async").run();
    let own = [
        "consumer: failed: refused with status 502: connection reset, Some(502), Some(ConnectionReset)",
        "main: failed: refused with status 503: connection reset, Some(503), Some(ConnectionReset)",
    ];
    // std prints main's error as without graceful.
    let printed = r"Error: Refused { status: 503, cause: Kind(ConnectionReset) }";
    ended.exits_with(1).says(&[&HANDLERS[..], &own].concat()).stderr_has(printed);
}

#[test]
fn of_a_plain_main() {
    let ended = Program::new(CAUSES).arg("plain").run();
    let own = ["main: failed: refused with status 504: connection reset, Some(504), Some(ConnectionReset)"];
    ended.exits_with(1).says(&[&HANDLERS[..], &own].concat());
}

#[test]
fn of_panics() {
    let ended = Program::new(CAUSES).arg("panics").run();
    let own = ["consumer: panicked: poisoned, None, None", "main: panicked: out of cheese, None, None"];
    ended.exits_with(101).says(&[&HANDLERS[..], &own].concat());
}
