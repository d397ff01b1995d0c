//! Jobs in Redis.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use apalis::prelude::TaskSink;
use apalis_redis::{Config, RedisStorage};
use graceful_process_tests::installed::find;
use graceful_process_tests::place::{Directory, free_address};
use graceful_process_tests::{Ended, Program, Running, Signal};
use graceful_workers::{BULK, Job, URGENT};
use redis::{Client, Connection, RedisResult, cmd};
use tokio::runtime;

use crate::broker::{Broker, abandoned};
use crate::cases;
use crate::queues::Queues;

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) struct Redis {
    program: PathBuf,
    address: SocketAddr,
    away: Away,
    server: Option<Running>,
    directory: Directory,
}

/// How it goes away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    /// It is killed, and started again: with what stands in its file.
    Killed,
    /// It is there and takes what is sent, but nothing comes back.
    Stopped,
}

impl Redis {
    /// `None` when it is not installed.
    pub(crate) fn start(away: Away) -> Option<Self> {
        let program = find("redis-server")?;
        let mut redis = Self { program, address: free_address(), away, server: None, directory: Directory::create() };
        redis.start_server();
        Some(redis)
    }

    fn start_server(&mut self) {
        let server = Program::new(self.program.to_str().expect("a path in UTF-8"))
            .arg("--bind")
            .arg(&self.address.ip().to_string())
            .arg("--port")
            .arg(&self.address.port().to_string())
            .arg("--dir")
            .arg(&self.directory.file("."))
            .arg("--appendonly")
            .arg("yes")
            // Each answer is behind its write, so a kill takes nothing back. By default a write may wait until the disk is
            // done with those before.
            .arg("--appendfsync")
            .arg("no")
            .start();
        self.server = Some(server);
        self.connect();
    }

    fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// In both queues.
    fn count(&self, command: &str, what: &str) -> usize {
        let mut connection = self.connect();
        let count = |queue| -> usize { cmd(command).arg(format!("{queue}:{what}")).query(&mut connection).unwrap() };
        [URGENT, BULK].map(count).iter().sum()
    }

    fn signal(&mut self, signal: Signal) {
        self.server.as_mut().expect("it runs").signal(signal);
    }

    fn try_connect(&self) -> RedisResult<Connection> {
        let mut connection = Client::open(self.url())?.get_connection()?;
        cmd("PING").exec(&mut connection)?;
        Ok(connection)
    }

    /// It may still be starting.
    fn connect(&self) -> Connection {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.try_connect() {
                Ok(connection) => return connection,
                Err(error) => assert!(Instant::now() < end, "no Redis: {error}"),
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Broker for Redis {
    const MISSED: &str = "has ended, and begins anew";
    const UNHEARD: &str = "cannot say what came of a job";

    fn worker(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_11_worker")).arg("--redis").arg(&self.url())
    }

    fn plain_worker(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_11_worker_plain")).arg("--redis").arg(&self.url())
    }

    fn send(&self, job: Job) {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let connection = apalis_redis::connect(self.url()).await.unwrap();
            let queue = Config::default().queue(job.queue());
            RedisStorage::new(connection).with_config(queue).push(job).await.unwrap();
        });
    }

    fn left(&self) -> usize {
        self.count("HLEN", "data") - self.count("SCARD", "done") - self.count("SCARD", "dead")
    }

    fn unheard(ended: &Ended) -> usize {
        abandoned(ended)
    }

    fn leave(&mut self) {
        match self.away {
            // It is killed when it is dropped, and waited for.
            Away::Killed => self.server = None,
            Away::Stopped => self.signal(Signal::SIGSTOP),
        }
    }

    fn come_back(&mut self) {
        match self.away {
            Away::Killed => self.start_server(),
            Away::Stopped => self.signal(Signal::SIGCONT),
        }
    }
}

impl Queues for Redis {
    fn in_hand(&self, queue: &str) -> usize {
        let mut connection = self.connect();
        let workers = keys(&mut connection, format!("{queue}:inflight:*"));
        workers.iter().map(|worker| -> usize { cmd("SCARD").arg(worker).query(&mut connection).unwrap() }).sum()
    }

    fn dead(&self) -> Vec<String> {
        let mut connection = self.connect();
        let jobs: Vec<String> = cmd("SUNION").arg(&["urgent:dead", "bulk:dead"]).query(&mut connection).unwrap();
        let mut reason = |job: &String| {
            let job = keys(&mut connection, format!("*:meta:{job}"));
            cmd("HGET").arg(job).arg("result").query(&mut connection).unwrap()
        };
        jobs.iter().map(&mut reason).collect()
    }

    fn attempts(&self) -> u32 {
        let mut connection = self.connect();
        let job = keys(&mut connection, "*:meta:*".to_owned());
        cmd("HGET").arg(job).arg("attempts").query(&mut connection).unwrap()
    }

    fn set_attempts(&self, attempts: u32) {
        let mut connection = self.connect();
        let job = keys(&mut connection, "*:meta:*".to_owned());
        cmd("HSET").arg(job).arg("attempts").arg(attempts).exec(&mut connection).unwrap();
    }
}

fn keys(connection: &mut Connection, pattern: String) -> Vec<String> {
    cmd("KEYS").arg(pattern).query(connection).unwrap()
}

#[test]
fn with_enough_time_each_job_is_done_once() {
    let Some(redis) = Redis::start(Away::Killed) else { return };
    cases::with_enough_time_each_job_is_done_once("Redis", redis);
}

#[test]
fn with_too_little_time_none_is_lost() {
    let Some(redis) = Redis::start(Away::Killed) else { return };
    cases::with_too_little_time_none_is_lost("Redis", redis);
}

#[test]
fn killed_at_any_moment_none_is_lost() {
    let Some(redis) = Redis::start(Away::Killed) else { return };
    cases::killed_at_any_moment_none_is_lost("Redis", redis, 2);
}

#[test]
fn without_graceful_some_are_interrupted() {
    let Some(redis) = Redis::start(Away::Killed) else { return };
    cases::without_graceful_some_are_interrupted("Redis", redis);
}

#[test]
fn a_worker_is_ready_while_its_broker_is_there() {
    let Some(redis) = Redis::start(Away::Stopped) else { return };
    cases::a_worker_is_ready_while_its_broker_is_there(redis, Redis::leave, Redis::come_back);
}

#[test]
fn a_worker_takes_with_it_what_is_kept_of_it() {
    let Some(redis) = Redis::start(Away::Killed) else { return };
    let mut worker = redis.worker().env("GRACEFUL_PROBES", "off").start();
    let kept = || keys(&mut redis.connect(), "*:workers*".to_owned()).len();
    let end = Instant::now() + PATIENCE;
    // For each queue one, and the list.
    while kept() != 4 {
        assert!(Instant::now() < end, "never registered");
        thread::sleep(PAUSE);
    }
    worker.signal(Signal::SIGTERM);
    worker.end().exits_with(0);
    assert_eq!(kept(), 0);
}
