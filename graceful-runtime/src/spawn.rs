//! How the runtime starts its own tasks and threads: each through one boxed type, so that the code of tokio and of std for
//! them is compiled once.

use std::future::Future;
use std::pin::Pin;
use std::{io, thread};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Spawns a task on `runtime`.
pub(crate) fn task(runtime: &Handle, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(task);
    runtime.spawn(task)
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
