//! Handlers that go wrong in every way: those that the variable `FAULTS` names, separated by commas. The others end
//! well. Each says its name when it starts.

use std::env;
use std::future::pending;
use std::time::Duration;

use graceful::on_shutdown;
use graceful_process_tests::inside::{asked, block, say};

#[graceful::main(grace_period = "10s", handler_timeout = "1s", worker_threads = 4)]
async fn main() {
    if asked("unprintable") {
        register_unprintable();
    }
    say("main");
    graceful::shutdown_requested().await;
}

/// A name and an error that a terminal must not get as they are.
fn register_unprintable() {
    let name = format!("\u{1b}[31mred\u{7}\r{}", "very ".repeat(30));
    let error = format!("\u{1b}]0;title\u{7}\n{}\u{202e}", "wide ".repeat(100));
    let handler = graceful::handler(name).register(|| async { Err::<(), _>(error) });
    handler.expect("it is not too late");
}

fn goes_wrong(name: &str) -> bool {
    say(name);
    env::var("FAULTS").is_ok_and(|faults| faults.split(',').any(|fault| fault == name))
}

#[on_shutdown(priority = 30)]
async fn before() {
    say("before");
}

#[on_shutdown(priority = 20, timeout = "600ms")]
async fn hangs() {
    if goes_wrong("hangs") {
        pending::<()>().await;
    }
}

#[on_shutdown(priority = 20, timeout = "600ms")]
async fn panics() {
    assert!(!goes_wrong("panics"), "at the disco");
}

#[on_shutdown(priority = 20, timeout = "600ms")]
fn sync_blocks() {
    if goes_wrong("sync_blocks") {
        block();
    }
}

#[on_shutdown(priority = 20, timeout = "600ms")]
fn sync_errs() -> Result<(), &'static str> {
    if goes_wrong("sync_errs") { Err("disk full") } else { Ok(()) }
}

#[on_shutdown(priority = 20)]
async fn beside() {
    say("beside");
}

#[on_shutdown(priority = 10, timeout = "600ms")]
async fn blocks() {
    if goes_wrong("blocks") {
        block();
    }
}

#[on_shutdown(priority = 10, timeout = "600ms")]
async fn errs() -> Result<(), String> {
    if goes_wrong("errs") { Err("broken pipe".to_owned()) } else { Ok(()) }
}

#[on_shutdown(priority = 10, timeout = "600ms")]
fn sync_panics() {
    assert!(!goes_wrong("sync_panics"), "at the races");
}

/// Takes some of the time that it is given.
#[on_shutdown]
async fn last() {
    tokio::time::sleep(Duration::from_millis(50)).await;
    say("last");
}
