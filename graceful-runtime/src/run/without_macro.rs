//! `Config::run` and its variants, for programs without the attribute.

use std::future::Future;
use std::process::{ExitCode, Termination};

use tokio::runtime::{Builder, Runtime};

use super::{AnyRuntime, Flavor, Launch, Main, leaves_a_record};
use crate::config::Config;
use crate::error::Error;
use crate::supervisor::Ending;

impl Config {
    /// Runs `main` on a multi-threaded runtime, and then the shutdown. Returns the exit code.
    ///
    /// It does what `#[graceful::main]` does, except that it returns where the attribute exits the process. Until it
    /// returns, the deadline ends the process by force, as with the attribute. After it has returned no deadline
    /// applies, and signals are ignored.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::process::ExitCode;
    /// use std::time::Duration;
    ///
    /// fn main() -> Result<ExitCode, graceful::Error> {
    ///     graceful::Config::new().grace_period(Duration::from_secs(20)).run(async {
    ///         graceful::shutdown_requested().await;
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the configuration or the environment is invalid, a signal cannot be registered, the address of the probes is
    /// not available, a runtime or a thread cannot be started, or this process has called `run` before. `main` is not
    /// called in these cases. [`Error::kind`] says which it is.
    ///
    /// # Panics
    ///
    /// If called inside another runtime, as [`Runtime::block_on`].
    pub fn run<F>(self, main: F) -> Result<ExitCode, Error>
    where
        F: Future,
        F::Output: Termination,
    {
        leaves_a_record();
        let launch = Launch::begin(self, Ending::Return)?;
        let mut builder = Builder::new_multi_thread();
        builder.enable_all();
        let runtime = AnyRuntime::build(builder, Flavor::MultiThread)?;
        launch.run(runtime, Main::future(main)).map(ExitCode::from)
    }

    /// Runs `main` and the shutdown on your own tokio runtime. Returns the exit code.
    ///
    /// It is [`run`](Config::run) in all other respects. The runtime needs I/O and time enabled if your program uses
    /// them. It is shut down afterwards: if it is multi-threaded and still has tasks, this waits at most 250 ms for the end of
    /// its threads, those for blocking work included.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::error::Error;
    /// use std::process::ExitCode;
    ///
    /// use tokio::runtime::Builder;
    ///
    /// fn main() -> Result<ExitCode, Box<dyn Error>> {
    ///     let runtime = Builder::new_current_thread().enable_all().build()?;
    ///     Ok(graceful::Config::new().run_in(runtime, async {
    ///         graceful::shutdown_requested().await;
    ///     })?)
    /// }
    /// ```
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
        leaves_a_record();
        let launch = Launch::begin(self, Ending::Return)?;
        launch.run(AnyRuntime::Foreign(runtime), Main::future(main)).map(ExitCode::from)
    }

    /// Runs a `main` that blocks, and then the shutdown. Returns the exit code.
    ///
    /// It is [`run`](Config::run) in all other respects. `main` runs on this thread, and handlers on a multi-threaded
    /// runtime.
    ///
    /// `main` should watch [`is_shutting_down`](crate::is_shutting_down) or call
    /// [`wait_for_shutdown`](crate::wait_for_shutdown). If it never returns, the drain takes its whole timeout, the handlers run,
    /// and the supervisor ends the process.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::process::ExitCode;
    /// use std::time::Duration;
    ///
    /// # fn poll_the_queue() {}
    /// fn main() -> Result<ExitCode, graceful::Error> {
    ///     graceful::Config::new().run_blocking(|| {
    ///         while graceful::wait_for_shutdown_timeout(Duration::from_secs(1)).is_none() {
    ///             poll_the_queue();
    ///         }
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`run`](Config::run).
    pub fn run_blocking<T: Termination>(self, main: impl FnOnce() -> T) -> Result<ExitCode, Error> {
        leaves_a_record();
        let launch = Launch::begin(self, Ending::Return)?;
        let mut builder = Builder::new_multi_thread();
        builder.enable_all();
        let runtime = AnyRuntime::build(builder, Flavor::MultiThread)?;
        launch.run(runtime, Main::function(main)).map(ExitCode::from)
    }
}
