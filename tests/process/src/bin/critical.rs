//! A critical task that ends while the service runs.

use graceful::on_shutdown;
use graceful_process_tests::inside::{say, scenario};

#[graceful::main]
async fn main() {
    graceful::on_report(|report| say(report.reason()));
    say("main");
    graceful::spawn_critical("consumer", async {
        match &*scenario() {
            "errs" => return Err("connection lost"),
            "panics" => panic!("poisoned"),
            _ => {}
        }
        Ok(())
    });
    say(graceful::shutdown_requested().await);
}

#[on_shutdown]
async fn handler() {
    say("handler");
}
