//! Blocks every thread of its runtime. Arguments: the flavor, and when. Says so on the socket, so that it gets there
//! with full outputs too.

use std::env;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use graceful::on_shutdown;
use graceful_process_tests::inside::{Loud, asked, block, close_stderr, say, scenario, tell};
use graceful_process_tests::main_of_each_flavor;

main_of_each_flavor!(grace_period = "2s", drain_timeout = "400ms", plan_test = false);

fn workers() -> usize {
    if scenario() == "current_thread" { 1 } else { 2 }
}

fn when() -> String {
    env::args().nth(2).unwrap_or_default()
}

async fn body() {
    let workers = workers();
    if asked("closed") {
        close_stderr();
    }
    if asked("keeps") {
        graceful::keep(Loud("kept"));
    }
    match &*when() {
        "before" => block_all(workers),
        "drain" => {
            for _ in 0..workers {
                graceful::spawn(async move {
                    graceful::drain_started().await;
                    block_one(workers);
                });
            }
            tell("ready");
            graceful::drain_started().await;
        }
        "teardown" => {
            tell("ready");
            graceful::drain_started().await;
        }
        other => panic!("no `{other}`"),
    }
}

/// Main's thread drives the runtime of one thread, and none of another's workers.
fn block_all(workers: usize) {
    if workers == 1 {
        block_one(workers);
    }
    spawn_blocks(workers);
    block();
}

fn spawn_blocks(workers: usize) {
    for _ in 0..workers {
        tokio::spawn(async move { block_one(workers) });
    }
}

static BLOCKED: AtomicUsize = AtomicUsize::new(0);

/// The last one to block says so. With full outputs it is they that block it, and their locks are held.
fn block_one(workers: usize) {
    if BLOCKED.fetch_add(1, Ordering::SeqCst) + 1 == workers {
        tell("ready");
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(b"blocked\n");
        drop(stderr);
        say("blocked");
    }
    block();
}

#[on_shutdown(priority = 20, timeout = "400ms")]
async fn blocks() {
    tell("blocks");
    if when() == "teardown" {
        spawn_blocks(workers());
        block_behind().await;
    }
}

#[on_shutdown(priority = 20, timeout = "400ms")]
async fn blocks_too() {
    tell("blocks_too");
    if when() == "teardown" {
        block_behind().await;
    }
}

/// Wherever it runs: on a worker, which is taken from it, or on a thread of its own.
async fn block_behind() {
    while BLOCKED.load(Ordering::SeqCst) < workers() {
        tokio::task::yield_now().await;
    }
    block();
}

#[on_shutdown(priority = 10, timeout = "400ms")]
fn last() {
    tell("last");
}
