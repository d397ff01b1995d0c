//! Prints its plan.

use graceful::on_shutdown;
use graceful_process_tests::inside::say;

#[graceful::main(grace_period = "30s", lame_duck = "1s", drain_timeout = "15s", handler_timeout = "2s")]
async fn main() {
    say("main");
    say(graceful::plan());
}

#[on_shutdown]
async fn handler() {
    say("handler");
}
