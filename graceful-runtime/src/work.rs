//! The public functions that bring work, resources and handlers to the program. They work from any thread and any task.

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use graceful_core::plan::Plan;
use tokio::task::JoinHandle;

use crate::events;
use crate::in_flight::{Draining, InFlight};
use crate::program::{program, work};
use crate::registration::{HandlerBuilder, HealthCheckBuilder};
use crate::report::{FailedTask, Report};
use crate::task::Identity;
use crate::task::critical::{CriticalEnd, CriticalReturn, Watch};
use crate::trigger::Reason;

/// Counts a piece of work as in flight, until the guard is dropped. Always counted, also while draining.
///
/// For work that belongs to work which was let in before. For what comes from outside take [`try_track`].
#[inline]
pub fn track() -> InFlight {
    work().track()
}

/// Counts a piece of work as in flight, until the guard is dropped, unless the service is draining.
///
/// The check and the count are one step: what got a guard is waited for by the drain.
///
/// # Errors
///
/// [`Draining`], from the drain's start on.
#[inline]
pub fn try_track() -> Result<InFlight, Draining> {
    work().try_track()
}

/// How much is in flight: guards, tracked tasks, requests, connections. A snapshot.
#[must_use]
pub fn in_flight() -> usize {
    work().sum()
}

/// Spawns a tracked task: the drain waits for it, and aborts it at its end.
///
/// On the current runtime; outside of one, on main's; before main starts, on one that is started for it. A task that
/// teardown spawns is tracked but not waited for.
///
/// # Panics
///
/// Outside of any runtime before main starts, when the system has no thread left for one.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let tasks = &program().tasks;
    tasks.spawn(&program().runtime(), tasks.track(identity(None), future))
}

/// Runs a function on a thread for blocking work, tracked: the drain waits for it.
///
/// It can't be aborted once it runs: at the drain's end it is abandoned. On which runtime, and when it
/// panics: as [`spawn`].
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    program().tasks.spawn_blocking(&program().runtime(), identity(None), job)
}

/// Spawns a tracked task that the service can't live without: when it ends, the shutdown begins.
///
/// An error or a panic makes the exit code 1. `name` is for [`Reason::CriticalTask`] and the log. On which runtime, and
/// when it panics: as [`spawn`]. Let it watch [`drain_started`](crate::drain_started): the drain waits for it too.
#[track_caller]
pub fn spawn_critical<'a, F>(name: impl Into<Cow<'a, str>>, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: CriticalReturn + Send + 'static,
{
    let name: Arc<str> = Arc::from(name.into());
    let tasks = &program().tasks;
    let (id, tracked) = tasks.track(identity(Some(Arc::clone(&name))), future);
    let watch = Watch::new(move |end: CriticalEnd| {
        let program = program();
        if let Some(why) = end.failure() {
            program.task_failed(FailedTask::new(&name, why));
        }
        let of_the_log = Arc::clone(&name);
        // First, so that the log tells the cause before the effect. It doesn't block.
        program.output.log(move || events::critical(&of_the_log, &end));
        program.lifecycle.begin(Reason::CriticalTask(name));
    });
    // The watch is outside: when it tells, the task is not in flight any more.
    tasks.spawn(&program().runtime(), (id, watch.over(tracked)))
}

#[track_caller]
fn identity(name: Option<Arc<str>>) -> Identity {
    Identity { name, location: Location::caller() }
}

/// Provides a value to the shutdown handlers, which take a clone of it as [`Resource<T>`](crate::Resource).
///
/// One value of each type: a later one replaces an earlier one. It is kept until the process ends.
pub fn provide<T: Clone + Send + 'static>(value: T) {
    program().resources.provide(value);
}

/// Describes a shutdown handler that is registered at run time, for what the attribute can't serve: closures, plugins,
/// a staticlib.
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::handler("cache")
///     .priority(20)
///     .timeout(Duration::from_secs(5))
///     .register(|| async { println!("flushed") })?;
/// # Ok(())
/// # }
/// # mod graceful { pub use graceful_runtime::*; }
/// ```
#[track_caller]
pub fn handler<'a>(name: impl Into<Cow<'a, str>>) -> HandlerBuilder {
    HandlerBuilder::new(&program().handlers, name.into())
}

/// Describes a health check that is registered at run time, for what the attribute can't serve: closures, plugins,
/// components that come and go.
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), graceful::Error> {
/// # let upstreams = ["one", "two"];
/// # async fn ping(_: &str) -> bool { true }
/// for upstream in upstreams {
///     graceful::health_check(upstream).timeout(Duration::from_secs(1)).register(move || ping(upstream))?;
/// }
/// # Ok(())
/// # }
/// # mod graceful { pub use graceful_runtime::*; }
/// ```
pub fn health_check<'a>(name: impl Into<Cow<'a, str>>) -> HealthCheckBuilder {
    let program = program();
    HealthCheckBuilder::new(&program.checks, &program.rounds, name.into())
}

/// What will happen at shutdown: of the linked handlers, and those registered by now.
#[must_use]
pub fn plan() -> Plan {
    program().plan()
}

/// Has `observer` told what happened, at the very end of the shutdown: to count it, or to send it somewhere.
///
/// It runs on a thread of the crate's, after the last handler, and may take what is left of the grace period. It is not
/// called when the deadline or a last Ctrl-C forces the exit.
pub fn on_report(observer: impl FnOnce(&Report) + Send + 'static) {
    program().observe(Box::new(observer));
}
