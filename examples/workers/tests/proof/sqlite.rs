//! Jobs in a SQLite database.

use apalis::prelude::TaskSink;
use apalis_sqlite::{Config, SqliteStorage};
use graceful_process_tests::place::Directory;
use graceful_process_tests::{Program, Signal};
use graceful_workers::Job;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};
use tokio::runtime::{self, Runtime};

use crate::broker::Broker;
use crate::cases;
use crate::rollout::Rollout;

struct Sqlite {
    runtime: Runtime,
    /// The connection that holds the lock.
    lock: Option<SqliteConnection>,
    directory: Directory,
}

impl Sqlite {
    fn new() -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, lock: None, directory: Directory::create() }
    }

    /// Sends a job, before any worker is there.
    fn send(&self, job: Job) {
        self.runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(self.directory.file("jobs.db"));
            let pool = SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap();
            SqliteStorage::migrations().run(&pool).await.unwrap();
            let queue = Config::default().queue(job.queue());
            SqliteStorage::new(&pool).with_config(queue).push(job).await.unwrap();
        });
    }

    /// How many rows that changes.
    fn execute(&self, statement: &'static str) -> u64 {
        self.runtime.block_on(sqlx::query(statement).execute(&mut self.connect())).unwrap().rows_affected()
    }

    fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.directory.file("jobs.db"));
        self.runtime.block_on(options.connect()).unwrap()
    }
}

impl Broker for Sqlite {
    fn worker(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_11_worker")).arg("--database").arg(&self.directory.file("jobs.db"))
    }

    fn plain_worker(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_11_worker_plain")).arg("--database").arg(&self.directory.file("jobs.db"))
    }

    fn left(&self) -> usize {
        let count = sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE status != 'Done'");
        let left: i64 = self.runtime.block_on(count.fetch_one(&mut self.connect())).unwrap();
        usize::try_from(left).unwrap()
    }

    /// Somebody else writes, and doesn't end.
    fn leave(&mut self) {
        let mut connection = self.connect();
        self.runtime.block_on(sqlx::query("BEGIN IMMEDIATE").execute(&mut connection)).unwrap();
        self.lock = Some(connection);
    }

    fn come_back(&mut self) {
        let mut connection = self.lock.take().unwrap();
        self.runtime.block_on(sqlx::query("ROLLBACK").execute(&mut connection)).unwrap();
    }
}

#[test]
fn with_enough_time_each_job_is_done_once() {
    cases::with_enough_time_each_job_is_done_once("SQLite", Sqlite::new());
}

#[test]
fn with_too_little_time_none_is_lost() {
    cases::with_too_little_time_none_is_lost("SQLite", Sqlite::new());
}

#[test]
fn killed_at_any_moment_none_is_lost() {
    cases::killed_at_any_moment_none_is_lost("SQLite", Sqlite::new(), 1);
}

#[test]
fn a_broker_that_comes_back_hears_what_was_done() {
    cases::a_broker_that_comes_back_hears_what_was_done("SQLite", Sqlite::new());
}

#[test]
fn a_broker_that_stays_away_keeps_nobody() {
    cases::a_broker_that_stays_away_keeps_nobody("SQLite", Sqlite::new());
}

#[test]
fn without_graceful_some_are_interrupted() {
    cases::without_graceful_some_are_interrupted("SQLite", Sqlite::new());
}

/// As when the drain has begun while the worker asked for a job.
#[test]
fn a_job_that_was_taken_and_not_begun_is_given_back() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(Job { number: 0, steps: 1, milliseconds: 1, failures: 0 });
    rollout.broker.execute("UPDATE Jobs SET status = 'Queued'");
    let mut worker = rollout.start(rollout.broker.worker());
    let taken = "UPDATE Jobs SET lock_by = (SELECT id FROM Workers) WHERE EXISTS (SELECT id FROM Workers)";
    rollout.wait(|_| rollout.broker.execute(taken) > 0);
    worker.signal(Signal::SIGTERM);
    let ended = worker.end();
    let _ = ended.exits_with(0).position("jobs still in hand, given back: 1");
    let _ = rollout.finish(rollout.start(rollout.broker.worker()));
}

/// In a drain apalis sends no heartbeat any more: the worker does that itself.
#[test]
fn a_worker_that_drains_is_not_taken_for_dead() {
    let sqlite = Sqlite::new();
    let rollout = Rollout::new(sqlite, 1);
    let worker = || rollout.broker.worker().arg("--dead-after").arg("5");
    // Longer than a silent worker has, and well below the limits of a job.
    rollout.broker.send(Job { number: 0, steps: 9, milliseconds: 1000, failures: 0 });

    let mut old = rollout.start(worker());
    rollout.wait(|accounts| accounts.is_in_hand(0));
    let new = rollout.start(worker());
    old.signal(Signal::SIGTERM);
    old.end().exits_with(0);
    let _ = rollout.finish(new);
    let accounts = rollout.accounts();
    assert_eq!((accounts.begun(), accounts.executed()), (1, 1), "{accounts}");
}
