//! Runs the shutdown of a separate program for a test.

use std::fmt;
use std::future::{Future, Ready, pending};
use std::process::Termination;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::{HandlerPhase, Signal};
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, timeout};

use super::{Rehearsed, Service};
use crate::config::Config;
use crate::handler::{Fault, Faults};
use crate::in_flight::Work;
use crate::lifecycle::MainEnd;
use crate::program::{Program, Runtimes, linked, stage};
use crate::report::{HandlerReport, Report};
use crate::resources::{IsClone, IsSend};
use crate::run::{drive, exit_code, mains_config};
use crate::sequence;
use crate::sequence::beside;
use crate::trigger::Reason;

/// On a paused clock, this time is over when every task waits.
const SHORTLY: Duration = Duration::from_millis(1);

/// Configures a shutdown for a test, and rehearses it. [The module](super) says what is rehearsed.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::testing::{Fault, Rehearsal};
/// use graceful::{Config, Outcome};
///
/// let rehearsed = Rehearsal::new()
///     .config(Config::new().drain_timeout(Duration::from_secs(8)))
///     .fault("cache", Fault::Fail("disk full".to_owned()))
///     .run_main(async {
///         graceful::handler("cache").register(async || {}).unwrap();
///         graceful::drain_started().await;
///     });
/// assert_eq!(rehearsed.outcome("cache"), &Outcome::Failed("disk full".into()));
/// ```
#[must_use = "it is rehearsed by `run` or `run_main`"]
pub struct Rehearsal {
    program: &'static Program,
    config: Config,
    faults: Faults,
    reason: Reason,
    after: Duration,
    paused: bool,
}

impl Rehearsal {
    /// Returns the shutdown after a SIGTERM, with the configuration of the `#[graceful::main]` in this binary.
    ///
    /// In a binary without one, such as a file in `tests`, it has the configuration of [`Config::new`]. The environment
    /// does not override it. Each rehearsal keeps a few kilobytes of memory until the process ends.
    pub fn new() -> Self {
        let work = Work::leaked();
        let program = Program::new(work, || Instant::now().into_std(), linked);
        Self {
            program: Box::leak(Box::new(program)),
            config: mains_config().unwrap_or_default(),
            faults: Faults::default(),
            reason: Reason::Signal(Signal::Terminate),
            after: SHORTLY,
            paused: true,
        }
    }

    /// Sets the configuration. Default: that of the `#[graceful::main]` in this binary.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Provides a value to the handlers, as [`provide`](crate::provide) does.
    #[track_caller]
    pub fn provide<T: IsClone + IsSend + 'static>(self, value: T) -> Self {
        self.program.resources.provide(value);
        self
    }

    /// Injects a fault into the handler of this name: for one of a scope, as in `tenant 7/flush`.
    pub fn fault(mut self, handler: impl Into<String>, fault: Fault) -> Self {
        self.faults.add(handler.into(), fault);
        self
    }

    /// Injects a fault into each handler for which no [`fault`](Self::fault) is set.
    pub fn fault_in_all(mut self, fault: Fault) -> Self {
        self.faults.add_to_all(fault);
        self
    }

    /// Sets what starts the shutdown. Default: SIGTERM. No terminal is attached, so SIGINT does not skip the lame duck.
    pub fn reason(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// Sets how long the service runs before the shutdown begins, unless it begins earlier by itself. Default: 1 ms.
    ///
    /// On a paused clock, 1 ms is over when every task of the service waits.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use graceful::testing::Rehearsal;
    /// use tokio::time::Instant;
    ///
    /// Rehearsal::new().after(Duration::from_secs(3_600)).run_main(async {
    ///     let begin = Instant::now();
    ///     graceful::shutdown_requested().await;
    ///     assert_eq!(begin.elapsed(), Duration::from_secs(3_600));
    /// });
    /// ```
    pub fn after(mut self, running: Duration) -> Self {
        self.after = running;
        self
    }

    /// Uses the real clock, for a service that waits for the outside world.
    ///
    /// The times in the report are then not exact, and the test takes as long as the shutdown.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn service() { graceful::drain_started().await }
    /// graceful::testing::Rehearsal::new().real_time().run_main(service()).assert_clean();
    /// ```
    pub fn real_time(mut self) -> Self {
        self.paused = false;
        self
    }

    /// Rehearses the shutdown of a service whose main has returned: only the handlers run.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # /*
    /// #[test]
    /// # */
    /// fn all_handlers_complete() {
    ///     graceful::testing::Rehearsal::new().run().assert_clean();
    /// }
    /// # all_handlers_complete();
    /// ```
    ///
    /// # Panics
    ///
    /// As [`run_main`](Self::run_main).
    #[track_caller]
    pub fn run(self) -> Rehearsed {
        self.program.main.set_end(MainEnd::Returned(0));
        self.rehearse(None::<Ready<()>>)
    }

    /// Rehearses the shutdown of a service whose main is this future.
    ///
    /// It runs on a separate current-thread runtime. As under `#[graceful::main]`, the shutdown also begins when main
    /// returns, and main's future is dropped when the drain ends.
    ///
    /// # Panics
    ///
    /// If no handler has the name of a fault, if it is called inside a runtime (use [`start`](Self::start) there), and if
    /// the system has no resources for a runtime.
    #[track_caller]
    pub fn run_main<F>(self, main: F) -> Rehearsed
    where
        F: Future,
        F::Output: Termination,
    {
        self.rehearse(Some(main))
    }

    /// Gives the runtime of the test this program, and returns it as a [`Service`]: for a test that is async already, such
    /// as one under `#[sqlx::test]`. [`service()`](super::service) is the short form.
    ///
    /// The clock is that of the test's runtime, and the shutdown begins when the test or the service starts it, so
    /// [`real_time`](Self::real_time) and [`after`](Self::after) have no effect.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::testing::{Fault, Rehearsal};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let service = Rehearsal::new().fault("cache", Fault::Fail("disk full".to_owned())).start();
    /// graceful::handler("cache").register(async || {}).unwrap();
    /// assert!(!service.shut_down().await.report().is_clean());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If it is called outside of any runtime, or if the runtime has a service already.
    #[track_caller]
    pub fn start(self) -> Service {
        let Ok(runtime) = Handle::try_current() else {
            panic!(
                "a test's service needs a runtime: use `#[graceful::test]`, or `Rehearsal::run_main` in a `#[test]`"
            );
        };
        let Some(staged) = stage(&runtime, self.program) else {
            panic!("this runtime has a service already: a test has one, which `#[graceful::test]` passes to it");
        };
        // No main belongs to it.
        self.program.main.set_end(MainEnd::Returned(0));
        let program = self.program;
        let (faults, reason) = self.begin(runtime);
        let run = tokio::spawn(async move {
            program.lifecycle.requested().await;
            shut_down(program).await
        });
        Service { program, faults, reason, run, staged: Arc::new(staged) }
    }

    /// Configures the program, whose runtime is this one.
    fn begin(self, runtime: Handle) -> (Faults, Reason) {
        self.program.lifecycle.claim(self.config);
        self.program.handlers.inject(self.faults.clone());
        self.program.set_runtimes(Runtimes {
            app: runtime,
            supervisor: None,
            #[cfg(feature = "probes")]
            probes: None,
        });
        (self.faults, self.reason)
    }

    #[track_caller]
    fn rehearse<F>(self, main: Option<F>) -> Rehearsed
    where
        F: Future,
        F::Output: Termination,
    {
        assert!(
            Handle::try_current().is_err(),
            "a rehearsal builds its own runtime, so it cannot run inside one: use `#[test]`, or `Rehearsal::start` here"
        );
        let Self { program, after, paused, .. } = self;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(paused)
            .build()
            .expect("a runtime for the rehearsal");
        let staged = stage(runtime.handle(), program);
        let (faults, reason) = self.begin(runtime.handle().clone());
        let ended = runtime.block_on(async move {
            let main = async move {
                if let Some(main) = main {
                    let end = drive(program, Box::pin(async { exit_code(main.await) })).await;
                    program.finish_main(end);
                }
                pending().await
            };
            let shut_down = async move {
                if timeout(after, program.lifecycle.requested()).await.is_err() {
                    program.lifecycle.begin(reason);
                }
                shut_down(program).await
            };
            beside(shut_down, main).await
        });
        // Dropping it would wait for a plain handler that hangs.
        runtime.shutdown_background();
        drop(staged);
        Rehearsed::new(program, &faults, ended)
    }
}

impl Default for Rehearsal {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rehearsal").field("config", &self.config).field("faults", &self.faults).finish_non_exhaustive()
    }
}

/// The report, and the handlers that ran after it.
pub(super) type Ended = (Report, Vec<HandlerReport>);

/// Does what the supervisor does in a process, without signals, deadline and exit.
async fn shut_down(program: &'static Program) -> Ended {
    let stage = sequence::stage(program, Handle::current()).await;
    sequence::run(&stage).await;
    let report = program.final_report(stage.shutdown);
    for observer in program.take_observers() {
        observer(&report);
    }
    sequence::flush(&stage).await;
    (report, stage.shutdown.recorder.handlers(HandlerPhase::Flush))
}
