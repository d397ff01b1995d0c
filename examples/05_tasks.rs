//! Tasks that the drain waits for, and a critical one: when it fails, the shutdown begins, the work in flight is finished, and
//! the exit code is 1.
//!
//! ```text
//! $ cargo run --example 05_tasks
//!  INFO on SIGTERM: drain for at most 12 s, run 1 handler; in the worst case 15 s of 24 s
//! job 1 came in
//! job 2 came in
//! job 3 came in
//! ERROR the critical task `consumer` failed: the connection to the queue is lost
//!  INFO shutting down after the critical task `consumer` ended, within 24 s
//!  INFO draining for at most 12 s: 3 in flight
//! job 1 is done
//! job 2 is done
//!  INFO still draining: waiting for 2 tracked tasks, at most 11 s longer
//! job 3 is done
//!  INFO drained in 1.5 s
//! closed the queue
//!  INFO shutdown handler `close_queue` completed in 1 ms
//! ERROR shutdown after the critical task `consumer` ended took 1.502 s of 24 s: 1 handler completed; a critical task failed; exit code 1
//! graceful: the shutdown was not clean
//! shutdown after the critical task `consumer` ended took 1.504 s of the 24 s grace
//! period: exit code 1
//! draining                  1.503 s  ████████████████████████████████████████████
//! teardown                     1 ms                                             █
//!   close_queue  completed   588 µs                                             ━
//!                                    0 s                                   1.504 s
//! failed: critical task `consumer`: the connection to the queue is lost
//! ```

use std::time::Duration;

use graceful::on_shutdown;
use tokio::time::sleep;
use tracing_subscriber::fmt::format::debug_fn;

#[graceful::main(flavor = "current_thread")]
async fn main() {
    log_to_terminal();

    graceful::spawn_critical("consumer", consume());
    graceful::shutdown_requested().await;
}

/// Takes jobs from a queue, until the queue is lost.
async fn consume() -> Result<(), &'static str> {
    for job in 1..=3 {
        println!("job {job} came in");
        graceful::spawn(work(job));
    }
    Err("the connection to the queue is lost")
}

/// Is finished although the consumer is gone: the drain waits for it.
async fn work(job: u32) {
    sleep(Duration::from_millis(500) * job).await;
    println!("job {job} is done");
}

#[on_shutdown]
async fn close_queue() {
    println!("closed the queue");
}

/// Prints log lines as sentences, without time, target and fields. A service uses `tracing_subscriber::fmt::init()`, which prints
/// all of them.
fn log_to_terminal() {
    let sentence = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{value:?}"),
        _ => Ok(()),
    });
    tracing_subscriber::fmt().with_ansi(false).without_time().with_target(false).fmt_fields(sentence).init();
}
