//! The jobs in Redis, as `apalis-redis` keeps them.

use std::time::{Duration, SystemTime};

use apalis::prelude::{TaskSink, WorkerContext};
use apalis_redis::{Config, RedisStorage};
use graceful_workers::{BULK, Job, URGENT};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};

use crate::broker::{BoxError, Claim};
use crate::work::Verdict;

/// After so many a worker is dead.
const MISSED_HEARTBEATS: u32 = 2;
/// A Redis that is silent for so long is not there.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(crate) struct Redis {
    connection: ConnectionManager,
    heartbeat: Duration,
}

impl Redis {
    pub(crate) async fn connect(client: Client, dead_after: Duration) -> Result<Self, BoxError> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(PATIENCE))
            .set_connection_timeout(Some(PATIENCE))
            // Who needs it later tries again by himself, and who starts with a wrong address wants to know.
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_with_config(client, config).await?;
        Ok(Self { connection, heartbeat: dead_after / MISSED_HEARTBEATS })
    }

    /// The queue, for a worker: which takes one job at a time, and leaves it to [`Redis::settle`] to say what came of it.
    pub(crate) fn storage<T>(&self, queue: &str) -> RedisStorage<T> {
        let config = self.config(queue).batch_size(1).lock_tasks(false).persist_results(false);
        RedisStorage::new(self.connection.clone()).with_config(config)
    }

    fn config(&self, queue: &str) -> Config {
        Config::default().queue(queue).heartbeat_interval(self.heartbeat).missed_heartbeats(MISSED_HEARTBEATS as usize)
    }

    pub(crate) async fn send(&self, jobs: impl Iterator<Item = Job>) -> Result<(), BoxError> {
        let (urgent, bulk) = jobs.partition(|job| job.queue() == URGENT);
        for (queue, jobs) in [(URGENT, urgent), (BULK, bulk)] {
            TaskSink::push_bulk(&mut self.storage(queue), jobs).await?;
        }
        Ok(())
    }

    pub(crate) async fn settle(&self, claim: &Claim, verdict: &Verdict) -> Result<bool, BoxError> {
        let config = self.config(claim.queue);
        let mut due = String::new();
        let (to, status, result) = match verdict {
            Verdict::Done => (config.done_jobs_set(), "Done", r#"{"Ok":null}"#.to_owned()),
            Verdict::Dead(reason) => (config.dead_jobs_set(), "Killed", failed(reason)),
            Verdict::Retry(pause, reason) => {
                let at = (SystemTime::now() + *pause).duration_since(SystemTime::UNIX_EPOCH)?;
                due = at.as_secs_f64().to_string();
                (config.scheduled_jobs_set(), "Pending", failed(reason))
            }
            Verdict::GiveBack => (config.active_jobs_list(), "Pending", String::new()),
        };
        let script = Script::new(include_str!("settle.lua"));
        let ours: u32 = script
            .key(in_flight(&config, &claim.worker))
            .key(to)
            .key(format!("{}:{}", config.job_meta_hash(), claim.id))
            .arg(&claim.id)
            .arg(status)
            .arg(claim.attempt)
            .arg(result)
            .arg(due)
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(ours > 0)
    }

    pub(crate) async fn keep_alive(&self, queue: &str, worker: &str) -> Result<(), BoxError> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        // Unless it is struck off.
        let mut beat = redis::cmd("ZADD");
        beat.arg(self.config(queue).workers_set()).arg("XX").arg(now).arg(worker);
        Ok(beat.exec_async(&mut self.connection.clone()).await?)
    }

    pub(crate) async fn sign_off(&self, queue: &str, worker: &str) -> Result<u64, BoxError> {
        let config = self.config(queue);
        let script = Script::new(include_str!("sign_off.lua"));
        let jobs = script
            .key(in_flight(&config, worker))
            .key(config.active_jobs_list())
            .key(config.workers_set())
            // Who comes again by this name registers anew.
            .key(config.worker_metadata_key(&WorkerContext::new(worker)))
            .arg(worker)
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(jobs)
    }

    pub(crate) async fn ping(&self) -> Result<(), BoxError> {
        Ok(redis::cmd("PING").exec_async(&mut self.connection.clone()).await?)
    }
}

fn in_flight(config: &Config, worker: &str) -> String {
    format!("{}:{worker}", config.inflight_jobs_set())
}

fn failed(reason: &str) -> String {
    serde_json::json!({ "Err": reason }).to_string()
}
