//! A worker for jobs in a queue, with apalis: on SQLite, or with `--redis redis://127.0.0.1:6379` on Redis.
//!
//! Start it, wait until it prints which jobs are active, and press Ctrl-C. It finishes these jobs, acknowledges them, and closes
//! the connection to the broker. The other jobs wait for the next start. Start it without `--send` then, or it adds a thousand
//! more.
//!
//! ```text
//! $ cargo run -p graceful-workers --bin 11_worker -- --send 1000
//!  INFO on SIGTERM: drain for at most 20 s, run 2 handlers; in the worst case 25 s of 30 s
//! working
//!  WARN job 41 has failed, again in 1.1s: the other side is not there
//!  WARN job 141 has failed, again in 1.4s: the other side is not there
//!  WARN job 241 has failed, again in 1.2s: the other side is not there
//! 4 active: 263, 314, 319, 323
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 30 s
//!  INFO draining for at most 20 s: 4 in flight
//!  INFO still draining: waiting for main to return, 1 tracked task, at most 19 s longer
//!  INFO drained in 1.1 s
//!  INFO shutdown handler `give_back` completed in 3 ms
//!  INFO shutdown handler `close` completed in 4 ms
//!  INFO shutdown after SIGINT took 1.097 s of 30 s: 2 handlers completed; exit code 0
//! ```
//!
//! # What becomes of a job
//!
//! - A worker takes a job when it has a free slot, and not before. A waiting job stays in the queue, where any worker can take it
//!   (`worker.rs`).
//! - There are two queues, and each has its own slots. So an urgent job never waits for a bulk job, and bulk jobs continue
//!   however many jobs are urgent. Within a queue jobs are taken roughly in the order in which they arrived.
//! - A job has a soft time limit, at which it is notified, and a hard one, at which it is dropped (`limits.rs`): `--soft-limit`
//!   and `--hard-limit`.
//! - A job is acknowledged when it is done. A job that fails goes back into the queue, and any worker tries it again after 1, 2, 4
//!   and 8 seconds. No worker waits for that, least of all in a drain (`retry.rs`). After that the job is dead, and stays where a
//!   person can look at it. A job that cannot be read counts as failed too (`payload.rs`): a newer release may have written it,
//!   whose workers are starting.
//! - In a drain a job asks between its steps whether there is time for the rest. If not, or if the drain is almost over, the job
//!   ends and goes back into the queue at once. This does not count as an attempt (`work.rs`).
//! - A job that is done while the broker is unavailable is acknowledged when the broker is back, or abandoned at the end of the
//!   drain. In that case the log and the report name the job, and the exit code is 1 (`held.rs`).
//! - With `--retire-after N` the worker ends after N jobs as after a SIGTERM, with exit code 0. Something must start it again.
//!
//! # How often a job is done
//!
//! Exactly once, if each worker ends by a signal and has enough time. Otherwise at least once: a worker that is killed, or whose
//! broker is unavailable at its end, cannot give its jobs back. The other workers notice after `--dead-after` seconds without a
//! sign of life, and do its jobs again, also those that were done and not acknowledged. So jobs must be idempotent. A living
//! worker sends its sign of life in a drain too, so `--dead-after` may be shorter than a job or a drain.
//!
//! For a job whose worker was killed, apalis counts a failed attempt with SQLite, and none with Redis. Such a job never becomes
//! dead: one that kills its worker each time is tried again and again.
//!
//! SQLite has sent and acknowledged jobs on the disk. Redis has them there with `appendonly yes`, up to the last second.
//!
//! # What stays in the broker
//!
//! Jobs that are done, and dead ones, until somebody deletes them. With SQLite each process also leaves two rows in `Workers`, one
//! for each queue. Its jobs point to them, so the rows can be deleted after the jobs. With Redis only a worker that was killed
//! leaves something: two keys, `urgent:workers:metadata:…` and `bulk:workers:metadata:…`.
//!
//! The probes are at <http://127.0.0.1:8081>; for a second worker on the same host set `GRACEFUL_PROBES` to another address
//! or to `off`.

mod active;
mod broker;
mod held;
mod insist;
mod limits;
mod payload;
mod poll;
mod redis;
mod retry;
mod sqlite;
mod work;
mod worker;

use std::time::Duration;

use graceful::{Resource, health_check, on_shutdown};
use graceful_workers::{Job, Options};
use tokio::time::{interval, sleep};

use crate::broker::{BoxError, Broker};
use crate::worker::Workers;

/// How often it says which jobs are active.
const ACTIVE: Duration = Duration::from_secs(5);

#[graceful::main(grace_period = "30s", drain_timeout = "20s", probes = "127.0.0.1:8081")]
async fn main() -> Result<(), BoxError> {
    graceful_workers::log_to_terminal();

    let options = Options::from_args();
    // Told to end before anything was taken: then there is nothing to do.
    let Some(broker) = graceful::until_drain(Broker::connect(&options)).await.transpose()? else { return Ok(()) };
    graceful::provide(broker.clone());
    broker.send((0..options.send).map(Job::numbered)).await?;
    let workers = Workers::new(&broker, &options)?;
    graceful::provide(workers.clone());

    tokio::spawn(say_what_is_active(workers.clone()));
    tokio::spawn(keep_alive(workers.clone(), options.heartbeat()));
    graceful::ready();
    println!("working");
    workers.consume().await;
    Ok(())
}

async fn say_what_is_active(workers: Workers) {
    loop {
        sleep(ACTIVE).await;
        println!("{}", workers.active());
    }
}

/// To the very end: until then the broker must not give away what is in hand here.
async fn keep_alive(workers: Workers, period: Duration) {
    let mut ticks = interval(period);
    loop {
        ticks.tick().await;
        workers.keep_alive().await;
    }
}

#[health_check(timeout = "2s")]
async fn broker(Resource(broker): Resource<Broker>) -> Result<(), BoxError> {
    broker.ping().await
}

/// What was taken and not begun, or was abandoned at the drain's end. Nobody takes jobs any more, so it doesn't come straight
/// back.
#[on_shutdown(priority = 20, timeout = "3s")]
async fn give_back(Resource(workers): Resource<Workers>) -> Result<(), BoxError> {
    if let jobs @ 1.. = workers.sign_off().await? {
        println!("jobs still in hand, given back: {jobs}");
    }
    Ok(())
}

#[on_shutdown(priority = 10, timeout = "2s")]
async fn close(Resource(broker): Resource<Broker>) {
    broker.close().await;
}
