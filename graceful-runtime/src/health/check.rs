//! One health check, and one run of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graceful_core::record::display_name;
use graceful_core::text::duration;
use graceful_core::timeouts::DEFAULT_HEALTH_CHECK_TIMEOUT;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{CheckContext, ComponentHealth, Health};
use crate::argument::Resources;
use crate::unwind::{caught, caught_async};

#[doc(hidden)]
pub type CheckFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

/// How a check is called.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum CheckCall {
    /// Makes a future, to be run as a task.
    Async(fn(CheckContext) -> CheckFuture),
    /// Blocks a thread.
    Blocking(fn(CheckContext) -> Health),
}

/// A check as an expansion registers it, for the linker to bring here.
#[doc(hidden)]
#[derive(Debug)]
pub struct LinkedCheck {
    /// The attribute's `name`.
    pub name: Option<&'static str>,
    pub function: &'static str,
    /// `module_path!()`, with the crate.
    pub module: &'static str,
    pub file: &'static str,
    pub line: u32,
    /// `None`: 5 s.
    pub timeout: Option<Duration>,
    pub call: CheckCall,
    /// The line in section `graceful_meta`: referenced here, so that it is linked exactly when the check is.
    pub meta: &'static [u8],
}

inventory::collect!(LinkedCheck);

/// What there is to run, as often as it takes.
pub(super) enum Job {
    Async(Arc<dyn Fn(CheckContext) -> CheckFuture + Send + Sync>),
    Blocking(Arc<dyn Fn(CheckContext) -> Health + Send + Sync>),
}

/// A check, wherever it came from.
pub(crate) struct Check {
    pub(super) name: String,
    timeout: Duration,
    job: Job,
    /// Since when it runs. One that has outlived its timeout is not begun a second time.
    running: Mutex<Option<Instant>>,
}

impl Check {
    pub(super) fn new(name: String, timeout: Duration, job: Job) -> Self {
        Self { name, timeout, job, running: Mutex::new(None) }
    }

    pub(super) fn linked(linked: &LinkedCheck) -> Self {
        let job = match linked.call {
            CheckCall::Async(call) => Job::Async(Arc::new(call)),
            CheckCall::Blocking(call) => Job::Blocking(Arc::new(call)),
        };
        let name = display_name(linked.name, linked.module, linked.function);
        Self::new(name, linked.timeout.unwrap_or(DEFAULT_HEALTH_CHECK_TIMEOUT), job)
    }

    /// Runs it on `app`. Takes no longer than its timeout by the clock of the caller's runtime, also when `app` is
    /// blocked.
    pub(super) async fn run(self: Arc<Self>, app: Handle, resources: Resources) -> ComponentHealth {
        let begin = Instant::now();
        let deadline = begin.checked_add(self.timeout).unwrap_or(begin);
        let health = match self.begin(begin) {
            Ok(running) => {
                let cancelled = CancellationToken::new();
                let context = CheckContext { resources, deadline: deadline.into_std(), cancelled: cancelled.clone() };
                let (found, mut finding) = mpsc::channel(1);
                let task = running.start(&app, context, found);
                match timeout_at(deadline, finding.recv()).await {
                    Ok(Some(health)) => health,
                    Ok(None) => Health::Unhealthy("the runtime that ran it is gone".to_owned()),
                    Err(_) => {
                        cancelled.cancel();
                        task.abort();
                        Health::Unhealthy(format!("timed out after {}", duration(self.timeout)))
                    }
                }
            }
            Err(since) => {
                let running = duration(begin.saturating_duration_since(since));
                Health::Unhealthy(format!(
                    "timed out after {}, and has been running for {running}",
                    duration(self.timeout)
                ))
            }
        };
        ComponentHealth::new(&self.name, health, begin.elapsed())
    }

    fn begin(self: &Arc<Self>, now: Instant) -> Result<RunningCheck, Instant> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match *running {
            Some(since) => Err(since),
            None => {
                *running = Some(now);
                Ok(RunningCheck(Arc::clone(self)))
            }
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// The one run of a check that there can be at a time.
struct RunningCheck(Arc<Check>);

impl RunningCheck {
    fn start(self, app: &Handle, context: CheckContext, found: mpsc::Sender<Health>) -> AbortHandle {
        match &self.0.job {
            Job::Async(make) => {
                let make = Arc::clone(make);
                let task = app.spawn(async move {
                    let health = match caught(|| make(context)) {
                        Ok(check) => caught_async(check).await.unwrap_or_else(panicked),
                        Err(message) => panicked(message),
                    };
                    self.end(health, found);
                });
                task.abort_handle()
            }
            Job::Blocking(check) => {
                let check = Arc::clone(check);
                let refused = found.clone();
                let run = move || {
                    let health = caught(|| check(context)).unwrap_or_else(panicked);
                    self.end(health, found);
                };
                // Where the system has no thread left, `spawn_blocking` panics, and keeps it for later. From there, since the
                // panic is printed.
                let begin = async move {
                    if let Err(message) = caught(|| drop(spawn_blocking(run))) {
                        let _ = refused.try_send(Health::Unhealthy(format!("could not be run: {message}")));
                    }
                };
                app.spawn(begin).abort_handle()
            }
        }
    }

    /// When it is told, the check can be begun again.
    fn end(self, health: Health, found: mpsc::Sender<Health>) {
        drop(self);
        let _ = found.try_send(health);
    }
}

impl Drop for RunningCheck {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn panicked(message: String) -> Health {
    Health::Unhealthy(format!("panicked: {message}"))
}
