//! A program that is configured by its argument, and prints its plan.

use std::time::Duration;
use std::{env, thread};

use graceful::{Config, on_shutdown};
use graceful_process_tests::inside::{say, tell};

mod order {
    pub(crate) const LAST: i32 = -5;
}

const CLOSING: Duration = Duration::from_millis(1_500);

#[graceful::main(grace_period = "40s", lame_duck = "4s", configure = settings)]
async fn main() {
    say("main");
    say(graceful::plan());
}

/// Takes a grace period in seconds, or a mistake.
fn settings(config: Config) -> Result<Config, String> {
    match env::args().nth(1).as_deref() {
        None => Ok(config),
        Some("panic") => panic!("no settings"),
        Some("hang") => {
            tell("hangs");
            loop {
                thread::park();
            }
        }
        Some(seconds) => {
            let seconds = seconds.parse().map_err(|error| format!("`{seconds}`: {error}"))?;
            Ok(config.grace_period(Duration::from_secs(seconds)))
        }
    }
}

#[on_shutdown(priority = order::LAST - 1, timeout = CLOSING)]
async fn constant() {}

#[on_shutdown]
fn by_default() {}
