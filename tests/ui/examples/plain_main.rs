use std::process::ExitCode;

/// Blocks.
#[graceful::main(grace_period = "1s")]
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
