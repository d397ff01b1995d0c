//! `cargo graceful`

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cargo_graceful::run_in_process().exit_code())
}
