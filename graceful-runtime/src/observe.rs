//! The public functions that observe the lifecycle, and trigger it. They work from any thread and any task.

use std::future::Future;
use std::time::{Duration, Instant};

use graceful_core::Phase;
use tokio_util::sync::CancellationToken;

use crate::health::HealthReport;
use crate::lifecycle::Observation;
use crate::program::program;
use crate::trigger::Reason;

/// Where in its life the service is. [`Phase::Running`] before main starts, and in a program that graceful doesn't run.
#[must_use]
pub fn phase() -> Phase {
    program().lifecycle.phase()
}

/// Whether the shutdown has begun: anything after [`Phase::Running`].
#[must_use]
pub fn is_shutting_down() -> bool {
    program().lifecycle.is_shutting_down()
}

/// Resolves when the shutdown begins, or at once when it has: with what began it.
///
/// A long-lived loop rather waits for [`drain_started`], so that it goes on serving during the lame duck.
///
/// # Cancel safety
///
/// Cancel safe: a later call resolves as well.
#[expect(clippy::manual_async_fn, reason = "the signature says `Send` and `'static`")]
pub fn shutdown_requested() -> impl Future<Output = Reason> + Send + 'static {
    async {
        let program = program();
        program.main.observes_here(Observation::Awaits);
        program.lifecycle.requested().await.trigger.reason.clone()
    }
}

/// Resolves when the drain begins, or at once when it has: time for listeners, consumers and streams to stop.
///
/// # Cancel safety
///
/// Cancel safe: a later call resolves as well.
#[expect(clippy::manual_async_fn, reason = "the signature says `Send` and `'static`")]
pub fn drain_started() -> impl Future<Output = ()> + Send + 'static {
    async {
        let program = program();
        program.main.observes_here(Observation::Awaits);
        program.lifecycle.draining_token().cancelled().await;
    }
}

/// A token that is cancelled when the drain begins. It is a child: cancelling it harms nobody else.
#[must_use]
pub fn drain_token() -> CancellationToken {
    let program = program();
    program.main.observes_here(Observation::HasToken);
    program.lifecycle.draining_token().child_token()
}

/// When the drain ends at the latest: what is in flight then is abandoned. `None` before the drain begins.
///
/// For a long piece of work that asks between its steps whether to stop, and whether the next step still fits. It is the
/// drain's timeout, or less when teardown needs the time. The drain may end sooner: a further Ctrl-C cuts it short.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::{Duration, Instant};
///
/// /// Whether there is time for one more step, of 2 s at most.
/// fn may_go_on() -> bool {
///     graceful::drain_deadline().is_none_or(|end| end > Instant::now() + Duration::from_secs(2))
/// }
/// ```
#[must_use]
pub fn drain_deadline() -> Option<Instant> {
    program().drain_deadline()
}

/// Resolves `ahead` before the drain ends: the last moment to give work back that can't be finished.
///
/// What is in flight at the drain's end is dropped, without a word to the broker that it came from. So stop before, and
/// let the worker return the job while it can: the broker hands it to another one at once. It resolves at once when less
/// than `ahead` is left, and when a further Ctrl-C cuts the drain short.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// # async fn run(_: u32) {}
/// # async fn acknowledge(_: u32) {}
/// # async fn give_back(_: u32) {}
/// # async fn work(job: u32) {
/// tokio::select! {
///     () = run(job) => acknowledge(job).await,
///     () = graceful::drain_ends_in(Duration::from_secs(1)) => give_back(job).await,
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
/// When the drain has begun and it is polled outside of a tokio runtime with its time enabled. Under
/// [`main`](https://docs.rs/graceful/latest/graceful/attr.main.html) and [`Config::run`](crate::Config::run) it is.
#[expect(clippy::manual_async_fn, reason = "the signature says `Send` and `'static`")]
pub fn drain_ends_in(ahead: Duration) -> impl Future<Output = ()> + Send + 'static {
    async move {
        let program = program();
        program.main.observes_here(Observation::Awaits);
        program.drain_ends_in(ahead).await;
    }
}

/// Blocks this thread until the shutdown begins: for a plain `fn main`, or a thread of your own.
///
/// In asynchronous code await [`shutdown_requested`] instead. In a program that graceful doesn't run, this returns only
/// when [`request_shutdown`] is called.
pub fn wait_for_shutdown() -> Reason {
    program().main.observes_here(Observation::Awaits);
    program().lifecycle.wait()
}

/// As [`wait_for_shutdown`], but no longer than `timeout`: for a loop that does something every so often.
///
/// `None` when the time is up. With a timeout of zero it only looks.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// # use std::time::Duration;
/// # fn tick() {}
/// while graceful::wait_for_shutdown_timeout(Duration::from_secs(5)).is_none() {
///     tick();
/// }
/// ```
pub fn wait_for_shutdown_timeout(timeout: Duration) -> Option<Reason> {
    program().main.observes_here(Observation::Awaits);
    program().lifecycle.wait_timeout(timeout)
}

/// When the process will be ended by force. `None` while nothing has begun the shutdown.
#[must_use]
pub fn deadline() -> Option<Instant> {
    program().lifecycle.shutdown().map(|shutdown| shutdown.trigger.deadline)
}

/// Begins the shutdown, if nothing has begun it. Returns at once.
pub fn request_shutdown() {
    program().lifecycle.begin(Reason::Requested);
}

/// Begins the shutdown, if nothing has begun it, and sets the code that the process will exit with. Returns at once.
///
/// The first call counts. With code 0 the process still exits with 1 when the end is not clean.
pub fn exit(code: u8) {
    program().set_exit_code(code);
    request_shutdown();
}

/// Says that start-up is over: from here on [`is_ready`] is true, until the shutdown begins.
pub fn ready() {
    program().lifecycle.set_ready();
    program().log_plan();
}

/// Whether traffic should come here: after [`ready`], and before the shutdown begins.
#[must_use]
pub fn is_ready() -> bool {
    program().lifecycle.is_ready()
}

/// Runs the health checks, all at the same time, and says what they found.
///
/// Those under `#[graceful::health_check]` and those that were registered by [`health_check`](crate::health_check()). They run on main's
/// runtime, each with its timeout (5 s unless it says otherwise). One that panics or times out is unhealthy. Who asks
/// while they run gets the outcome of that run, and it is kept for a moment: 1 s, or what main's key `health_cache` or
/// [`Config::health_cache`](crate::Config::health_cache) says. So however often this is called, the checks run at most
/// once a moment.
///
/// From the trigger on the service is unhealthy, whatever its components are. Once it drains no check is begun any
/// more, since what it would look at is about to be closed: the report has what was found last.
///
/// # Cancel safety
///
/// Cancel safe: the checks go on, for whoever asks next.
pub async fn health() -> HealthReport {
    program().health().await
}
