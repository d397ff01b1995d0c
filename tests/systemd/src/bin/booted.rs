//! Boots a systemd, says where, and waits to be killed: a test that does not clean up.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use graceful_process_tests::inside::{block, say};

    let Some(systemd) = graceful_systemd_tests::Machine::new().boot() else { return ExitCode::FAILURE };
    say(systemd.path("").display());
    say(systemd.init().as_raw_nonzero());
    say(systemd.script());
    block();
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
