//! Handlers that run after others: linked ones, and one that is registered at run time.

use std::thread;
use std::time::Duration;

use graceful::{Resource, on_shutdown};
use graceful_process_tests::inside::say;
use tokio::time::sleep;

/// Never provided.
#[derive(Clone)]
struct Cache;

#[graceful::main(plan_test = false, grace_period = "10s")]
async fn main() {
    graceful::handler("outbox")
        .after("broker::stop")
        .timeout(Duration::from_secs(1))
        .register(|| async { say("outbox") })
        .expect("a handler");
    let error = graceful::handler("nobody").after("no such handler").register(|| async {});
    say(error.expect_err("a handler that does not exist"));
    graceful::ready();
    say("main");
    graceful::shutdown_requested().await;
}

mod broker {
    use super::{Duration, on_shutdown, say, sleep};

    #[on_shutdown(timeout = "2s")]
    pub(super) async fn stop() {
        sleep(Duration::from_millis(50)).await;
        say("broker");
    }
}

/// Blocks its thread for longer than it may.
#[on_shutdown(after = broker::stop, timeout = "100ms")]
fn blocks() {
    say("blocks");
    thread::sleep(Duration::from_secs(60));
}

#[on_shutdown(after = blocks, timeout = "1s")]
async fn skipped(_: Resource<Cache>) {
    say("skipped");
}

#[on_shutdown(after = skipped, timeout = "1s")]
fn fails() -> Result<(), String> {
    say("fails");
    Err("refused".to_owned())
}

#[on_shutdown(after = fails, timeout = "1s")]
async fn panics() {
    say("panics");
    panic!("at the disco");
}

#[on_shutdown(after = [panics, broker::stop], timeout = "1s")]
async fn last() {
    say("last");
}
