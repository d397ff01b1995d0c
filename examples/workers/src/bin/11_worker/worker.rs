//! The workers of the two queues.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, process};

use apalis::prelude::{Attempt, BackendExt, Data, ParallelizeExt, TaskId, WorkerBuilder, WorkerError};
use graceful_workers::{BULK, Ledger, Options, URGENT};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tower::limit::GlobalConcurrencyLimitLayer;

use crate::active::Active;
use crate::broker::{BoxError, Broker, Claim};
use crate::held::Held;
use crate::insist::{AWAY, insist};
use crate::limits::Limits;
use crate::payload::{AsItIs, Payload};
use crate::poll::Every;
use crate::retry;
use crate::work::{Verdict, perform};

/// How many jobs of each queue are in hand at once. An urgent one never waits for a bulk one: it has slots of its own.
const SLOTS: [(&str, u32); 2] = [(URGENT, 2), (BULK, 4)];
/// An idle worker looks so often.
const LOOK: Duration = Duration::from_millis(100);

/// Both of them.
#[derive(Clone)]
pub(crate) struct Workers(Arc<[Arc<Worker>]>);

/// The worker of a queue.
struct Worker {
    queue: &'static str,
    /// Of this process alone: what a killed one of the same name had would else be taken for this one's.
    name: String,
    broker: Broker,
    slots: Arc<Semaphore>,
    size: u32,
    shared: Shared,
}

/// What they have in common.
#[derive(Clone)]
struct Shared {
    active: Active,
    ledger: Option<Arc<Ledger>>,
    limits: Limits,
    done: Arc<AtomicU32>,
    /// After so many it retires.
    enough: Option<NonZeroU32>,
}

impl Workers {
    pub(crate) fn new(broker: &Broker, options: &Options) -> Result<Self, BoxError> {
        let ledger = options.ledger.as_ref().map(Ledger::open).transpose()?;
        let shared = Shared {
            active: Active::default(),
            ledger: ledger.map(Arc::new),
            limits: Limits { soft: options.soft_limit, hard: options.hard_limit },
            done: Arc::default(),
            enough: options.retire_after,
        };
        let process = process_name()?;
        let workers = SLOTS.map(|(queue, size)| {
            let slots = Arc::new(Semaphore::new(size as usize));
            let (name, broker, shared) = (format!("{queue}-{process}"), broker.clone(), shared.clone());
            Arc::new(Worker { queue, name, broker, slots, size, shared })
        });
        Ok(Self(workers.into()))
    }

    pub(crate) fn active(&self) -> &Active {
        &self.0[0].shared.active
    }

    /// Takes jobs from both queues, until the drain begins and those that are in hand are done.
    pub(crate) async fn consume(&self) {
        futures_util::future::join_all(self.0.iter().map(Worker::consume)).await;
    }

    /// Says that they are alive, also while a drain goes on: apalis doesn't.
    pub(crate) async fn keep_alive(&self) {
        for worker in self.0.iter() {
            // When it fails, those who need the broker notice too, and one of them says so.
            let _ = worker.broker.keep_alive(worker.queue, &worker.name).await;
        }
    }

    /// Gives back what is left in their names, of which nobody in this process knows any more: how many jobs that are.
    pub(crate) async fn sign_off(&self) -> Result<u64, BoxError> {
        let mut jobs = 0;
        for worker in self.0.iter() {
            jobs += worker.broker.sign_off(worker.queue, &worker.name).await?;
        }
        Ok(jobs)
    }
}

/// As nobody else is called, on any host at any time.
fn process_name() -> Result<String, BoxError> {
    let host = env::var("HOSTNAME").unwrap_or_else(|_| "localhost".to_owned());
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros();
    Ok(format!("{host}-{}-{started:x}", process::id()))
}

/// One worker of apalis, over whichever backend: they have no type in common.
macro_rules! run {
    ($worker:expr, $storage:expr) => {
        WorkerBuilder::new($worker.name.as_str())
            .backend($storage.with_codec(AsItIs).poll_with_strategy(Every::new(LOOK)))
            .data($worker.clone())
            .parallelize(spawn)
            // Behind `parallelize`, so that the job has its slot, and not the worker.
            .layer(GlobalConcurrencyLimitLayer::with_semaphore($worker.slots.clone()))
            .build(handle)
            .run_until(async {
                graceful::drain_started().await;
                Ok::<_, WorkerError>(())
            })
            .await
    };
}

impl Worker {
    /// With a broker that is away, it begins anew when that is back.
    async fn consume(self: &Arc<Self>) {
        while let Err(error) = self.run().await {
            tracing::warn!("worker `{}` has ended, and begins anew: {error}", self.name);
            if graceful::until_drain(self.recover()).await.is_none() {
                return;
            }
        }
    }

    async fn run(self: &Arc<Self>) -> Result<(), WorkerError> {
        match &self.broker {
            Broker::Sqlite(sqlite) => run!(self, sqlite.storage(self.queue)),
            Broker::Redis(redis) => run!(self, redis.storage(self.queue)),
        }
    }

    /// When nobody in this process has a job of this worker any more, the broker is told so.
    async fn recover(&self) {
        sleep(retry::with_jitter(AWAY.0)).await;
        let _all = self.slots.acquire_many(self.size).await;
        insist("sign off", || self.broker.sign_off(self.queue, &self.name)).await;
    }
}

/// Makes each job a task of its own, in flight until the broker knows what came of it. It doesn't end with the worker,
/// which ends when the broker is away.
///
/// To the worker a job is over with that. It doesn't touch its storage any more when it is told to stop and waits for one:
/// a transaction that it has begun there would stay open, and with SQLite nobody else could write.
fn spawn<F>(job: F) -> Ready<Result<Result<(), BoxError>, Infallible>>
where
    F: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    graceful::spawn(async {
        if let Err(error) = job.await {
            tracing::warn!("a job could not be begun: {error}");
        }
    });
    ready(Ok(Ok(())))
}

async fn handle(payload: Payload, id: TaskId, attempt: Attempt, worker: Data<Arc<Worker>>) {
    let Shared { active, ledger, limits, done, enough } = &worker.shared;
    let claim =
        Claim { id: id.to_string(), queue: worker.queue, worker: worker.name.clone(), attempt: attempt.current() };
    let job = payload.job();
    let _active = job.as_ref().ok().map(|job| active.enter(job.number));
    let held = Held::new(job.as_ref().map_or_else(|_| claim.id.clone(), |job| job.number.to_string()));
    let verdict = match &job {
        Ok(job) => perform(job, claim.attempt, *limits, ledger.as_deref()).await,
        // In a rollout a newer worker may be able to.
        Err(error) => Verdict::failed(claim.attempt, format!("cannot be read: {error}")),
    };
    held.settle(&worker.broker, &claim, &verdict).await;
    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
    if enough.is_some_and(|enough| enough.get() == done) {
        println!("enough jobs done: retiring");
        graceful::request_shutdown();
    }
}
