//! Everything that a handler can take.

use std::time::{Duration, Instant};

use graceful::{CancellationToken, Deadline, Reason, Resource, on_shutdown};
use graceful_process_tests::inside::{asked, say};

#[derive(Clone)]
struct Pool(&'static str);

/// Never provided.
#[derive(Clone)]
struct Queue;

#[graceful::main]
async fn main() {
    graceful::provide(Pool("replaced"));
    graceful::provide(Pool("pool"));
    graceful::on_report(|report| {
        for handler in report.handlers() {
            say(format_args!("{}: {}", handler.name(), handler.outcome().label()));
        }
    });
    say("main");
    graceful::shutdown_requested().await;
}

#[on_shutdown(priority = 40, timeout = "3s")]
async fn all(
    cancelled: CancellationToken,
    Resource(pool): Resource<Pool>,
    queue: Option<Resource<Queue>>,
    Deadline { .. }: Deadline,
    deadline: Deadline,
    reason: Reason,
    again: Option<Resource<Pool>>,
) {
    let within = deadline.instant() <= Instant::now() + Duration::from_secs(3);
    say(format_args!(
        "{}, {}, {}, {}, {}, {}",
        pool.0,
        again.is_some(),
        queue.is_some(),
        reason,
        cancelled.is_cancelled(),
        within && deadline.remaining() > Duration::ZERO,
    ));
}

#[on_shutdown(priority = 30)]
async fn missing(Resource(_queue): Resource<Queue>) {
    say("missing runs");
}

#[on_shutdown(priority = 30)]
fn missing_too(_pool: Resource<Pool>, Resource(_queue): Resource<Queue>) {
    say("missing_too runs");
}

static HEARD: tokio::sync::Notify = tokio::sync::Notify::const_new();

/// Ends when its time is up, since it watches the token.
#[on_shutdown(priority = 20, timeout = "300ms")]
fn obedient(cancelled: CancellationToken) {
    if asked("slow") {
        tokio::runtime::Handle::current().block_on(cancelled.cancelled());
        say("heard");
        HEARD.notify_one();
    }
}

#[on_shutdown(priority = 10)]
async fn after() {
    if asked("slow") {
        HEARD.notified().await;
    }
    say("after");
}
