//! A program that has no thread left when its health is asked for.

#[path = "subject/starve.rs"]
#[allow(dead_code, unused_imports, reason = "the other program takes more from itself")]
mod starve;

use graceful::Health;
use graceful_process_tests::inside::say;

#[graceful::main(flavor = "current_thread")]
async fn main() {
    starve::threads(0);
    let report = graceful::health().await;
    say(format_args!("the service is {}", report.status()));
    for component in report.components() {
        say(format_args!("{} is {}", component.name(), component.status()));
        let message = component.message().unwrap_or_default();
        say(message.split_once(':').map_or(message, |(what, _why)| what));
    }
}

#[graceful::health_check]
async fn cache() -> Health {
    Health::Healthy
}

/// A plain function: it needs a thread.
#[graceful::health_check]
fn disk() -> bool {
    true
}
