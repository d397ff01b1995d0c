//! What has the jobs: SQLite or Redis.

use std::error::Error;

use graceful_workers::{Job, Options};
use redis::Client;

use crate::redis::Redis;
use crate::sqlite::Sqlite;
use crate::work::Verdict;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The way to it, over which all goes that is said to it.
#[derive(Clone)]
pub(crate) enum Broker {
    Sqlite(Sqlite),
    Redis(Redis),
}

/// A job that was taken.
pub(crate) struct Claim {
    pub(crate) id: String,
    /// From which queue.
    pub(crate) queue: &'static str,
    /// By whom: it is his as long as the broker has this name at it.
    pub(crate) worker: String,
    /// How often it was begun, with this time.
    pub(crate) attempt: usize,
}

impl Broker {
    /// The error says where it isn't.
    pub(crate) async fn connect(options: &Options) -> Result<Self, BoxError> {
        match &options.redis {
            Some(url) => {
                let client = Client::open(url.as_str())?;
                // Without the password that may stand in the URL.
                let address = client.get_connection_info().addr().to_string();
                let redis = Redis::connect(client, options.dead_after).await;
                redis.map(Self::Redis).map_err(|error| format!("no Redis at {address}: {error}").into())
            }
            None => {
                let (file, dead_after) = (&options.database, options.dead_after);
                let sqlite = Sqlite::open(file, dead_after).await;
                sqlite.map(Self::Sqlite).map_err(|error| format!("no database {}: {error}", file.display()).into())
            }
        }
    }

    pub(crate) async fn send(&self, jobs: impl Iterator<Item = Job>) -> Result<(), BoxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.send(jobs).await,
            Self::Redis(redis) => redis.send(jobs).await,
        }
    }

    /// Says what came of a job. `false`: it is somebody else's meanwhile, or this was said before.
    pub(crate) async fn settle(&self, claim: &Claim, verdict: &Verdict) -> Result<bool, BoxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.settle(claim, verdict).await,
            Self::Redis(redis) => redis.settle(claim, verdict).await,
        }
    }

    /// Says that a worker is alive.
    pub(crate) async fn keep_alive(&self, queue: &str, worker: &str) -> Result<(), BoxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.keep_alive(queue, worker).await,
            Self::Redis(redis) => redis.keep_alive(queue, worker).await,
        }
    }

    /// Strikes a worker off, and gives back what is left in its name: how many jobs that are.
    pub(crate) async fn sign_off(&self, queue: &str, worker: &str) -> Result<u64, BoxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.sign_off(worker).await,
            Self::Redis(redis) => redis.sign_off(queue, worker).await,
        }
    }

    pub(crate) async fn ping(&self) -> Result<(), BoxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.ping().await,
            Self::Redis(redis) => redis.ping().await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            // It is closed when the last who has it is gone.
            Self::Redis(_) => {}
        }
    }
}
