//! Handlers that block the application's runtime and are given up. Arguments: the flavor, and what else blocks.

use std::sync::atomic::{AtomicBool, Ordering};

use graceful::on_shutdown;
use graceful_process_tests::inside::{asked, block, say};
use graceful_process_tests::main_of_each_flavor;

main_of_each_flavor!(grace_period = "20s", plan_test = false);

static TASK_BLOCKS: AtomicBool = AtomicBool::new(false);

async fn body() {
    say("main");
    graceful::drain_started().await;
}

#[on_shutdown(priority = 20, timeout = "300ms")]
async fn blocks() {
    say("blocks");
    if asked("a task too") {
        tokio::spawn(async {
            TASK_BLOCKS.store(true, Ordering::SeqCst);
            block()
        });
        while !TASK_BLOCKS.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }
    block();
}

/// So that `blocks` does not run alone, on main's thread.
#[on_shutdown(priority = 20)]
async fn beside() {}

#[on_shutdown(priority = 10, timeout = "300ms")]
async fn blocks_too() {
    say("blocks_too");
    if !asked("a task too") {
        block();
    }
}

#[on_shutdown(timeout = "300ms")]
async fn last() {
    say("last");
}
