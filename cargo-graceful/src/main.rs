//! `cargo graceful`

use std::env;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let ending = cargo_graceful::run(env::args_os().skip(1), &mut io::stdin(), &mut io::stdout(), &mut io::stderr());
    ExitCode::from(ending.exit_code())
}
