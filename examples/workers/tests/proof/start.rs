//! Workers whose broker isn't there when they start.

use std::net::TcpListener;

use graceful_process_tests::place::{Directory, free_address};
use graceful_process_tests::{Program, Signal, all};

const WORKER: &str = env!("CARGO_BIN_EXE_11_worker");
const NATS: &str = env!("CARGO_BIN_EXE_12_nats");

fn program(worker: &str, arguments: [&str; 2]) -> Program {
    Program::new(worker).env("GRACEFUL_PROBES", "off").arg(arguments[0]).arg(arguments[1])
}

#[test]
fn the_error_says_where_nobody_is() {
    let directory = Directory::create();
    let (address, nowhere) = (free_address(), directory.file("no/file"));
    let (redis, nats) = (format!("redis://:secret@{address}"), format!("nats://:secret@{address}"));
    for (worker, arguments, error) in [
        (WORKER, ["--redis", &*redis], format!("no Redis at {address}: ")),
        (WORKER, ["--database", &nowhere], format!("no database {nowhere}: ")),
        (NATS, ["--server", &nats], format!("no NATS at {address}: ")),
    ] {
        program(worker, arguments).run().exits_with(1).stderr_has(&error).stderr_lacks("secret");
    }
    let database = directory.file("jobs.db");
    let ended = program(WORKER, ["--database", &database]).arg("--ledger").arg(&nowhere).run();
    ended.exits_with(1).stderr_has(&format!("no ledger {nowhere}: "));
}

/// It doesn't wait until it has tried long enough.
#[test]
fn a_signal_ends_the_wait_for_a_broker() {
    all([(WORKER, "--redis", "redis"), (NATS, "--server", "nats")], |(worker, option, scheme)| {
        // Who accepts and never answers.
        let broker = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}", broker.local_addr().unwrap());
        let mut worker = program(worker, [option, &url]).start();
        let _connection = broker.accept().unwrap();
        worker.signal(Signal::SIGTERM);
        worker.end().exits_with(0);
    });
}
