//! Triggers its own shutdown, from one place or from many at once.

use std::sync::Barrier;
use std::thread;

use graceful::on_shutdown;
use graceful_process_tests::inside::{say, scenario, terminate};

fn main() {
    if scenario() == "before" {
        graceful::request_shutdown();
    }
    service::main();
}

mod service {
    #[graceful::main(worker_threads = 2)]
    pub(super) async fn main() {
        super::body().await;
    }
}

async fn body() {
    graceful::on_report(|report| say(format_args!("report: {}", report.reason())));
    say("main");
    match &*scenario() {
        "thread" => drop(thread::spawn(graceful::request_shutdown)),
        "task" => drop(tokio::spawn(async { graceful::request_shutdown() })),
        "twice" => (0..2).for_each(|_| graceful::request_shutdown()),
        "storm" => return storm().await,
        "handler" => return,
        _ => {}
    }
    graceful::shutdown_requested().await;
}

/// Nineteen threads, and main returns.
async fn storm() {
    static START: Barrier = Barrier::new(20);

    for number in 0..19 {
        thread::spawn(move || {
            START.wait();
            match number % 3 {
                0 => terminate(),
                1 => graceful::request_shutdown(),
                _ => graceful::exit(0),
            }
        });
    }
    START.wait();
}

#[on_shutdown(priority = 1)]
async fn first() {
    say("first");
    // Too late for anything, also for going back to an earlier phase.
    graceful::request_shutdown();
    say(graceful::phase());
}

#[on_shutdown]
async fn second() {
    say("second");
}
