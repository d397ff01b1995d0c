//! A program without async: a loop that does something once in a while.
//!
//! The pause between two rounds ends when the shutdown begins, so the loop is not up to one pause late.
//!
//! ```text
//! $ cargo run --example 04_sync_loop
//! working once an hour: press Ctrl-C, or `kill <pid>`
//! round 1
//! stopped after round 1
//! removed the lock file
//! ```

use std::process;
use std::time::Duration;

use graceful::on_shutdown;

const PAUSE: Duration = Duration::from_secs(3600);

#[graceful::main]
fn main() {
    println!("working once an hour: press Ctrl-C, or `kill {}`", process::id());

    for round in 1.. {
        println!("round {round}");
        if graceful::wait_for_shutdown_timeout(PAUSE).is_some() {
            println!("stopped after round {round}");
            break;
        }
    }
}

#[on_shutdown]
fn remove_lock_file() {
    println!("removed the lock file");
}
