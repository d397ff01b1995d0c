//! Jobs in a SQLite database.

use apalis::prelude::TaskSink;
use apalis_sqlite::{Config, SqliteStorage};
use graceful_process_tests::place::Directory;
use graceful_process_tests::{Ended, Program};
use graceful_workers::Job;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Decode, Sqlite as Sqlx, SqliteConnection, SqlitePool, Type};
use tokio::runtime::{self, Runtime};

use crate::broker::{Broker, abandoned};
use crate::cases;
use crate::queues::Queues;

pub(crate) struct Sqlite {
    runtime: Runtime,
    /// The connection that holds the lock.
    lock: Option<SqliteConnection>,
    directory: Directory,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, lock: None, directory: Directory::create() }
    }

    /// How many rows that changes.
    pub(crate) fn execute(&self, statement: &'static str) -> u64 {
        self.runtime.block_on(sqlx::query(statement).execute(&mut self.connect())).unwrap().rows_affected()
    }

    /// What a question is answered with.
    pub(crate) fn ask<T>(&self, question: &'static str) -> T
    where
        T: Type<Sqlx> + for<'r> Decode<'r, Sqlx> + Send + Unpin,
    {
        self.runtime.block_on(sqlx::query_scalar(question).fetch_one(&mut self.connect())).unwrap()
    }

    fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.directory.file("jobs.db"));
        self.runtime.block_on(options.connect()).unwrap()
    }
}

impl Broker for Sqlite {
    const MISSED: &str = "has ended, and begins anew";
    const UNHEARD: &str = "cannot say what came of a job";

    fn worker(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_11_worker")).arg("--database").arg(&self.directory.file("jobs.db"))
    }

    fn plain_worker(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_11_worker_plain")).arg("--database").arg(&self.directory.file("jobs.db"))
    }

    fn send(&self, job: Job) {
        self.runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(self.directory.file("jobs.db"));
            let pool = SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap();
            SqliteStorage::migrations().run(&pool).await.unwrap();
            let queue = Config::default().queue(job.queue());
            SqliteStorage::new(&pool).with_config(queue).push(job).await.unwrap();
        });
    }

    fn left(&self) -> usize {
        let left: i64 = self.ask("SELECT count(*) FROM Jobs WHERE status NOT IN ('Done', 'Killed')");
        usize::try_from(left).unwrap()
    }

    fn unheard(ended: &Ended) -> usize {
        abandoned(ended)
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

impl Queues for Sqlite {
    fn in_hand(&self, queue: &str) -> usize {
        let mut connection = self.connect();
        let queued = "SELECT count(*) FROM Jobs WHERE status IN ('Queued', 'Running') AND job_type = ?";
        let count = sqlx::query_scalar(queued).bind(queue).fetch_one(&mut connection);
        let count: i64 = self.runtime.block_on(count).unwrap();
        usize::try_from(count).unwrap()
    }

    fn dead(&self) -> Vec<String> {
        let mut connection = self.connect();
        let reasons = sqlx::query_scalar("SELECT last_result FROM Jobs WHERE status = 'Killed'");
        self.runtime.block_on(reasons.fetch_all(&mut connection)).unwrap()
    }

    fn attempts(&self) -> u32 {
        self.ask("SELECT attempts FROM Jobs")
    }

    fn set_attempts(&self, attempts: u32) {
        let set = sqlx::query("UPDATE Jobs SET attempts = ?").bind(attempts);
        self.runtime.block_on(set.execute(&mut self.connect())).unwrap();
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
fn without_graceful_some_are_interrupted() {
    cases::without_graceful_some_are_interrupted("SQLite", Sqlite::new());
}

#[test]
fn a_worker_is_ready_while_its_broker_is_there() {
    let rename = |statement| move |sqlite: &mut Sqlite| assert_eq!(sqlite.execute(statement), 0);
    // Who only reads isn't kept by a lock.
    let (leave, come_back) = (rename("ALTER TABLE Jobs RENAME TO Away"), rename("ALTER TABLE Away RENAME TO Jobs"));
    cases::a_worker_is_ready_while_its_broker_is_there(Sqlite::new(), leave, come_back);
}
