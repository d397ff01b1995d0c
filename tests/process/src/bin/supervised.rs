//! Supervised tasks. Argument: what becomes of them.

use std::time::Duration;

use graceful::{Backoff, OnError, on_shutdown};
use graceful_process_tests::inside::{asked, log, say, scenario};

/// At once, as far as a person can see.
const SHORT: Backoff = Backoff::exponential(Duration::from_millis(1)..Duration::from_millis(10));

/// Until the program ends.
const LONG: Backoff = Backoff::exponential(Duration::from_secs(3_600)..Duration::from_secs(3_600));

#[graceful::main(grace_period = "10s", worker_threads = 2)]
async fn main() {
    if asked("log") {
        log();
    }
    graceful::on_report(|report| {
        for task in report.supervised_tasks() {
            say(task);
        }
    });
    match &*scenario() {
        "recovers" => recovers(),
        "gives up" => gives_up(SHORT.at_most(2, Duration::from_secs(3_600))).await,
        "is down" => drop(graceful::task("consumer").restart(LONG).critical().spawn(|| attempt(1))),
        "fails in the drain" => drop(graceful::task("consumer").restart(SHORT).critical().spawn(|| async {
            graceful::drain_started().await;
            Err::<(), _>("cannot commit")
        })),
        "ok is fine" => ok_is_fine().await,
        other => panic!("no scenario `{other}`"),
    }
    say("main");
    say(graceful::shutdown_requested().await);
}

/// The outcome of an attempt depends on its number.
async fn attempt(number: u32) -> Result<(), &'static str> {
    say(format_args!("attempt {number}"));
    match number {
        1 => Err("connection lost"),
        2 => panic!("poisoned"),
        _ => {
            say(graceful::health().await);
            graceful::drain_started().await;
            Ok(())
        }
    }
}

fn recovers() {
    let mut number = 0;
    graceful::task("consumer").restart(SHORT).spawn(move || {
        number += 1;
        attempt(number)
    });
}

async fn gives_up(backoff: Backoff) {
    let task = graceful::task("consumer").restart(backoff).critical().spawn(|| attempt(1));
    let failure = task.await.expect("it does not panic").expect_err("it fails");
    say(format_args!("the handle has: {failure}"));
}

async fn ok_is_fine() {
    let part = graceful::task("import").on_error(OnError::Shutdown).spawn(async || Ok::<_, &str>(7));
    say(part.await.expect("it does not panic").expect("a number"));
    say(format_args!("shutting down: {}", graceful::is_shutting_down()));
    graceful::task("export").on_error(OnError::Shutdown).spawn(|| attempt(1));
}

#[on_shutdown]
async fn handler() {
    say("handler");
}
