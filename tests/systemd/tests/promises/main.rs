//! What docs/systemd.md promises, under a real systemd.
#![cfg(target_os = "linux")]

mod machine;
mod restart;
mod sockets;
mod start;
mod stop;
mod watchdog;

use graceful_systemd_tests::systemd::connected;
use graceful_systemd_tests::{Machine, Processes, Systemd};

/// The program with its arguments, as `web.service` with these lines more. `None` where systemd cannot be booted.
#[track_caller]
fn boot(arguments: &str, lines: &[&str]) -> Option<(Systemd, Processes)> {
    let unit = format!(
        "[Service]\nType=notify\nExecStart=/usr/local/bin/service {arguments}\n{}SuccessExitStatus=143\n{}\n",
        connected("web"),
        lines.join("\n"),
    );
    let machine = Machine::new().program("service", env!("CARGO_BIN_EXE_unit_service")).unit("web.service", &unit);
    let processes = machine.processes("web");
    Some((machine.boot()?, processes))
}
