//! How apalis 1.0 behaves where `11_worker` goes another way. When one of these fails, that way may have become needless.
#![cfg(unix)]

#[path = "../src/bin/11_worker/poll.rs"]
mod poll;

use std::future::{pending, ready};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use apalis::prelude::*;
use apalis_sqlite::{Config, SqliteStorage, queries};
use graceful_process_tests::place::Directory;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::poll::Every;

/// Long enough for what would come if it came.
const WHILE: Duration = Duration::from_millis(300);
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

async fn database(directory: &Directory, connections: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(directory.file("jobs.db")).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(connections).connect_with(options).await.unwrap();
    SqliteStorage::setup(&pool).await.unwrap();
    pool
}

fn config() -> Config {
    Config::default().queue("queue").batch_size(1)
}

async fn storage(pool: &SqlitePool, jobs: Vec<u32>) -> SqliteStorage<u32> {
    let mut storage = SqliteStorage::new(pool).with_config(config().heartbeat_interval(Duration::from_millis(50)));
    TaskSink::push_bulk(&mut storage, jobs).await.unwrap();
    storage
}

async fn count(pool: &SqlitePool, status: &str) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE status = ?");
    count.bind(status).fetch_one(pool).await.unwrap()
}

async fn until(what: &str, mut enough: impl AsyncFnMut() -> bool) {
    let reached = async {
        while !enough().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// What a worker has done so far.
#[derive(Clone, Default)]
struct Seen {
    heartbeats: Arc<AtomicUsize>,
    looks: Arc<AtomicUsize>,
}

/// Looks for jobs often, and counts how often.
struct Counted(Every, Arc<AtomicUsize>);

impl PollStrategy for Counted {
    fn poll_drive(&mut self, context: &mut Context<'_>, snapshot: &PollSnapshot) -> Poll<Option<()>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.poll_drive(context, snapshot)
    }
}

/// Starts a worker: by which it is stopped, what it does, and its end.
macro_rules! start {
    ($name:expr, $storage:expr, $job:expr) => {{
        let (context, seen) = (WorkerContext::new($name), Seen::default());
        let strategy = Counted(Every::new(Duration::from_millis(5)), seen.looks.clone());
        let heartbeats = seen.heartbeats.clone();
        let worker = WorkerBuilder::new(context.clone())
            .backend($storage.poll_with_strategy(strategy))
            .on_event(move |_, event| {
                if let Event::HeartBeat = event {
                    heartbeats.fetch_add(1, Ordering::SeqCst);
                }
            })
            .build($job);
        (context, seen, tokio::spawn(worker.run()))
    }};
}

/// So `11_worker` acknowledges each job itself, and says itself that it is alive.
#[tokio::test]
async fn a_stopped_worker_neither_acknowledges_nor_beats_while_a_job_is_in_flight() {
    let directory = Directory::create();
    let pool = database(&directory, 2).await;
    let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let end = [Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0))];
    let job = {
        let (begun, ended, end) = (begun.clone(), ended.clone(), end.clone());
        move |number: u32| {
            let (begun, ended, end) = (begun.clone(), ended.clone(), end[number as usize].clone());
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                end.acquire().await.unwrap().forget();
                ended.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    let (context, seen, worker) = start!("worker", storage(&pool, vec![0, 1]).await, job);
    until("both begun", async || begun.load(Ordering::SeqCst) == 2).await;
    until("a heartbeat", async || seen.heartbeats.load(Ordering::SeqCst) > 2).await;

    context.stop().unwrap();
    let heartbeats = seen.heartbeats.load(Ordering::SeqCst);
    end[0].add_permits(1);
    until("one has ended", async || ended.load(Ordering::SeqCst) == 1).await;
    sleep(WHILE).await;
    assert_eq!(count(&pool, "Done").await, 0);
    assert_eq!(seen.heartbeats.load(Ordering::SeqCst), heartbeats);

    end[1].add_permits(1);
    worker.await.unwrap().unwrap();
    assert_eq!(count(&pool, "Done").await, 2);
}

/// So in `11_worker` a job is over to the worker when it has begun.
#[tokio::test]
async fn a_stopped_worker_keeps_what_its_fetch_has_while_a_job_is_in_flight() {
    let directory = Directory::create();
    let pool = database(&directory, 1).await;
    let begun = Arc::new(AtomicBool::new(false));
    let end = Arc::new(Semaphore::new(0));
    let job = {
        let (begun, end) = (begun.clone(), end.clone());
        move |_: u32| {
            let (begun, end) = (begun.clone(), end.clone());
            async move {
                begun.store(true, Ordering::SeqCst);
                end.acquire().await.unwrap().forget();
            }
        }
    };
    let mut storage = SqliteStorage::new(&pool).with_config(config());
    TaskSink::push_bulk(&mut storage, vec![0]).await.unwrap();
    let (context, seen, worker) = start!("worker", storage, job);
    until("begun", async || begun.load(Ordering::SeqCst)).await;

    // The only connection: the next fetch waits for it.
    let connection = timeout(PATIENCE, pool.acquire()).await.unwrap().unwrap();
    let looks = seen.looks.load(Ordering::SeqCst);
    until("a fetch under way", async || seen.looks.load(Ordering::SeqCst) > looks + 1).await;
    context.stop().unwrap();
    drop(connection);
    assert!(timeout(WHILE, pool.acquire()).await.is_err(), "the fetch has not got it");

    end.add_permits(1);
    worker.await.unwrap().unwrap();
    timeout(PATIENCE, pool.acquire()).await.unwrap().unwrap();
}

/// So in `11_worker` they are tasks of their own, and it begins anew.
#[tokio::test]
async fn an_error_of_the_storage_drops_the_jobs_in_flight() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    let directory = Directory::create();
    let pool = database(&directory, 2).await;
    let (begun, dropped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let job = {
        let (begun, dropped) = (begun.clone(), dropped.clone());
        move |_: u32| {
            let (begun, dropped) = (begun.clone(), Dropped(dropped.clone()));
            async move {
                let _dropped = dropped;
                begun.store(true, Ordering::SeqCst);
                pending::<()>().await;
            }
        }
    };
    let (_, _, worker) = start!("worker", storage(&pool, vec![0]).await, job);
    until("begun", async || begun.load(Ordering::SeqCst)).await;
    pool.close().await;
    let error = timeout(PATIENCE, worker).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, WorkerError::BackendError(_)), "{error}");
    assert!(dropped.load(Ordering::SeqCst));
}

/// So `11_worker` reads its jobs itself.
#[tokio::test]
async fn what_cannot_be_read_ends_the_worker() {
    let directory = Directory::create();
    let pool = database(&directory, 2).await;
    let storage = storage(&pool, vec![0]).await;
    sqlx::query("UPDATE Jobs SET job = 'no number'").execute(&pool).await.unwrap();
    let (_, _, worker) = start!("worker", storage, |_: u32| ready(()));
    let error = timeout(PATIENCE, worker).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, WorkerError::BackendError(_)), "{error}");
    // And keeps it.
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE status = 'Queued' AND lock_by = 'worker'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

/// So `11_worker` has a name that no other process has, and signs off before it begins anew.
#[tokio::test]
async fn a_worker_is_refused_the_name_of_one_that_has_just_ended() {
    let directory = Directory::create();
    let pool = database(&directory, 2).await;
    for (round, refused) in [(0, false), (1, true)] {
        let storage = SqliteStorage::<u32>::new(&pool).with_config(config());
        let (context, seen, worker) = start!("worker", storage, |_: u32| ready(()));
        if refused {
            let error = timeout(PATIENCE, worker).await.unwrap().unwrap().unwrap_err();
            assert!(format!("{error:?}").contains("WORKER_ALREADY_EXISTS"), "round {round}: {error:?}");
        } else {
            until("registered", async || seen.heartbeats.load(Ordering::SeqCst) > 0).await;
            context.stop().unwrap();
            worker.await.unwrap().unwrap();
        }
    }
}

/// So `11_worker` runs the migrations alone.
#[tokio::test]
async fn its_setup_does_not_wait_for_the_disk() {
    let directory = Directory::create();
    // The pragma is the connection's.
    let pool = database(&directory, 1).await;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&pool).await.unwrap();
    assert_eq!(synchronous, 0);
}

/// So `11_worker` says itself when a job is to be tried again.
#[tokio::test]
async fn a_job_that_wants_to_be_tried_later_is_never_tried_again() {
    let directory = Directory::create();
    let pool = database(&directory, 2).await;
    let job =
        |_: u32| ready(Err::<(), BoxDynError>(RetryAfterError::new(io::Error::other("later"), Duration::ZERO).into()));
    let (context, _, worker) = start!("worker", storage(&pool, vec![0]).await, job);
    until("tried", async || {
        let tried = sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE attempts = 1 AND lock_by = 'worker'");
        tried.fetch_one(&pool).await.unwrap_or(0_i64) == 1
    })
    .await;
    context.stop().unwrap();
    worker.await.unwrap().unwrap();
    // It looks as if it were there to be taken.
    assert_eq!(count(&pool, "Pending").await, 1);
    let fetched = queries::fetch_next(&pool, &config(), &WorkerContext::new("other")).await.unwrap();
    assert!(fetched.is_empty());
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// So `11_worker` ends on `graceful::drain_started()`, and has no `Monitor`.
#[test]
fn of_two_that_wait_for_a_shutdown_one_is_woken() {
    let shutdown = Shutdown::new();
    let woken = [Arc::new(Woken::default()), Arc::new(Woken::default())];
    let (mut first, mut second) = (pin!(shutdown.clone()), pin!(shutdown.clone()));
    assert!(first.as_mut().poll(&mut Context::from_waker(&woken[0].clone().into())).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&woken[1].clone().into())).is_pending());
    shutdown.start_shutdown();
    assert_eq!(woken.map(|woken| woken.0.load(Ordering::SeqCst)), [0, 1]);
}

/// So `11_worker` has a strategy of its own.
#[tokio::test]
async fn an_interval_that_is_due_when_it_is_polled_is_not_armed_again() {
    /// Whether it wakes once more.
    async fn wakes_again(mut strategy: impl PollStrategy, patience: Duration) -> bool {
        let woken = Arc::new(Woken::default());
        let times = || woken.0.load(Ordering::SeqCst);
        let waker = woken.clone().into();
        let mut context = Context::from_waker(&waker);
        for _ in 0..2 {
            // The first arms it. At the second it is due: so it is when a look took longer than the interval.
            let _ = strategy.poll_drive(&mut context, &PollSnapshot::default());
            let before = times();
            let woken_again = async {
                while times() == before {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            if timeout(patience, woken_again).await.is_err() {
                return false;
            }
        }
        true
    }

    let period = Duration::from_millis(10);
    assert!(!wakes_again(IntervalStrategy::new(period), Duration::from_secs(1)).await);
    assert!(wakes_again(Every::new(period), PATIENCE).await);
}

/// For a worker whose jobs are no tasks of their own.
#[tokio::test]
async fn the_layer_of_graceful_counts_a_job_as_work_in_flight() {
    let mut storage = MemoryStorage::new();
    storage.push(0_u32).await.unwrap();
    let job = |_: u32, worker: WorkerContext| async move {
        assert_eq!(graceful::in_flight(), 1);
        worker.stop()
    };
    WorkerBuilder::new("worker").backend(storage).layer(graceful::tower::track()).build(job).run().await.unwrap();
    assert_eq!(graceful::in_flight(), 0);
}
