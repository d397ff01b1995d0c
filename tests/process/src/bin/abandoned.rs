//! Nothing here ends by itself: main, tracked tasks, a job on a blocking thread, a guard.

use std::future::pending;
use std::thread;
use std::time::Duration;

use graceful::on_shutdown;
use graceful_process_tests::inside::{Loud, asked, block, log, say};

#[graceful::main(grace_period = "10s", drain_timeout = "300ms", plan_test = false)]
async fn main() {
    if asked("log") {
        log();
    }
    let _main = Loud("main");
    spawn_tasks();
    if asked("guard") {
        std::mem::forget(graceful::track());
    }
    if asked("blocking") {
        graceful::spawn_blocking(|| block());
    }
    say("main");
    pending().await
}

/// Has something to do before it can go.
struct Slow(#[expect(dead_code, reason = "for its destructor")] Loud);

impl Drop for Slow {
    fn drop(&mut self) {
        thread::sleep(Duration::from_millis(200));
    }
}

fn spawn_tasks() {
    let task = Slow(Loud("task"));
    let line = line!() + 1;
    graceful::spawn(async move {
        let _task = task;
        pending::<()>().await;
    });
    say(format_args!("task spawned at {}:{line}", file!()));
    let consumer = Loud("consumer");
    graceful::spawn_critical("consumer", async move {
        let _consumer = consumer;
        pending::<()>().await;
    });
}

#[on_shutdown]
async fn teardown() {
    say("teardown");
}
