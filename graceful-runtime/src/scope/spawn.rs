//! Spawning tasks in a scope.

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Scope;
use crate::task::TaskBuilder;
use crate::task::critical::CriticalReturn;

impl Scope {
    /// Spawns a tracked task, as [`spawn`](crate::spawn) does. The end of the scope waits for it, and aborts it when the drain's
    /// time is up.
    ///
    /// The [report](crate::ScopeReport) of the scope has its error or panic, and the log too. Neither ends the scope. The handle
    /// returns the same error, as a [`Failure`](crate::Failure). A task that is aborted has not failed.
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
        self.0.spawn(Location::caller(), future)
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
        self.task(name).critical().spawn_once(future)
    }

    /// Returns a builder that spawns a supervised task of the scope, as [`task`](crate::task()) does for the service: one that is
    /// restarted after an error or a panic, or that the scope cannot work without.
    ///
    /// - The end of a [critical](TaskBuilder::critical) task, and a final failure with
    ///   [`OnError::Shutdown`](crate::OnError::Shutdown), shut down the scope, within main's `drain_timeout`, and not the service.
    /// - A final failure is in the [report](crate::ScopeReport) of the scope. It does not change the exit code.
    /// - After the drain of the scope has begun nothing is restarted, and a pause ends at once.
    /// - In the health and in the report of the service its name comes after that of the scope, as in `tenant 7/consumer`. It is a
    ///   component of the health until its last attempt has ended.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use graceful::Backoff;
    ///
    /// # async fn consume() -> std::io::Result<()> { Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let backoff = Backoff::exponential(Duration::from_millis(100)..Duration::from_secs(30));
    /// let tenant = graceful::scope("tenant 7");
    /// tenant.task("consumer").restart(backoff).critical().spawn(consume);
    /// assert!(tenant.ended().await.is_clean());
    /// # }
    /// ```
    pub fn task<'a>(&self, name: impl Into<Cow<'a, str>>) -> TaskBuilder {
        TaskBuilder::in_scope(&self.0, Arc::from(name.into()))
    }
}
