//! Starts the supervisor, builds the application's runtime, and runs main's body.

mod app_runtime;
mod configure;
mod handlers;
mod scheduler_end;
mod without_macro;

use std::future::{Future, poll_fn};
use std::io::{self, IsTerminal};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::pin::{Pin, pin};
use std::process::{ExitCode, Termination};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::thread;

pub use self::handlers::run_handlers;
pub use graceful_core::Flavor;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use self::app_runtime::AnyRuntime;

#[doc(hidden)]
pub use self::configure::{ConfigureReturn, configured};
use crate::block_on::block_on;
use crate::config::{Config, Environment};
use crate::error::{Error, ErrorKind};
use crate::exit::Exit;
use crate::lifecycle::MainEnd;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::outcome::{Outcome, caught, caught_async};
use crate::output::print;
use crate::program::{Program, program};
use crate::sequence::beside;
use crate::supervisor::{Ending, Supervisor};
use crate::trigger::Reason;
use crate::{events, exit};

/// Runs an `async fn main` that has the attribute `#[graceful::main]`.
#[doc(hidden)]
pub fn run_async<F>(config: Config, flavor: Flavor, builder: Builder, body: F) -> !
where
    F: Future,
    F::Output: Termination,
{
    exits(config, flavor, builder, Main::future(body))
}

/// Runs a plain `fn main` that has the attribute `#[graceful::main]`.
#[doc(hidden)]
pub fn run_sync<T, F>(config: Config, flavor: Flavor, builder: Builder, body: F) -> !
where
    F: FnOnce() -> T,
    T: Termination,
{
    exits(config, flavor, builder, Main::function(body))
}

/// Panics when the plan of all linked handlers does not fit. The generated test calls it.
#[doc(hidden)]
#[track_caller]
#[cfg_attr(not(test), expect(clippy::panic, reason = "so a test fails"))]
pub fn assert_plan(config: Config) {
    let plan = program().handlers.plan(config.timeouts());
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

/// Runs main and the shutdown, and exits. A start that fails exits too: its error is printed on standard error.
fn exits(config: Config, flavor: Flavor, builder: Builder, main: Main<'_>) -> ! {
    let run = || Launch::begin(config, Ending::Exit)?.run(AnyRuntime::build(builder, flavor)?, main);
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

/// Main's body, which returns the exit code. Boxed, so that what runs it is not compiled again in each program.
enum Main<'a> {
    Async(MainFuture<'a>),
    Sync(Box<dyn FnOnce() -> u8 + 'a>),
}

type MainFuture<'a> = Pin<Box<dyn Future<Output = u8> + 'a>>;

impl<'a> Main<'a> {
    fn future<F>(body: F) -> Self
    where
        F: Future + 'a,
        F::Output: Termination,
    {
        Self::Async(Box::pin(async { exit_code(body.await) }))
    }

    fn function<T: Termination>(body: impl FnOnce() -> T + 'a) -> Self {
        Self::Sync(Box::new(|| exit_code(body())))
    }
}

/// A program whose supervisor runs and whose own runtime does not exist yet.
struct Launch {
    program: &'static Program,
    supervisor: Supervisor,
}

impl Launch {
    fn begin(config: Config, ending: Ending) -> Result<Self, Error> {
        let program = program();
        let environment = Environment::read();
        if !program.lifecycle.claim(config.resolved(&environment)?) {
            return Err(already_running());
        }
        // Not in the log, which no program has installed at this point.
        for unknown in environment.unknown() {
            print(&format!("graceful: {unknown}\n"));
        }
        #[cfg(all(feature = "sockets", target_os = "linux"))]
        crate::sockets::keep_from_children();
        let streams = [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()];
        program.lifecycle.set_terminal(streams.contains(&true));
        #[cfg(unix)]
        enough_descriptors().map_err(|cause| Error::cannot_start("the supervisor's runtime", cause))?;
        Ok(Self { program, supervisor: Supervisor::start(program, ending)? })
    }

    /// Runs main and the shutdown on this runtime. Returns the exit code.
    fn run(self, runtime: AnyRuntime, main: Main<'_>) -> Result<u8, Error> {
        match main {
            Main::Async(body) => self.main_async(runtime, body),
            Main::Sync(body) => self.main_sync(runtime, body),
        }
    }

    fn main_async(self, runtime: AnyRuntime, body: MainFuture<'_>) -> Result<u8, Error> {
        let Self { program, supervisor } = self;
        let end = supervisor.attach(program, runtime.handle());
        let end = runtime.block_on(Box::pin(async move {
            let main_end = drive(program, body).await;
            // Before the thread is free, since a subscriber may block it.
            program.log_plan();
            program.main_thread.becomes_free();
            program.finish_main(main_end);
            // On a current-thread runtime this drives the handlers too.
            beside(end, program.main_thread.run_handlers()).await
        }));
        runtime.end(end, true)
    }

    fn main_sync(self, runtime: AnyRuntime, body: Box<dyn FnOnce() -> u8 + '_>) -> Result<u8, Error> {
        let Self { program, supervisor } = self;
        let handle = runtime.handle().clone();
        let end = supervisor.attach(program, &handle);
        let (code_sender, code) = oneshot::channel();
        runtime.drive_apart(end, code_sender)?;
        program.lifecycle.participation.main_begins(false);
        let end = {
            let _runtime = handle.enter();
            caught(body).map_or_else(|message| panicked(program, message), MainEnd::Returned)
        };
        program.finish_main(end);
        block_on(code, thread::park).map_err(|_| gone())?
    }
}

/// Checks that five descriptors are free. tokio panics when it cannot open its sockets for signals, the fourth and the fifth
/// that the supervisor's runtime needs. When a later one is missing, tokio returns an error.
#[cfg(unix)]
fn enough_descriptors() -> io::Result<()> {
    // Copies of one descriptor, since to open as many sockets would take longer than the rest of the start. std has opened this one
    // if the process had none.
    let copies: io::Result<Vec<_>> = (0..5).map(|_| io::stderr().as_fd().try_clone_to_owned()).collect();
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
pub(crate) async fn drive<F>(program: &'static Program, body: Pin<Box<F>>) -> MainEnd
where
    F: Future<Output = u8> + ?Sized,
{
    program.lifecycle.participation.main_begins(true);
    let mut body = pin!(program.main.abandoned_token().run_until_cancelled(caught_async(body)));
    let mut polled = false;
    poll_fn(|context| {
        let ended = match body.as_mut().poll(context) {
            Poll::Ready(Some(Ok(code))) => Poll::Ready(MainEnd::Returned(code)),
            Poll::Ready(Some(Err(message))) => Poll::Ready(panicked(program, message)),
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

fn panicked(program: &Program, message: String) -> MainEnd {
    program.main.set_failure(Outcome::Panicked(message));
    MainEnd::Panicked
}

/// The exit code that std computes from main's value. Prints an `Err`, as std does.
pub(crate) fn exit_code(value: impl Termination) -> u8 {
    let code = value.report();
    // `ExitCode` can be compared, but does not return its number.
    (0..=u8::MAX).find(|&number| ExitCode::from(number) == code).unwrap_or(exit::code::UNCLEAN)
}
