//! A plain consumer of NATS JetStream, with acknowledgement by hand: no job is lost, and none is left half done.
//!
//! Start NATS with `nats-server --jetstream`, then this program, and press Ctrl-C: it takes no more jobs, and finishes those that
//! it has.
//!
//! ```text
//! $ cargo run -p graceful-workers --bin 12_nats -- --send 15 --at-once 2
//!  INFO on SIGTERM: drain for at most 15 s, run 2 handlers; in the worst case 22 s of 30 s
//! working
//! begun 0
//! executed 0
//! …
//! begun 14
//! executed 13
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 30 s
//!  INFO draining for at most 15 s: 1 in flight
//!  INFO still draining: waiting for 1 tracked task, at most 14 s longer
//! executed 14
//!  INFO drained in 1.2 s
//!  INFO shutdown handler `give_back` completed in 176 µs
//!  INFO shutdown handler `close_connection` completed in 50 µs
//!  INFO shutdown after SIGINT took 1.204 s of 30 s: 2 handlers completed; exit code 0
//! ```
//!
//! With `GRACEFUL_DRAIN_TIMEOUT=1s` there is too little time for that job. It goes back, and the next worker gets it at once:
//!
//! ```text
//!  INFO draining for at most 1 s: 1 in flight
//!  WARN job 14 is given back
//!  WARN abandoned at the end of the drain: task spawned at examples/workers/src/bin/12_nats/main.rs:112:17
//!  INFO shutdown handler `give_back` completed in 11 ms
//!  INFO shutdown handler `close_connection` completed in 138 µs
//! ERROR shutdown after SIGINT took 1.012 s of 30 s: 2 handlers completed; work was abandoned; exit code 1
//! ```
//!
//! A rollout with enough time does each job once. A job is begun again when
//!
//! - the end of the drain interrupted it: at once;
//! - it failed or cannot be read, because a newer release wrote it: after 1, 2, 4 and then every 8 seconds, at most fifty times.
//!   After that it stays in the stream, where a person can look at it;
//! - its worker was killed or cut off from NATS: after `--dead-after` seconds.
//!
//! A job that is done is done again when NATS does not know that it is done, because
//!
//! - the worker was killed before it acknowledged the job;
//! - NATS was unavailable until the worker had to end. The worker then prints how many jobs are concerned;
//! - NATS itself ended, and forgot the acknowledgements that it had confirmed last.
//!
//! Two workers on one host need two addresses for their probes, such as `GRACEFUL_PROBES=127.0.0.1:8082`.

mod answers;
mod delivery;
mod intake;
mod options;
mod queue;
mod work;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::{Client, Error, ServerAddr};
use graceful::{Deadline, Resource, health_check, on_shutdown};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tracing::warn;

use crate::answers::Answers;
use crate::delivery::{Delivery, Tools};
use crate::intake::Intake;
use crate::options::Options;

#[graceful::main(grace_period = "30s", drain_timeout = "15s", probes = "127.0.0.1:8081")]
async fn main() -> Result<(), Error> {
    graceful_workers::log_to_terminal();
    let options = Options::from_arguments();
    // Told to end before anything was taken: then there is nothing to do.
    let Some(client) = graceful::until_drain(connect(&options.server)).await.transpose()? else { return Ok(()) };
    graceful::provide(client.clone());
    let consumer = queue::open(client.clone(), &options).await?;
    graceful::provide(consumer.clone());

    let answers = Answers::new();
    graceful::provide(answers.clone());
    let tools = Tools { answers, dead_after: options.dead_after, ledger: options.ledger()?.into() };
    graceful::ready();
    println!("working");
    consume(&Intake { client, consumer }, options.at_once.get(), &tools).await;
    Ok(())
}

/// The error says where it isn't.
async fn connect(server: &ServerAddr) -> Result<Client, String> {
    let address = format!("{}:{}", server.host(), server.port());
    async_nats::connect(server).await.map_err(|error| format!("no NATS at {address}: {error}"))
}

/// Takes jobs until the drain begins.
async fn consume(intake: &Intake, at_once: usize, tools: &Tools) {
    let slots = Arc::new(Semaphore::new(at_once));
    // First a slot, then a job for it: none is taken that would have to wait here, out of the reach of other workers.
    while let Some(Ok(slot)) = graceful::until_drain(slots.clone().acquire_owned()).await {
        match intake.take().await {
            Ok(Some(message)) => {
                let delivery = Delivery::new(message, tools);
                if graceful::drain_token().is_cancelled() {
                    // It was on its way. We ask for nothing any more, so it goes to another worker.
                    drop(delivery);
                    return;
                }
                // Nothing was awaited since it was taken, so the drain could not come between.
                graceful::spawn(async move {
                    let _slot = slot;
                    delivery.work().await;
                });
            }
            Ok(None) => {}
            Err(error) => {
                warn!("no job can be taken: {error}");
                let _ = graceful::until_drain(sleep(Duration::from_secs(1))).await;
            }
        }
    }
}

/// Asks it: a connection to a NATS that hangs stays connected for minutes.
#[health_check(timeout = "2s")]
async fn nats(Resource(queue): Resource<Consumer<pull::Config>>) -> Result<(), String> {
    queue.get_info().await.map(drop).map_err(|error| error.to_string())
}

/// Jobs that the drain's end has interrupted are given back by now; but NATS has to hear it before the process is gone.
#[on_shutdown(priority = 20, timeout = "5s")]
async fn give_back(Resource(answers): Resource<Answers>, deadline: Deadline) -> Result<(), String> {
    // A little less than this handler has: so that it can say how many there are.
    timeout(deadline.remaining().mul_f32(0.9), answers.heard()).await.map_err(|_| {
        let count = answers.unheard();
        format!("NATS has not heard what became of {count} of its jobs: they come again when their ack_wait is over")
    })
}

/// All that matters is confirmed, or reported: so nothing is waited for.
#[on_shutdown(priority = 10, timeout = "2s")]
async fn close_connection(Resource(client): Resource<Client>) -> Result<(), String> {
    client.drain().await.map_err(|error| error.to_string())
}
