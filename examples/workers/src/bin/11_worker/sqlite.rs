//! The jobs in a SQLite database, as `apalis-sqlite` keeps them.

use std::path::Path;
use std::time::{Duration, SystemTime};

use apalis::prelude::{Status, TaskResult, TaskSink, WorkerContext};
use apalis_sqlite::{Config, SqliteStorage, queries};
use graceful_workers::{BULK, Job, URGENT};
use serde_json::Value;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::broker::{BoxError, Claim};
use crate::work::Verdict;

/// After so many a worker is dead.
const MISSED_HEARTBEATS: u32 = 2;

#[derive(Clone)]
pub(crate) struct Sqlite {
    pool: SqlitePool,
    heartbeat: Duration,
}

impl Sqlite {
    pub(crate) async fn open(file: &Path, dead_after: Duration) -> Result<Self, BoxError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What is sent and acknowledged outlives a power failure. `SqliteStorage::setup` would turn this off.
            .synchronous(SqliteSynchronous::Full);
        // SQLite has one writer at a time: in here they queue for it.
        let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await?;
        SqliteStorage::migrations().run(&pool).await?;
        Ok(Self { pool, heartbeat: dead_after / MISSED_HEARTBEATS })
    }

    /// The queue, for a worker: which takes one job at a time, and leaves it to [`Sqlite::settle`] to say what came of it.
    pub(crate) fn storage<T>(&self, queue: &str) -> SqliteStorage<T> {
        let config = self.config(queue).batch_size(1).lock_tasks(false).persist_results(false);
        SqliteStorage::new(&self.pool).with_config(config)
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
        let rows = match verdict {
            Verdict::Done => self.acknowledge(claim, Status::Done, Ok(())).await?,
            // Not `Failed`: that is tried again, at once.
            Verdict::Dead(reason) => self.acknowledge(claim, Status::Killed, Err(reason.clone())).await?,
            Verdict::Retry(pause, reason) => {
                let at = (SystemTime::now() + *pause).duration_since(SystemTime::UNIX_EPOCH)?;
                // In whole seconds, rounded up.
                let at = i64::try_from(at.as_millis().div_ceil(1000))?;
                let retry = "UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL, attempts = ?, run_at = ?, \
                             last_result = json_object('Err', ?) WHERE id = ? AND lock_by = ?";
                let attempt = i64::try_from(claim.attempt)?;
                let retry = sqlx::query(retry).bind(attempt).bind(at).bind(reason).bind(&claim.id).bind(&claim.worker);
                retry.execute(&self.pool).await?.rows_affected()
            }
            Verdict::GiveBack => {
                let back = "UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL \
                            WHERE id = ? AND lock_by = ?";
                sqlx::query(back).bind(&claim.id).bind(&claim.worker).execute(&self.pool).await?.rows_affected()
            }
        };
        Ok(rows > 0)
    }

    async fn acknowledge(&self, claim: &Claim, status: Status, result: Result<(), String>) -> Result<u64, BoxError> {
        let task_id = claim.id.parse()?;
        let result = TaskResult { task_id, attempt: claim.attempt, status, result: result.map(|()| Value::Null) };
        Ok(queries::ack_tasks(&self.pool, &[&result], &claim.worker).await?)
    }

    pub(crate) async fn keep_alive(&self, queue: &str, worker: &str) -> Result<(), BoxError> {
        Ok(queries::keep_alive(&self.pool, &self.config(queue), &WorkerContext::new(worker)).await?)
    }

    /// Not by apalis's `reenqueue_orphaned`, which counts it as an attempt.
    pub(crate) async fn sign_off(&self, worker: &str) -> Result<u64, BoxError> {
        let mut transaction = self.pool.begin().await?;
        let back = "UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL \
                    WHERE lock_by = ? AND status IN ('Queued', 'Running')";
        let jobs = sqlx::query(back).bind(worker).execute(&mut *transaction).await?.rows_affected();
        // Else the name is refused to the next who comes with it.
        let off = "UPDATE Workers SET last_seen = 0 WHERE id = ?";
        sqlx::query(off).bind(worker).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(jobs)
    }

    pub(crate) async fn ping(&self) -> Result<(), BoxError> {
        sqlx::query("SELECT 1 FROM Jobs LIMIT 1").execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}
