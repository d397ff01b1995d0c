//! Running the shutdown of a program of its own, for a test.

use std::fmt;
use std::future::{Future, Ready, pending};
use std::process::Termination;
use std::time::Duration;

use graceful_core::Signal;
use graceful_core::plan::{Plan, PlannedHandler};
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::handler::{Fault, Faults};
use crate::in_flight::Work;
use crate::lifecycle::MainEnd;
use crate::outcome::Outcome;
use crate::program::{Program, Runtimes, linked, stage, stage_for_good};
use crate::report::Report;
use crate::run::{drive, mains_config};
use crate::sequence;
use crate::sequence::{Stage, beside};
use crate::trigger::Reason;

/// On a paused clock it comes when nothing else can happen.
const SHORTLY: Duration = Duration::from_millis(1);

/// A shutdown that is to be rehearsed in a test. See [the module](super).
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
    /// The shutdown after a SIGTERM, with the configuration of the `#[graceful::main]` in this binary.
    ///
    /// In a binary without one, such as a file in `tests`, with that of [`Config::new`]. The environment's overrides are
    /// left out. What one rehearsal takes in memory, some kilobytes, is kept until the process ends.
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

    /// Another configuration.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Provides a value to the handlers, as [`provide`](crate::provide) does.
    pub fn provide<T: Clone + Send + 'static>(self, value: T) -> Self {
        self.program.resources.provide(value);
        self
    }

    /// Lets something go wrong in the handler of this name.
    pub fn fault(mut self, handler: impl Into<String>, fault: Fault) -> Self {
        self.faults.add(handler.into(), fault);
        self
    }

    /// Lets something go wrong in every handler that has no [`fault`](Self::fault) of its own.
    pub fn fault_in_all(mut self, fault: Fault) -> Self {
        self.faults.add_to_all(fault);
        self
    }

    /// What starts the shutdown. Default: SIGTERM.
    pub fn reason(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// How long the service runs before the shutdown starts, unless it starts by itself. Default: 1 ms, which on a paused
    /// clock comes when all of the service waits for something.
    pub fn after(mut self, running: Duration) -> Self {
        self.after = running;
        self
    }

    /// With the clock as it is, for a service that waits for the outside world. What the report says of times is not
    /// exact then, and the test takes as long as the shutdown does.
    pub fn real_time(mut self) -> Self {
        self.paused = false;
        self
    }

    /// Rehearses the handlers alone: main has returned.
    ///
    /// # Panics
    ///
    /// As [`run_main`](Self::run_main).
    #[track_caller]
    pub fn run(self) -> Rehearsed {
        self.program.main.set_end(MainEnd::Returned(0));
        self.rehearse(None::<Ready<()>>)
    }

    /// Rehearses the shutdown of a service whose main does this.
    ///
    /// It runs on a runtime of its own with one thread, this one. As under `#[graceful::main]`, the shutdown also starts
    /// when main returns, and main's future is dropped at the end of the drain.
    ///
    /// # Panics
    ///
    /// When there is no handler of a name that a fault was injected into, when called in an asynchronous context
    /// (take `#[test]`, not `#[tokio::test]`), and when the system has no resources for a runtime.
    #[track_caller]
    pub fn run_main<F>(self, main: F) -> Rehearsed
    where
        F: Future,
        F::Output: Termination,
    {
        self.rehearse(Some(main))
    }

    #[track_caller]
    fn rehearse<F>(self, main: Option<F>) -> Rehearsed
    where
        F: Future,
        F::Output: Termination,
    {
        let Self { program, config, faults, reason, after, paused } = self;
        program.lifecycle.claim(config);
        program.handlers.inject(faults.clone());
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(paused)
            .on_thread_start(move || stage_for_good(program))
            .build()
            .expect("a runtime for the rehearsal");
        let staged = stage(program);
        let report = runtime.block_on(async move {
            program.set_runtimes(Runtimes {
                app: Handle::current(),
                supervisor: None,
                #[cfg(feature = "probes")]
                probes: None,
            });
            let main = async move {
                if let Some(main) = main {
                    let end = drive(program, main).await;
                    program.finish_main(end);
                }
                pending().await
            };
            beside(shut_down(program, reason, after), main).await
        });
        // Not dropped: that would wait for a plain handler that hangs.
        runtime.shutdown_background();
        drop(staged);
        let plan = program.plan();
        let names: Vec<_> = plan.handlers().iter().map(PlannedHandler::name).collect();
        for name in faults.names() {
            assert!(names.contains(&name), "there is no handler `{name}` to inject a fault into, only {names:?}");
        }
        Rehearsed::new(report, plan)
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

/// What the supervisor does in a process, without its signals, its deadline and its exit.
async fn shut_down(program: &'static Program, reason: Reason, after: Duration) -> Report {
    if timeout(after, program.lifecycle.requested()).await.is_err() {
        program.lifecycle.begin(reason);
    }
    let shutdown = program.lifecycle.requested().await;
    sequence::run(&Stage { program, shutdown, app: Handle::current() }).await;
    let report = program.final_report(shutdown);
    for observer in program.take_observers() {
        observer(&report);
    }
    report
}

/// What came of a [`Rehearsal`](super::Rehearsal): the report, beside the plan. Its `Display` is the report's picture.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    report: Report,
    plan: Plan,
}

impl Rehearsed {
    fn new(report: Report, plan: Plan) -> Self {
        Self { report, plan }
    }

    /// What happened.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What was to happen, with the handlers that were registered on the way.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How the handler of this name ended: the first, if there are several.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn outcome(&self, handler: &str) -> &Outcome {
        let handlers = self.report.handlers();
        match handlers.iter().find(|report| report.name() == handler) {
            Some(report) => report.outcome(),
            None => {
                let names: Vec<_> = handlers.iter().map(|report| report.name()).collect();
                panic!("there is no handler `{handler}`, only {names:?}")
            }
        }
    }

    /// Asserts that nothing went wrong: every handler completed, or was rightly skipped, nothing was abandoned, and no
    /// critical task failed.
    ///
    /// # Panics
    ///
    /// When something did; with the report.
    #[track_caller]
    pub fn assert_clean(&self) -> &Self {
        assert!(self.report.is_clean(), "the shutdown was not clean\n{self}");
        self
    }

    /// Asserts that the grace period was enough: every handler was begun, had all of its timeout, and the end came in
    /// time. Whatever became of the handlers.
    ///
    /// # Panics
    ///
    /// When it was not; with the report.
    #[track_caller]
    pub fn assert_in_budget(&self) -> &Self {
        let (report, plan) = (&self.report, &self.plan);
        assert!(
            report.elapsed() <= report.grace_period(),
            "the shutdown took longer than the grace period of {:?}\n{self}",
            report.grace_period()
        );
        for planned in plan.handlers() {
            let allowed = report.handlers().iter().filter(|handler| {
                (handler.name(), handler.phase(), handler.priority())
                    == (planned.name(), planned.phase(), planned.priority())
            });
            // Of several with the same name the one that had least.
            let Some(allowed) = allowed.filter_map(|handler| handler.started().map(|_| handler.timeout())).min() else {
                panic!("the handler `{}` was not begun\n{self}", planned.name());
            };
            assert!(
                allowed >= planned.timeout(),
                "the handler `{}` was given {allowed:?} of its timeout of {:?}: the grace period is too short\n{self}",
                planned.name(),
                planned.timeout()
            );
        }
        self
    }
}

impl fmt::Display for Rehearsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}
