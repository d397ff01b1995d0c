//! The same jobs without graceful, written as apalis documents a worker. The test `proof` also restarts this one, and counts what
//! happens to its jobs.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use apalis::prelude::{Attempt, BackendExt, Data, TaskSink, WorkerBuilder, WorkerBuilderExt};
use apalis_redis::RedisStorage;
use apalis_sqlite::SqliteStorage;
use graceful_workers::{BULK, Entry, Job, Ledger, Options, URGENT};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::process;
use std::time::Duration;
use tokio::time::sleep;

type BoxError = Box<dyn Error + Send + Sync>;

const LOOK: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let options = Options::from_args();
    let ledger = Arc::new(Ledger::open(options.ledger.as_ref().ok_or("no --ledger")?)?);
    let name = format!("{}-{}", process::id(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros());
    let (urgent, bulk): (Vec<_>, _) = (0..options.send).map(Job::numbered).partition(|job| job.queue() == URGENT);

    // One worker of apalis, over whichever storage.
    macro_rules! run {
        ($queue:expr, $storage:expr, $slots:expr) => {
            WorkerBuilder::new(format!("{}-{name}", $queue).as_str())
                .backend($storage.poll_with_interval(LOOK))
                .data(ledger.clone())
                .concurrency($slots)
                .build(work)
                .run()
        };
    }

    if let Some(url) = &options.redis {
        let connection = apalis_redis::connect(url.as_str()).await?;
        let storage = |queue| {
            let config = apalis_redis::Config::default().queue(queue).batch_size(1);
            let config = config.heartbeat_interval(options.heartbeat()).missed_heartbeats(2);
            RedisStorage::<Job>::new(connection.clone()).with_config(config)
        };
        storage(URGENT).push_bulk(urgent).await?;
        storage(BULK).push_bulk(bulk).await?;
        println!("working");
        tokio::try_join!(run!(URGENT, storage(URGENT), 2), run!(BULK, storage(BULK), 4))?;
    } else {
        let file = SqliteConnectOptions::new().filename(&options.database).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(2).connect_with(file).await?;
        SqliteStorage::setup(&pool).await?;
        let storage = |queue| {
            let config = apalis_sqlite::Config::default().queue(queue).batch_size(1);
            let config = config.heartbeat_interval(options.heartbeat()).missed_heartbeats(2);
            SqliteStorage::<Job>::new(&pool).with_config(config)
        };
        TaskSink::push_bulk(&mut storage(URGENT), urgent).await?;
        TaskSink::push_bulk(&mut storage(BULK), bulk).await?;
        println!("working");
        tokio::try_join!(run!(URGENT, storage(URGENT), 2), run!(BULK, storage(BULK), 4))?;
    }
    Ok(())
}

async fn work(job: Job, attempt: Attempt, ledger: Data<Arc<Ledger>>) -> Result<(), BoxError> {
    if attempt.current() <= job.failures {
        return Err("the other side is not there".into());
    }
    ledger.note(Entry::Begun(job.number))?;
    for _ in 0..job.steps {
        sleep(job.step()).await;
    }
    ledger.note(Entry::Executed(job.number))?;
    Ok(())
}
