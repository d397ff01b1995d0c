//! The public functions that observe and trigger the lifecycle. They can be called on any thread and in any task.

use std::future::Future;
use std::time::{Duration, Instant};

use graceful_core::Phase;
use tokio_util::sync::CancellationToken;

use crate::health::HealthReport;
use crate::program::{Program, program};
use crate::readiness::Parts;
use crate::trigger::Reason;

/// The program, whose shutdown somebody observes: it takes part.
#[inline]
fn observed() -> &'static Program {
    let program = program();
    program.lifecycle.participation.begin();
    program
}

/// Returns the phase of the service: [`Phase::Running`] until the shutdown begins.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Phase;
///
/// # fn start_batch() {}
/// if graceful::phase() < Phase::Draining {
///     start_batch();
/// }
/// # assert_eq!(graceful::phase(), Phase::Running);
/// ```
#[must_use]
pub fn phase() -> Phase {
    observed().lifecycle.phase()
}

/// Returns whether the shutdown has begun: `true` in each phase after [`Phase::Running`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # fn compress_next_file() { graceful::request_shutdown() }
/// while !graceful::is_shutting_down() {
///     compress_next_file();
/// }
/// ```
#[must_use]
pub fn is_shutting_down() -> bool {
    observed().lifecycle.is_shutting_down()
}

/// Resolves at the trigger, or at once after it. Returns what started the shutdown.
///
/// Listeners, consumers and loops should await [`drain_started`] instead, so that they continue during the lame duck.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # graceful::request_shutdown();
/// let reason = graceful::shutdown_requested().await;
/// println!("shutting down: {reason}");
/// # }
/// ```
///
/// # Cancel safety
///
/// Cancel safe: a later call resolves as well.
pub fn shutdown_requested() -> impl Future<Output = Reason> + Send + 'static {
    let program = observed();
    async move {
        program.lifecycle.participation.awaits();
        program.lifecycle.requested().await.trigger.reason.clone()
    }
}

/// Resolves when the drain begins, or at once after that: listeners, consumers and streams stop taking new work.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn work_on(_: u32) { graceful::request_shutdown() }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let (sender, mut jobs) = tokio::sync::mpsc::channel(1);
/// # sender.send(1).await.unwrap();
/// loop {
///     tokio::select! {
///         () = graceful::drain_started() => break,
///         Some(job) = jobs.recv() => work_on(job).await,
///     }
/// }
/// # }
/// ```
///
/// # Cancel safety
///
/// Cancel safe: a later call resolves as well.
pub fn drain_started() -> impl Future<Output = ()> + Send + 'static {
    let program = observed();
    async move {
        program.lifecycle.participation.awaits();
        program.lifecycle.draining_token().cancelled().await;
    }
}

/// Returns a token that is cancelled when the drain begins, for code that takes a [`CancellationToken`].
///
/// It is a child token: cancelling it does not affect the service.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn serve(stop: graceful::CancellationToken) { stop.cancelled().await }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # graceful::request_shutdown();
/// serve(graceful::drain_token()).await;
/// # }
/// ```
#[must_use]
pub fn drain_token() -> CancellationToken {
    let program = program();
    program.lifecycle.participation.has_token();
    program.lifecycle.draining_token().child_token()
}

/// Returns the latest moment at which the drain ends. `None` before it begins.
///
/// Work that is in flight at that moment is abandoned. So a long piece of work asks between its steps whether the next
/// one still fits. The drain can end sooner: when nothing is in flight, and when a further Ctrl-C cuts it short.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::{Duration, Instant};
///
/// /// Whether there is time for one more step, of at most 2 s.
/// fn has_time() -> bool {
///     graceful::drain_deadline().is_none_or(|end| end > Instant::now() + Duration::from_secs(2))
/// }
/// # assert!(has_time());
/// # graceful::request_shutdown();
/// # assert!(has_time());
/// ```
#[must_use]
pub fn drain_deadline() -> Option<Instant> {
    observed().drain_deadline()
}

/// Resolves `ahead` before the drain ends: the last moment to give back work that cannot be finished.
///
/// `graceful::drain_ends_in` is the same function.
///
/// Work that is in flight when the drain ends is dropped, and its broker is not notified. A worker that returns its job
/// before that lets the broker hand it to another worker at once. The future resolves at once if less than `ahead` is
/// left, and when a further Ctrl-C cuts the drain short. In a program that graceful does not run it waits for
/// [`run_handlers`](crate::run_handlers).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// # async fn run(_: u32) {}
/// # async fn acknowledge(_: u32) {}
/// # async fn give_back(_: u32) {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let job = 1;
/// tokio::select! {
///     () = run(job) => acknowledge(job).await,
///     () = graceful::before_drain_ends(Duration::from_secs(1)) => give_back(job).await,
/// }
/// # }
/// ```
///
/// # Cancel safety
///
/// Cancel safe: a later call resolves at the same moment.
///
/// # Panics
///
/// If it is polled after the drain has begun, outside of a tokio runtime with its time enabled. The runtimes of
/// `#[graceful::main]` and [`Config::run`](crate::Config::run) have it enabled.
pub fn before_drain_ends(ahead: Duration) -> impl Future<Output = ()> + Send + 'static {
    let program = observed();
    async move {
        program.lifecycle.participation.awaits();
        program.drain_ends_in(ahead).await;
    }
}

/// Blocks this thread until the shutdown begins, for a plain `fn main` or your own thread. Returns what started it.
///
/// `graceful::wait_for_shutdown` is the same function. It does not wait for the end of the shutdown.
///
/// Async code awaits [`shutdown_requested`] instead. In a program that graceful does not run, this returns only after a
/// call of [`request_shutdown`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// let metrics = std::thread::spawn(|| {
///     let reason = graceful::wait_for_trigger();
///     println!("metrics stop: {reason}");
/// });
/// # graceful::request_shutdown();
/// # metrics.join().unwrap();
/// ```
pub fn wait_for_trigger() -> Reason {
    program().lifecycle.participation.awaits();
    program().lifecycle.wait()
}

/// Blocks this thread until the shutdown begins, but no longer than `timeout`. Returns `None` after the timeout.
///
/// `graceful::wait_for_shutdown_timeout` is the same function.
///
/// A loop calls it between two rounds. With a timeout of zero it does not block.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # use std::time::Duration;
/// # fn tick() {}
/// # graceful::request_shutdown();
/// while graceful::wait_for_trigger_timeout(Duration::from_secs(5)).is_none() {
///     tick();
/// }
/// ```
pub fn wait_for_trigger_timeout(timeout: Duration) -> Option<Reason> {
    program().lifecycle.participation.awaits();
    program().lifecycle.wait_timeout(timeout)
}

/// Returns the moment at which the process is ended by force. `None` before the shutdown begins.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Instant;
///
/// assert_eq!(graceful::deadline(), None);
/// graceful::request_shutdown();
/// let left = graceful::deadline().map(|deadline| deadline - Instant::now());
/// # assert!(left.unwrap() > std::time::Duration::from_secs(1));
/// ```
#[must_use]
pub fn deadline() -> Option<Instant> {
    observed().lifecycle.shutdown().map(|shutdown| shutdown.trigger.deadline)
}

/// Begins the shutdown and returns at once. Has no effect if the shutdown has begun.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::request_shutdown();
/// assert!(graceful::is_shutting_down());
/// ```
pub fn request_shutdown() {
    program().lifecycle.begin(Reason::Requested);
}

/// Begins the shutdown, sets the exit code of the process, and returns at once. `graceful::exit` is the same function.
///
/// Only the first call sets the code. It can come after the shutdown has begun. With code 0 the process still exits with
/// main's failing code, or with 1 if the shutdown is not clean.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// // A batch job that was interrupted: `EX_TEMPFAIL`, so that it is started again.
/// graceful::request_exit(75);
/// # assert!(graceful::is_shutting_down());
/// ```
pub fn request_exit(code: u8) {
    program().set_exit_code(code);
    request_shutdown();
}

/// Marks the service as ready: [`is_ready`] is true until the shutdown begins. Has no effect after that.
///
/// `graceful::ready` is the same function.
///
/// If the program has parts, made with [`readiness`](crate::readiness()), each of them must be ready too. Only parts can take
/// their readiness back.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn fill_caches() {}
/// fill_caches().await;
/// graceful::set_ready();
/// # assert!(graceful::is_ready());
/// # }
/// ```
pub fn set_ready() {
    let program = observed();
    program.change_readiness(Parts::say_ready);
    program.said_ready();
}

/// Returns whether traffic should come here: `true` after [`set_ready`], until the shutdown begins.
///
/// A [part](crate::readiness()) that is not ready makes it `false`. Health checks do not: the probe `/ready` runs them too.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::ready();
/// assert!(graceful::is_ready());
/// graceful::request_shutdown();
/// assert!(!graceful::is_ready());
/// ```
#[must_use]
pub fn is_ready() -> bool {
    observed().lifecycle.is_ready()
}

/// Runs all health checks at the same time, and returns what they found.
///
/// These are the functions with `#[graceful::health_check]`, and the checks that were registered with
/// [`health_check`](crate::health_check()). They run on main's runtime, each with its timeout (default 5 s). A check
/// that panics or times out is unhealthy.
///
/// The report is reused for 1 s, or as long as main's key `health_cache` or
/// [`Config::health_cache`](crate::Config::health_cache) says. Callers that ask during a run share its report. So the
/// checks run at most once in that time, however often this is called.
///
/// Each [part](crate::readiness()) of the readiness is a component as well, unhealthy while it is not ready. So is each
/// [supervised task](crate::task()) that has failed: it is degraded while it is down. The state of both is never reused.
///
/// After the trigger the service is unhealthy, whatever its components are. After the drain has begun no check is
/// started, since what it looks at is about to be closed. The report then has the last results.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::HealthStatus;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), graceful::Error> {
/// # async fn ping() -> bool { true }
/// graceful::health_check("database").register(ping)?;
/// let report = graceful::health().await;
/// assert_eq!(report.status(), HealthStatus::Healthy);
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Cancel safe: the checks continue, for the next caller.
pub async fn health() -> HealthReport {
    program().health().await
}
