//! A worker.

mod active;
mod broker;
mod limits;
mod poll;
mod redis;
mod retry;
mod sqlite;
mod work;
mod worker;

use std::time::Duration;

use graceful::{Resource, health_check, on_shutdown};
use graceful_workers::{Job, Options};
use tokio::time::interval;

use crate::broker::{BoxError, Broker};
use crate::worker::Workers;

/// How often it says which jobs are active.
const ACTIVE: Duration = Duration::from_secs(5);

#[graceful::main(grace_period = "30s", drain_timeout = "20s", probes = "127.0.0.1:8081")]
async fn main() -> Result<(), BoxError> {
    graceful_workers::log_to_terminal();

    let options = Options::from_args()?;
    let broker = Broker::connect(&options).await?;
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
    let mut ticks = interval(ACTIVE);
    loop {
        ticks.tick().await;
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

/// Whatever was interrupted between the broker and a job: nobody takes jobs any more, so it doesn't come straight back.
#[on_shutdown(priority = 20, timeout = "3s")]
async fn give_back(Resource(workers): Resource<Workers>) -> Result<(), BoxError> {
    if let jobs @ 1.. = workers.sign_off().await? {
        println!("{jobs} jobs given back");
    }
    Ok(())
}

#[on_shutdown(priority = 10, timeout = "2s")]
async fn close(Resource(broker): Resource<Broker>) {
    broker.close().await;
}
