//! Starts the supervisor, builds the application's runtime, and runs main's body.

mod configure;
mod handlers;
mod scheduler_end;
mod without_macro;

use std::future::{Future, poll_fn};
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::process::{ExitCode, Termination};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::task::Poll;
use std::time::Duration;
use std::{mem, panic, thread};

pub use self::handlers::run_handlers;
pub use graceful_core::Flavor;
use tokio::runtime::{Builder, Handle, LocalRuntime, Runtime, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::RecvError;

use self::scheduler_end::SchedulerEnd;

#[doc(hidden)]
pub use self::configure::{ConfigureReturn, configured};
use crate::config::{Config, unknown_variables};
use crate::error::{Error, ErrorKind};
use crate::exit::{End, Exit};
use crate::lifecycle::MainEnd;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::outcome::{caught, caught_async, message_of};
use crate::output::print;
use crate::program::{Program, program};
use crate::supervisor::{Ending, Supervisor};
use crate::trigger::Reason;
use crate::{events, exit, spawn};

/// Runs an `async fn main` that has the attribute `#[graceful::main]`.
#[doc(hidden)]
pub fn run_async<F>(config: Config, flavor: Flavor, builder: Builder, body: F) -> !
where
    F: Future,
    F::Output: Termination,
{
    exits(|| {
        let launch = Launch::begin(config, Ending::Exit)?;
        launch.main_async(AnyRuntime::build(builder, flavor)?, body)
    })
}

/// Runs a plain `fn main` that has the attribute `#[graceful::main]`.
#[doc(hidden)]
pub fn run_sync<T, F>(config: Config, flavor: Flavor, builder: Builder, body: F) -> !
where
    F: FnOnce() -> T,
    T: Termination,
{
    exits(|| {
        let launch = Launch::begin(config, Ending::Exit)?;
        let runtime = AnyRuntime::build(builder, flavor)?;
        launch.main_sync(runtime, body)
    })
}

/// Panics when the plan of all linked handlers does not fit. The generated test calls it.
#[doc(hidden)]
#[track_caller]
#[cfg_attr(not(test), expect(clippy::panic, reason = "so a test fails"))]
pub fn assert_plan(config: Config) {
    let plan = config.plan(program().handlers.planned(config.timeouts()));
    if let Err(error) = plan.fits() {
        panic!("{error}\n{plan}");
    }
}

/// The configuration of the `#[graceful::main]` in this binary, when it was compiled as a test.
#[doc(hidden)]
pub struct MainConfig(pub fn() -> Config);

inventory::collect!(MainConfig);

#[cfg(feature = "testing")]
pub(crate) fn mains_config() -> Option<Config> {
    inventory::iter::<MainConfig>().next().map(|MainConfig(config)| config())
}

/// Ends the process after the shutdown, or after a failed start, whose error is printed on standard error.
fn exits(run: impl FnOnce() -> Result<u8, Error>) -> ! {
    match run() {
        Ok(code) => Exit::Complete(code).now(),
        Err(error) => start_failed(&error),
    }
}

fn start_failed(error: &Error) -> ! {
    print(&format!("graceful: {error:?}\n"));
    Exit::StartFailed(error.exit_code()).now();
}

/// Puts a record into the binary, for `cargo graceful`: a program without `#[graceful::main]` runs the shutdown all the
/// same. The functions that do so call this, since the record is linked when they are.
#[expect(unsafe_code, reason = "the attributes put their records into the same section")]
fn leaves_a_record() {
    crate::__meta!(@ [] "{\"graceful\":1,\"kind\":\"run\",\"module\":\"", "\"}\n");
    std::hint::black_box(&__META);
}

fn already_running() -> Error {
    let what = "graceful is running in this process already, or has run: a process has one lifecycle";
    Error::new(ErrorKind::AlreadyRunning, what)
}

/// A program whose supervisor runs and whose own runtime does not exist yet.
struct Launch {
    program: &'static Program,
    supervisor: Supervisor,
}

impl Launch {
    fn begin(config: Config, ending: Ending) -> Result<Self, Error> {
        let program = program();
        if !program.lifecycle.claim(config.resolved()?) {
            return Err(already_running());
        }
        // Not in the log, which no program has installed at this point.
        for unknown in unknown_variables() {
            print(&format!("graceful: {unknown}\n"));
        }
        let streams = [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()];
        program.lifecycle.set_terminal(streams.contains(&true));
        if cfg!(unix) {
            enough_descriptors().map_err(|cause| Error::cannot_start("the runtimes", cause))?;
        }
        Ok(Self { program, supervisor: Supervisor::start(program, ending)? })
    }

    fn main_async<F>(self, runtime: AnyRuntime, body: F) -> Result<u8, Error>
    where
        F: Future,
        F::Output: Termination,
    {
        let Self { program, supervisor } = self;
        let end = supervisor.attach(program, runtime.handle());
        let end = runtime.block_on(async move {
            program.finish_main(drive(program, body).await);
            // On a current-thread runtime this drives the handlers too.
            end.await
        });
        runtime.end(end)
    }

    fn main_sync<T: Termination>(self, runtime: AnyRuntime, body: impl FnOnce() -> T) -> Result<u8, Error> {
        let Self { program, supervisor } = self;
        let handle = runtime.handle().clone();
        let end = supervisor.attach(program, &handle);
        let (code_sender, code) = mpsc::channel();
        runtime.drive_apart(end, code_sender)?;
        program.lifecycle.participation.main_begins(false);
        let end = {
            let _runtime = handle.enter();
            caught(body).map_or(MainEnd::Panicked, |value| MainEnd::Returned(exit_code(value)))
        };
        program.finish_main(end);
        code.recv().map_err(|_| gone())?
    }
}

/// Checks that eleven descriptors are free, which the two runtimes need: tokio panics when it cannot open its signal pipe.
fn enough_descriptors() -> io::Result<()> {
    // Copies of one descriptor, since opening as many sockets would take longer than the rest of the start.
    let (pipe, _writer) = io::pipe()?;
    let copies: io::Result<Vec<_>> = (0..10).map(|_| pipe.try_clone()).collect();
    copies.map(drop)
}

fn gone() -> Error {
    Error::new(ErrorKind::Runtime, "the supervisor's thread is gone")
}

impl Program {
    pub(crate) fn finish_main(&'static self, end: MainEnd) {
        self.log_plan();
        self.check_signals();
        self.main.set_end(end);
        match end {
            MainEnd::Returned(0) => self.lifecycle.begin(Reason::MainReturned),
            MainEnd::Returned(_) | MainEnd::Panicked => self.lifecycle.begin(Reason::MainFailed),
            MainEnd::Abandoned => false,
        };
    }

    /// Logs the plan, once and not before a subscriber is installed: what happens on SIGTERM, or by how much it does not fit.
    /// The recorder of the metrics is installed at the same time.
    pub(crate) fn log_plan(&'static self) {
        #[cfg(feature = "metrics")]
        metrics::running(self);
        if tracing::dispatcher::has_been_set() && !self.plan_logged.swap(true, Ordering::Relaxed) {
            events::plan(&self.plan());
            self.log_repeated();
        }
    }

    /// Logs each type of which several values were provided, once and not before a subscriber is installed.
    pub(crate) fn log_repeated(&self) {
        if tracing::dispatcher::has_been_set() {
            for repeated in self.resources.repeated_to_log().iter().filter(|repeated| self.is_suspect(repeated)) {
                events::repeated(repeated);
            }
        }
    }
}

/// Polls main's body until it ends or is abandoned, and drops it.
pub(crate) async fn drive<F>(program: &'static Program, body: F) -> MainEnd
where
    F: Future,
    F::Output: Termination,
{
    program.lifecycle.participation.main_begins(true);
    let body = async { exit_code(body.await) };
    let mut body = pin!(program.main.abandoned_token().run_until_cancelled(caught_async(Box::pin(body))));
    let mut polled = false;
    poll_fn(|context| {
        let ended = match body.as_mut().poll(context) {
            Poll::Ready(Some(Ok(code))) => Poll::Ready(MainEnd::Returned(code)),
            Poll::Ready(Some(Err(_))) => Poll::Ready(MainEnd::Panicked),
            Poll::Ready(None) => Poll::Ready(MainEnd::Abandoned),
            Poll::Pending => Poll::Pending,
        };
        if !polled {
            // Most programs have installed their subscriber before their first await.
            polled = true;
            program.log_plan();
        }
        ended
    })
    .await
}

/// The exit code that std computes from main's value. Prints an `Err`, as std does.
fn exit_code(value: impl Termination) -> u8 {
    let code = value.report();
    // `ExitCode` can be compared, but does not return its number.
    (0..=u8::MAX).find(|&number| ExitCode::from(number) == code).unwrap_or(exit::code::UNCLEAN)
}

const RUNTIME: &str = "the application's runtime";

/// Builds a runtime. tokio panics when it cannot start a worker, and while the panic unwinds it may wait for ever for the
/// workers that it has started. So a panic on this thread ends the process before it unwinds, from the panic hook.
fn exits_on_panic<T>(build: impl FnOnce() -> T) -> T {
    let here = thread::current().id();
    let before = Arc::new(panic::take_hook());
    let of_others = Arc::clone(&before);
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != here {
            return of_others(panic);
        }
        start_failed(&Error::cannot_start(RUNTIME, io::Error::other(message_of(panic.payload()))));
    }));
    let built = build();
    drop(panic::take_hook());
    // Another thread may be panicking at this moment.
    panic::set_hook(Arc::try_unwrap(before).unwrap_or_else(|before| Box::new(move |panic| before(panic))));
    built
}

enum AnyRuntime {
    Shared(Runtime),
    /// Built by the user: it may have no timers.
    Foreign(Runtime),
    Local(LocalRuntime),
}

impl AnyRuntime {
    /// Builds the runtime. Ends the process if the system has no thread left for a worker.
    fn build(mut builder: Builder, flavor: Flavor) -> Result<Self, Error> {
        let built = exits_on_panic(|| match flavor {
            Flavor::MultiThread | Flavor::CurrentThread => builder.build().map(Self::Shared),
            Flavor::Local => builder.build_local(Default::default()).map(Self::Local),
        });
        built.map_err(|cause: io::Error| Error::cannot_start(RUNTIME, cause))
    }

    fn handle(&self) -> &Handle {
        match self {
            Self::Shared(runtime) | Self::Foreign(runtime) => runtime.handle(),
            Self::Local(runtime) => runtime.handle(),
        }
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::Shared(runtime) | Self::Foreign(runtime) => runtime.block_on(future),
            Self::Local(runtime) => runtime.block_on(future),
        }
    }

    /// Starts a thread that drives the runtime while main blocks its own, and that ends it. A current-thread runtime needs it.
    fn drive_apart(self, end: oneshot::Receiver<End>, code: Sender<Result<u8, Error>>) -> Result<(), Error> {
        let Self::Shared(runtime) = self else {
            return Err(Error::new(ErrorKind::Config, "a local runtime needs an async main"));
        };
        let drive = move || {
            let end = runtime.block_on(end);
            // Main may still be blocked.
            let _ = code.send(Self::Shared(runtime).end(end));
        };
        spawn::thread("graceful-runtime", drive).map_err(|cause| Error::cannot_start("the runtime's thread", cause))
    }

    /// Shuts the runtime down, so that the destructors of its tasks run. Returns the exit code.
    fn end(self, end: Result<End, RecvError>) -> Result<u8, Error> {
        let (exits, limit) = end.as_ref().map_or((false, Duration::ZERO), |end| (end.exits, end.runtime_timeout));
        if exits && self.handle().metrics().num_alive_tasks() == 0 {
            // The exit ends its threads, and waking them first takes longer.
            mem::forget(self);
        } else {
            // A destructor may panic.
            let _ = caught(|| self.shut_down(limit));
        }
        let End { code, done, .. } = end.map_err(|_| gone())?;
        let _ = done.send(());
        Ok(code)
    }

    /// Waits until every task is dropped, at most for `limit`, and not for threads that run blocking work.
    fn shut_down(self, limit: Duration) {
        let tasks = self.handle().metrics().num_alive_tasks();
        // A current-thread runtime drops its tasks on this thread, whatever the limit.
        let waits = tasks > 0 && self.handle().runtime_flavor() == RuntimeFlavor::MultiThread;
        match self {
            Self::Shared(runtime) if waits => {
                let end = SchedulerEnd::of(runtime.handle());
                runtime.shutdown_background();
                end.wait(limit);
            }
            // Without timers nothing tells the end of the tasks from that of the threads.
            Self::Foreign(runtime) if waits => runtime.shutdown_timeout(limit),
            Self::Shared(runtime) | Self::Foreign(runtime) => runtime.shutdown_background(),
            Self::Local(runtime) => runtime.shutdown_background(),
        }
    }
}
