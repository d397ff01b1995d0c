//! An observer of the report that panics, or never ends.

use graceful::on_shutdown;
use graceful_process_tests::inside::{block, say, scenario};

#[graceful::main(grace_period = "2s", handler_timeout = "500ms")]
async fn main() {
    graceful::on_report(|report| {
        say(format_args!("observed: {}, {}, clean {}", report.reason(), report.exit_code(), report.is_clean()));
    });
    graceful::on_report(|_| {
        say("goes wrong");
        match &*scenario() {
            "blocks" => block(),
            _ => panic!("nobody looks"),
        }
    });
    graceful::on_report(|_| say("observed too"));
    say("main");
    graceful::shutdown_requested().await;
}

#[on_shutdown]
async fn handler() {
    say("handler");
}
