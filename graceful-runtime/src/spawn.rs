//! How the runtime starts its own tasks and threads: each through one boxed type, so that the code of tokio and of std for
//! them is compiled once. And on which runtime a task of the user's goes.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A future whose type does not tell what it does: its code is compiled once, and not in each function that awaits it.
///
/// A short function that returns one needs `#[inline(never)]`, since rustc would inline it, and so compile the future again.
pub(crate) type Boxed<'a, T = ()> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Spawns a task on `runtime`.
pub(crate) fn task(runtime: &Handle, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let task: Boxed<'_> = Box::pin(task);
    runtime.spawn(task)
}

/// Spawns a task on `runtime` and waits until it has run. Returns `false` when the runtime is gone: it cannot be blocked any more.
///
/// # Cancel safety
///
/// Cancel safe: the task runs without effect.
pub(crate) async fn answers(runtime: &Handle) -> bool {
    let (answer, answered) = oneshot::channel();
    task(runtime, async move {
        let _ = answer.send(());
    });
    answered.await.is_ok()
}

/// Starts a thread. It is never joined.
///
/// # Errors
///
/// When the system has no thread left.
pub(crate) fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    fn start(name: &str, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
    }
    start(name, Box::new(run))
}

/// The current runtime; outside of one, main's; before main starts, or where graceful does not run main, one that is
/// started for it.
pub(crate) fn runtime(app: Option<&Handle>) -> Handle {
    Handle::try_current().ok().or_else(|| app.cloned()).unwrap_or_else(|| EARLY.handle().clone())
}

#[cfg_attr(not(test), expect(clippy::expect_used, reason = "who spawns outside of any runtime has been told"))]
static EARLY: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("graceful-early")
        .enable_all()
        .build()
        .expect("a runtime for tasks outside of any")
});
