//! Handlers that run one at a time, and say on which thread. Arguments: the flavor, and what they find there.

use std::future::pending;
use std::thread;

use graceful::on_shutdown;
use graceful_process_tests::inside::{asked, block, say};
use graceful_process_tests::main_of_each_flavor;

main_of_each_flavor!(grace_period = "20s", plan_test = false);

async fn body() {
    if asked("a task") {
        tokio::spawn(pending::<()>());
    }
    say("main");
    graceful::shutdown_requested().await;
}

fn runs(handler: &str) {
    say(format!("{handler} on {}", thread::current().name().unwrap_or_default()));
}

#[on_shutdown(priority = 30)]
async fn first() {
    runs("first");
}

#[on_shutdown(priority = 20, timeout = "300ms")]
async fn second() {
    runs("second");
    if asked("blocks") {
        block();
    }
    if asked("hangs") {
        pending().await
    }
}

#[on_shutdown(priority = 10)]
async fn third() {
    runs("third");
}

#[on_shutdown(phase = "flush")]
async fn flush() {
    runs("flush");
}
