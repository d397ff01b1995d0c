//! `Config::run` and its variants, for programs without the attribute.

use std::future::Future;
use std::process::{ExitCode, Termination};

use tokio::runtime::{Builder, Runtime};

use super::{AnyRuntime, Flavor, Launch};
use crate::config::Config;
use crate::error::Error;
use crate::supervisor::Ending;

impl Config {
    /// Runs `main` on a multi-threaded runtime, and then the shutdown. Returns the exit code, for the program's own `main` to
    /// return.
    ///
    /// Does what `#[graceful::main]` does, except that it returns where the attribute exits the process. Until it returns, the
    /// deadline ends the process by force, as with the attribute. After it has returned no deadline applies, and signals are
    /// ignored.
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
    /// If the configuration or the environment is invalid, a signal cannot be registered, the runtime cannot be built, or this
    /// process has run before. `main` is not called in these cases.
    ///
    /// # Panics
    ///
    /// If called inside another runtime, as [`Runtime::block_on`].
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

    /// Runs `main` as [`run`](Config::run) does, on your own runtime, which is shut down in the background afterwards.
    ///
    /// # Errors
    ///
    /// As [`run`](Config::run).
    ///
    /// # Panics
    ///
    /// If called inside another runtime, as [`Runtime::block_on`].
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

    /// Runs a `main` that blocks, as [`run`](Config::run) does. `main` runs on this thread, the handlers on a runtime.
    ///
    /// `main` should watch [`is_shutting_down`](crate::is_shutting_down) or call
    /// [`wait_for_shutdown`](crate::wait_for_shutdown). If it never returns, the drain takes its whole timeout, the handlers run,
    /// and the supervisor ends the process.
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
