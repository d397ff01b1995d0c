//! A program whose user may have as many threads as its first argument says.

use std::env;
use std::process::ExitCode;

use graceful_process_tests::inside::say;

#[path = "subject/starve.rs"]
#[allow(dead_code, unused_imports, reason = "the other program takes more from itself")]
mod starve;

fn main() -> Result<ExitCode, graceful::Error> {
    let threads = env::args().nth(1).and_then(|number| number.parse().ok()).expect("a number of threads");
    starve::threads(threads);
    graceful::Config::new().run(async { say("main") })
}
