//! A worker for jobs in a queue, with apalis: on SQLite, or with `--redis redis://127.0.0.1:6379` on Redis.
//!
//! Start it, wait until it says which jobs are active, and press Ctrl-C: those are done, the broker hears of it, and then
//! its connection is closed. The jobs that nobody has begun wait for the next start; without `--send`, or there would be
//! a thousand more.
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
//! - A worker takes a job when it has a slot for it, and not before: what waits, waits in the queue, where any worker can
//!   take it (`worker.rs`).
//! - There are two queues, and each has slots of its own. So an urgent job never waits for a bulk one, and the bulk ones go
//!   on however many are urgent. Among themselves those of a queue are taken roughly in the order in which they came.
//! - A job has a soft time limit, at which it is told, and a hard one, at which it is dropped (`limits.rs`):
//!   `--soft-limit` and `--hard-limit`.
//! - It is acknowledged when it is done. When it fails, the queue has it back, for any worker to try again 1, 2, 4 and 8
//!   seconds later: nobody waits for that, least of all in a drain (`retry.rs`). Then it is dead, and stays to be looked at.
//!   What can't be read as a job has failed too (`payload.rs`): it may be one of a newer release, whose workers are just
//!   being started.
//! - In a drain a job asks between its steps whether there is time for the rest. If not, or if the drain is almost over, it
//!   ends and the queue has it back at once; this counts as no attempt (`work.rs`).
//! - What is done when the broker is away is acknowledged when it is back, or at the drain's end abandoned. Then the log
//!   names the job, the report says so, and the exit code is 1 (`held.rs`).
//! - With `--retire-after N` the worker ends after N jobs like after a SIGTERM, with exit code 0: something has to start it
//!   again.
//!
//! # How often a job is done
//!
//! Exactly once, if each worker ends by a signal and has the time for it. Else at least once: a worker that is killed, or
//! whose broker is away at its end, can't give back what it has. The others find that out by its silence, after
//! `--dead-after` seconds, and do its jobs again: also what was done, but not acknowledged. So a job must bear to be done
//! twice. As long as a worker lives, it says so, in a drain too: `--dead-after` may be shorter than a job or a drain.
//!
//! For a job whose worker was killed, apalis counts a failed attempt with SQLite, and none with Redis. But it isn't dead after
//! however many of those: one that kills its worker each time comes again and again.
//!
//! What is sent and acknowledged is on the disk with SQLite; with Redis when its configuration has `appendonly yes`, up to
//! the last second.
//!
//! # What stays in the broker
//!
//! Jobs that are done, and dead ones, until somebody deletes them. With SQLite each process also leaves two rows in `Workers`,
//! one for each queue: the jobs that it has done point to them, so they can be deleted after those. With Redis only a worker
//! that was killed leaves something: two keys, `urgent:workers:metadata:…` and `bulk:workers:metadata:…`.
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
