//! A health check, and one run of it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graceful_core::sort::sorted;
use graceful_core::text::duration;
use graceful_core::timeouts::DEFAULT_HEALTH_CHECK_TIMEOUT;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{ComponentHealth, Health};
use crate::arguments::{Cancellation, CheckContext};
use crate::outcome::{caught, caught_async};
use crate::registry::{BoxFuture, Call, Linked, Registry, Role};
use crate::resources::Resources;
use crate::spawn;

/// The role of a health check.
#[doc(hidden)]
pub struct HealthCheck {
    pub call: Call<CheckContext, Health>,
}

inventory::collect!(Linked<HealthCheck>);

impl Role for HealthCheck {
    const NOUN: &'static str = "health check";
    type Entry = Arc<Check>;
    /// The linked checks. Collected at the first use, since before main not all of them are registered.
    type State = Option<Vec<Arc<Check>>>;
}

impl Registry<HealthCheck> {
    /// All checks, ordered by name.
    pub(crate) fn all(&self) -> Vec<Arc<Check>> {
        let mut entries = self.entries();
        let linked = entries.state.get_or_insert_with(|| self.linked().into_iter().map(Check::linked).collect());
        let mut all = linked.clone();
        all.extend(entries.list.values().map(Arc::clone));
        drop(entries);
        sorted(all, |a, b| a.name.cmp(&b.name))
    }
}

/// The user's function. It is called once for each run.
pub(crate) enum Job {
    Async(Arc<dyn Fn(CheckContext) -> BoxFuture<Health> + Send + Sync>),
    Blocking(Arc<dyn Fn(CheckContext) -> Health + Send + Sync>),
}

/// A check, linked or registered at run time.
pub(crate) struct Check {
    pub(super) name: String,
    timeout: Duration,
    job: Job,
    /// When the current run started. A check that has outlived its timeout is not started a second time.
    running: Mutex<Option<Instant>>,
}

impl Check {
    pub(crate) fn new(name: String, timeout: Duration, job: Job) -> Self {
        Self { name, timeout, job, running: Mutex::new(None) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn linked(linked: &Linked<HealthCheck>) -> Arc<Self> {
        let job = match linked.role.call {
            Call::Async(call) => Job::Async(Arc::new(call)),
            Call::Blocking(call) => Job::Blocking(Arc::new(call)),
        };
        Arc::new(Self::new(
            (linked.description)().display_name().to_owned(),
            linked.timeout.unwrap_or(DEFAULT_HEALTH_CHECK_TIMEOUT),
            job,
        ))
    }

    /// Runs the check on `app`. The timeout is on the clock of the caller's runtime, so it works also when `app` is blocked.
    pub(super) async fn run(self: Arc<Self>, app: Handle, resources: Resources) -> ComponentHealth {
        let begin = Instant::now();
        let deadline = begin.checked_add(self.timeout).unwrap_or(begin);
        let health = match self.begin(begin) {
            Ok(running) => {
                let cancelled = CancellationToken::new();
                let context = CheckContext {
                    resources,
                    deadline: deadline.into_std(),
                    cancelled: Cancellation::Token(cancelled.clone()),
                    cause: (),
                };
                let (found, finding) = oneshot::channel();
                let task = running.start(&app, context, found);
                match timeout_at(deadline, finding).await {
                    Ok(Ok(health)) => health,
                    Ok(Err(_)) => Health::Unhealthy("the runtime that ran it is gone".to_owned()),
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

/// A run of a check. At most one exists at a time.
struct RunningCheck(Arc<Check>);

impl RunningCheck {
    fn start(self, app: &Handle, context: CheckContext, found: oneshot::Sender<Health>) -> AbortHandle {
        match &self.0.job {
            Job::Async(make) => {
                let make = Arc::clone(make);
                let task = spawn::task(app, async move {
                    let health = match caught(|| make(context)) {
                        Ok(check) => caught_async(check).await.unwrap_or_else(panicked),
                        Err(message) => panicked(message),
                    };
                    self.end();
                    let _ = found.send(health);
                });
                task.abort_handle()
            }
            Job::Blocking(check) => {
                let check = Arc::clone(check);
                let run = move || {
                    let health = caught(|| check(context)).unwrap_or_else(panicked);
                    self.end();
                    health
                };
                // If the system has no thread left, `spawn_blocking` panics, and still runs the function later. On `app`, since
                // the panic hook prints the panic and could block.
                let task = spawn::task(app, async move {
                    let health = match caught(|| spawn_blocking(run)) {
                        Ok(running) => running.await.ok(),
                        Err(message) => Some(Health::Unhealthy(format!("could not be run: {message}"))),
                    };
                    let _ = health.map(|health| found.send(health));
                });
                task.abort_handle()
            }
        }
    }

    /// Releases the check. Comes before the result is sent, so a receiver can start the next run.
    fn end(self) {}
}

impl Drop for RunningCheck {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn panicked(message: String) -> Health {
    Health::Unhealthy(format!("panicked: {message}"))
}
