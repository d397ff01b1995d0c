//! What `#[graceful::main]` does, by hand.

use std::future::Future;
use std::process::{ExitCode, Termination};

use tokio::runtime::{Builder, Runtime};

use super::{AnyRuntime, Flavor, Launch};
use crate::config::Config;
use crate::error::Error;
use crate::supervisor::Ending;

impl Config {
    /// Runs `main` on a multi-threaded runtime, and the shutdown after it. Gives the exit code, to be returned from the
    /// program's own `main`.
    ///
    /// What `#[graceful::main]` does, but for the exit: the macro's program exits without waiting for threads that
    /// block; here that is so when `main` returns at once what it gets. While it runs, the process is ended by force at the
    /// deadline, as with the macro. Once it has returned there is no deadline any more, and signals are ignored.
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    /// use std::time::Duration;
    ///
    /// fn main() -> Result<ExitCode, graceful::Error> {
    ///     graceful::Config::new().grace_period(Duration::from_secs(20)).run(async {
    ///         graceful::shutdown_requested().await;
    ///     })
    /// }
    /// # mod graceful { pub use graceful_runtime::*; }
    /// ```
    ///
    /// # Errors
    ///
    /// When the configuration or the environment is bad, when a signal can't be registered, when the runtime can't be
    /// built, and when this process has run before: `main` is not begun then.
    ///
    /// # Panics
    ///
    /// Inside another runtime, as [`Runtime::block_on`].
    pub fn run<F>(self, main: F) -> Result<ExitCode, Error>
    where
        F: Future,
        F::Output: Termination,
    {
        let launch = Launch::begin(self, Ending::Return)?;
        let mut builder = Builder::new_multi_thread();
        builder.enable_all();
        let runtime = AnyRuntime::build(builder, Flavor::MultiThread)?;
        let code = launch.main_async(&runtime, main)?;
        runtime.leave_behind();
        Ok(ExitCode::from(code))
    }

    /// As [`run`](Config::run), on a runtime of your own. It is left to itself afterwards, not waited for.
    ///
    /// # Errors
    ///
    /// As [`run`](Config::run).
    ///
    /// # Panics
    ///
    /// Inside another runtime, as [`Runtime::block_on`].
    pub fn run_in<F>(self, runtime: Runtime, main: F) -> Result<ExitCode, Error>
    where
        F: Future,
        F::Output: Termination,
    {
        let launch = Launch::begin(self, Ending::Return)?;
        let runtime = AnyRuntime::Shared(runtime);
        let code = launch.main_async(&runtime, main)?;
        runtime.leave_behind();
        Ok(ExitCode::from(code))
    }

    /// As [`run`](Config::run), with a `main` that blocks: it runs on this thread, the handlers on a runtime beside it.
    ///
    /// It should watch [`is_shutting_down`](crate::is_shutting_down) or call
    /// [`wait_for_shutdown`](crate::wait_for_shutdown). One that never returns can't be dropped, so the drain takes its
    /// whole timeout; then the handlers run, and the supervisor ends the process.
    ///
    /// # Errors
    ///
    /// As [`run`](Config::run).
    pub fn run_blocking<T: Termination>(self, main: impl FnOnce() -> T) -> Result<ExitCode, Error> {
        let launch = Launch::begin(self, Ending::Return)?;
        let mut builder = Builder::new_multi_thread();
        builder.enable_all();
        let runtime = AnyRuntime::build(builder, Flavor::MultiThread)?;
        launch.main_sync(runtime, main).map(ExitCode::from)
    }
}
