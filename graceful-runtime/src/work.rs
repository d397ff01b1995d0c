//! The public functions that add work, resources and handlers to the program. They can be called on any thread and in any task.

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use graceful_core::plan::Plan;
use tokio::task::JoinHandle;

use crate::handler::Owner;
use crate::in_flight::{DrainingError, InFlight};
use crate::program::{program, work};
use crate::registration::{HandlerBuilder, HealthCheckBuilder};
use crate::report::Report;
use crate::resources::{IsClone, IsSend};
use crate::task::critical::CriticalReturn;
use crate::task::{Identity, TaskBuilder};

/// Counts a piece of work as in flight until the guard is dropped, also during the drain.
///
/// Use it for work that belongs to other work in flight, and [`try_track`] for work that arrives from outside.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # fn write_to_disk() {}
/// let guard = graceful::track();
/// # let thread =
/// std::thread::spawn(move || {
///     write_to_disk();
///     drop(guard);
/// });
/// # thread.join().unwrap();
/// # assert_eq!(graceful::in_flight(), 0);
/// ```
#[inline]
pub fn track() -> InFlight {
    work().track()
}

/// Counts a piece of work as in flight until the guard is dropped, unless the service is draining.
///
/// The check and the count are one atomic step, so the drain waits for all work that has a guard.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::DrainingError;
///
/// fn accept(order: u32) -> Result<(), DrainingError> {
///     let _guard = graceful::try_track()?;
///     println!("working on order {order}");
///     Ok(())
/// }
/// # assert!(accept(1).is_ok());
/// # graceful::request_shutdown();
/// # assert!(accept(2).is_err());
/// ```
///
/// # Errors
///
/// [`DrainingError`] after the drain has begun.
#[inline]
#[must_use = "the guard is dropped at once; bind it to a name: `let _in_flight = graceful::try_track()?`, not `let _ = ..`"]
pub fn try_track() -> Result<InFlight, DrainingError> {
    work().try_track()
}

/// Returns how much is in flight at this moment: guards, tracked tasks, requests and connections.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// let guard = graceful::track();
/// assert_eq!(graceful::in_flight(), 1);
/// drop(guard);
/// assert_eq!(graceful::in_flight(), 0);
/// ```
#[must_use]
pub fn in_flight() -> usize {
    program().lifecycle.participation.begin();
    work().sum()
}

/// Spawns a tracked task. The drain waits for it, and aborts it when the drain's time is up.
///
/// The task runs on the current runtime, or outside of any runtime on main's. Before main starts, a runtime is started for it.
/// A task that is spawned during teardown is not waited for.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn send_mail(_: &str) {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// graceful::spawn(send_mail("welcome"));
/// assert_eq!(graceful::in_flight(), 1);
/// # }
/// ```
///
/// # Panics
///
/// If it is called outside of any runtime before main starts, and the system has no thread left.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let tasks = &program().tasks;
    tasks.spawn(&program().runtime(), tasks.track(identity(None), future))
}

/// Runs a function on a thread for blocking work, as a tracked task. The drain waits for it.
///
/// A function that runs cannot be aborted, so it is abandoned when the drain's time is up. The runtime and the panics are those
/// of [`spawn`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # fn resize(_: &str) -> usize { 3 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bytes = graceful::spawn_blocking(|| resize("cat.png")).await?;
/// # assert_eq!(bytes, 3);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    program().tasks.spawn_blocking(&program().runtime(), identity(None), job)
}

/// Spawns a tracked task that the service cannot work without. When it ends, the shutdown begins.
///
/// An error or a panic makes the exit code 1. `name` appears in [`Reason::CriticalTask`](crate::Reason::CriticalTask) and in the
/// log. The task should await [`drain_started`](crate::drain_started), since the drain waits for it. The runtime and the panics
/// are those of [`spawn`].
///
/// [`task`](task()) spawns one that is restarted first, or whose end with `Ok` is fine.
///
/// The report has the error, as a [`Failure`](crate::Failure) in [`FailedTask::outcome`](crate::FailedTask::outcome). The handle
/// returns the same failure.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn consume() -> std::io::Result<()> { Err(std::io::ErrorKind::ConnectionReset.into()) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// graceful::spawn_critical("consumer", async { consume().await });
///
/// let reason = graceful::shutdown_requested().await;
/// assert_eq!(reason.to_string(), "the critical task `consumer` ended");
/// # }
/// ```
#[track_caller]
pub fn spawn_critical<'a, F>(
    name: impl Into<Cow<'a, str>>,
    future: F,
) -> JoinHandle<<F::Output as CriticalReturn>::Output>
where
    F: Future + Send + 'static,
    F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
{
    task(name).critical().spawn_once(future)
}

/// Returns a builder that spawns a supervised task: one that is restarted after an error or a panic, or that the service cannot
/// work without.
///
/// The task is tracked as those of [`spawn`] are, from its first attempt to its final end: the drain waits for it, and aborts it
/// when the drain's time is up. So it should await [`drain_started`](crate::drain_started). `name` appears in the log, the
/// report, the health and the metrics.
///
/// - [`restart`](TaskBuilder::restart) lets it run again after an error or a panic, after a pause that grows. An `Ok` is its end.
///   After the drain has begun nothing is restarted, and a pause ends at once. In the lame duck restarts continue.
/// - [`critical`](TaskBuilder::critical) begins the shutdown at its final end, whatever that is.
///   [`on_error`](TaskBuilder::on_error) begins it only after an error or a panic. Either makes the exit code 1 if the task has
///   failed. Without both the program continues after a failure that is final, and the exit code is not changed.
/// - After its first failure the task is a component of [`health`](crate::health): degraded in a pause, healthy while it runs, and
///   degraded after a failure that is final, until a task of its name is spawned. The service stays ready.
/// - Each failure is one line in the log. [`Report::supervised_tasks`](crate::Report::supervised_tasks) has the number of attempts
///   and the last failure.
///
/// `graceful::task(name).critical().spawn(..)` is [`spawn_critical`] with a closure.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::Backoff;
///
/// async fn consume() -> std::io::Result<()> {
///     // Connects, and returns an error if the connection is lost.
/// #   Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let backoff = Backoff::exponential(Duration::from_millis(100)..Duration::from_secs(30));
/// graceful::task("consumer")
///     .restart(backoff.at_most(5, Duration::from_secs(60)))
///     .critical()
///     .spawn(consume);
/// # assert_eq!(graceful::shutdown_requested().await.to_string(), "the critical task `consumer` ended");
/// # }
/// ```
pub fn task<'a>(name: impl Into<Cow<'a, str>>) -> TaskBuilder {
    TaskBuilder::new(program(), Arc::from(name.into()))
}

#[track_caller]
fn identity(name: Option<Arc<str>>) -> Identity {
    Identity { name, location: Location::caller(), scope: None }
}

/// Provides a value to shutdown handlers and health checks, which take a clone of it as
/// [`Resource<T>`](crate::Resource). `T` is any type that is `Clone + Send + 'static`.
///
/// The program keeps the value until the process ends. If several values of a type are provided, `Resource<T>` is the last
/// one, and [`All<T>`](crate::All) has all of them. If no handler and no health check takes them all, a warning with the places is
/// in the log, the plan and the report. Two pools of one type should be two types: `struct Primary(Pool)` and
/// `struct Replica(Pool)`.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Resource;
///
/// #[derive(Clone)]
/// struct Database;
///
/// graceful::provide(Database);
///
/// # /*
/// #[graceful::on_shutdown]
/// # */
/// async fn close(Resource(database): Resource<Database>) {
///     // …
/// # let _ = database;
/// }
/// ```
#[track_caller]
pub fn provide<T: IsClone + IsSend + 'static>(value: T) {
    let program = program();
    program.resources.provide(value);
    program.log_repeated();
}

/// Keeps a value until the flush, the last step of the shutdown, and drops it there.
///
/// The guards of tracing-appender and of sentry, and most OpenTelemetry set-ups, end their output when they are dropped.
/// Main's locals are dropped before teardown, so a guard in main loses what teardown logs.
///
/// Values are dropped after the report was logged and the handlers of [`HandlerPhase::Flush`](crate::HandlerPhase::Flush) have
/// ended: the last one first, on a thread that may block and that has entered the application's runtime. A panic of a
/// destructor is caught. A tenth of the grace period, at most 1 s, is reserved for all of them together, and they may use
/// what is left of the grace period. After a forced exit they have at most 100 ms. A destructor that takes longer is
/// abandoned, and changes neither the report nor the exit code.
///
/// A value that is kept after the flush has begun is dropped at once. In a program that graceful does not run, kept values are
/// never dropped.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # struct Guard;
/// # fn start_log() -> Guard { Guard }
/// graceful::keep(start_log());
/// ```
pub fn keep<T: Send + 'static>(value: T) {
    program().kept.add(Box::new(value));
}

/// Returns a builder that registers a shutdown handler at run time, for closures, plugins and static libraries.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::handler("cache")
///     .priority(20)
///     .timeout(Duration::from_secs(5))
///     .register(|| async { println!("flushed") })?;
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn handler<'a>(name: impl Into<Cow<'a, str>>) -> HandlerBuilder {
    HandlerBuilder::new(Owner::Program(&program().handlers), &name.into())
}

/// Returns a builder that registers a health check at run time, for closures, plugins and components that come and go.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
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
/// ```
pub fn health_check<'a>(name: impl Into<Cow<'a, str>>) -> HealthCheckBuilder {
    let program = program();
    HealthCheckBuilder::new(&program.checks, &program.rounds, name.into())
}

/// Returns the plan of the shutdown: all linked handlers, and those that are registered at this moment.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// let plan = graceful::plan();
/// println!("{plan}");
/// assert!(plan.fits().is_ok());
/// ```
#[must_use]
pub fn plan() -> Plan {
    program().plan()
}

/// Calls `observer` with the report at the end of the shutdown, for example to send it somewhere.
///
/// The observer runs on one of the crate's threads, after the last handler of the teardown. It may use three quarters of the
/// time that is left until the deadline, without the time of the flush. It is not called if the deadline or Ctrl-C forces
/// the exit.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::on_report(|report| {
///     for handler in report.handlers().iter().filter(|handler| !handler.outcome().is_clean()) {
///         eprintln!("{}: {}", handler.name(), handler.outcome());
///     }
/// });
/// ```
pub fn on_report(observer: impl FnOnce(&Report) + Send + 'static) {
    program().observe(Box::new(observer));
}
