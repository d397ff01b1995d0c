//! Spawning tasks in a scope.

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Scope;
use crate::task::critical::CriticalReturn;

impl Scope {
    /// Spawns a tracked task, as [`spawn`](crate::spawn) does. The end of the scope waits for it, and aborts it when the drain's
    /// time is up.
    ///
    /// The [report](ScopeReport) of the scope has its error or panic, and the log too. Neither ends the scope. The handle returns the
    /// same error, as a [`Failure`](crate::Failure). A task that is aborted has not failed.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let lines = graceful::scope("tenant 7").spawn(async { std::io::Result::Ok(3) }).await;
    /// assert_eq!(lines.unwrap().unwrap(), 3);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If it is called outside of any runtime before main starts, and the system has no thread left.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<<F::Output as CriticalReturn>::Output>
    where
        F: Future + Send + 'static,
        F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn(Location::caller(), None, future)
    }

    /// Runs a function on a thread for blocking work, as a tracked task, as [`spawn_blocking`](crate::spawn_blocking) does.
    ///
    /// A function that runs cannot be aborted, so it is abandoned when the drain's time is up. Its errors, the runtime and the panics
    /// are those of [`spawn`](Self::spawn).
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let read = graceful::scope("tenant 7").spawn_blocking(|| std::fs::read_to_string("Cargo.toml")).await;
    /// assert!(read.unwrap().is_ok());
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<T>(&self, job: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T::Output>
    where
        T: CriticalReturn<Output: Send + 'static> + 'static,
    {
        self.0.spawn_blocking(Location::caller(), job)
    }

    /// Spawns a tracked task that the scope cannot work without. When it ends, in whatever way, the scope shuts down, within
    /// main's `drain_timeout`.
    ///
    /// The service and the scopes around it continue. [`ended`](Self::ended) waits for the end, and its report has the error of the
    /// task. `name` appears there and in the log. The handle, the runtime and the panics are those of [`spawn`](Self::spawn).
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn consume() -> std::io::Result<()> { Err(std::io::ErrorKind::ConnectionReset.into()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = graceful::scope("tenant 7");
    /// tenant.spawn_critical("consumer", consume());
    ///
    /// let report = tenant.ended().await;
    /// assert_eq!(report.errors()[0].task(), "consumer");
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_critical<'a, F>(
        &self,
        name: impl Into<Cow<'a, str>>,
        future: F,
    ) -> JoinHandle<<F::Output as CriticalReturn>::Output>
    where
        F: Future + Send + 'static,
        F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
    {
        self.0.spawn(Location::caller(), Some(Arc::from(name.into())), future)
    }
}
