//! Builds the application's runtime, starts the supervisor, and runs main's body.

mod runtime;
mod without_macro;

use std::future::{Future, poll_fn};
use std::io;
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::process::{ExitCode, Termination};
use std::task::Poll;

use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use self::runtime::AnyRuntime;
pub use self::runtime::Flavor;
use crate::config::Config;
use crate::drive::Drive;
use crate::error::{Error, ErrorKind};
use crate::exit;
use crate::handler::begin_here;
use crate::lifecycle::Reason;
use crate::main_task::MainEnd;
use crate::program::{Program, program};
use crate::supervisor::{Ending, Supervisor, cannot_start};
use crate::unwind::{caught, caught_async};
use crate::voice::print;

/// What `#[graceful::main]` makes of an `async fn main`.
#[doc(hidden)]
pub fn run_async<F>(config: Config, flavor: Flavor, builder: Builder, body: F) -> !
where
    F: Future,
    F::Output: Termination,
{
    never(|| {
        let launch = Launch::begin(config, Ending::Exit)?;
        // Never dropped: that would wait for what runs on it.
        let runtime = ManuallyDrop::new(AnyRuntime::build(builder, flavor)?);
        launch.main_async(&runtime, body)
    })
}

/// What `#[graceful::main]` makes of a plain `fn main`.
#[doc(hidden)]
pub fn run_sync<T, F>(config: Config, flavor: Flavor, builder: Builder, body: F) -> !
where
    F: FnOnce() -> T,
    T: Termination,
{
    never(|| {
        let launch = Launch::begin(config, Ending::Exit)?;
        let runtime = AnyRuntime::build(builder, flavor)?;
        launch.main_sync(runtime, body)
    })
}

/// Fails when the plan, of everything that is linked into this binary, doesn't fit: the generated test.
#[doc(hidden)]
#[track_caller]
#[cfg_attr(not(test), expect(clippy::panic, reason = "so a test fails"))]
pub fn assert_plan(config: Config) {
    let plan = config.plan(program().handlers.planned(config.effective_handler_timeout()));
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

/// A start-up that fails is told on standard error; then, and when all is done, the process ends.
#[cfg_attr(not(test), expect(clippy::exit, reason = "this is the exit"))]
fn never(run: impl FnOnce() -> Result<u8, Error>) -> ! {
    match run() {
        Ok(code) => std::process::exit(i32::from(code)),
        Err(error) => {
            print(&format!("graceful: {error:?}\n"));
            exit::now(error.exit_code());
        }
    }
}

/// A program whose signals are armed, and that waits for its runtime.
struct Launch {
    program: &'static Program,
    ending: Ending,
    supervisor: Supervisor,
}

impl Launch {
    fn begin(config: Config, ending: Ending) -> Result<Self, Error> {
        let program = program();
        if !program.claim(config.resolved()?) {
            let what = "graceful is running in this process already, or has run: a process has one lifecycle";
            return Err(Error::new(ErrorKind::AlreadyRunning, what));
        }
        if cfg!(unix) {
            enough_descriptors().map_err(|cause| cannot_start("the runtimes", cause))?;
        }
        Ok(Self { program, ending, supervisor: Supervisor::arm(program)? })
    }

    /// Main's body may begin. Gives the line through which the exit code comes.
    fn ready(self, app: &Handle) -> Result<(&'static Program, oneshot::Receiver<u8>), Error> {
        let Self { program, ending, supervisor } = self;
        program.set_app(app.clone());
        let ended = supervisor.start(program, ending, app.clone())?;
        Ok((program, ended))
    }

    fn main_async<F>(self, runtime: &AnyRuntime, body: F) -> Result<u8, Error>
    where
        F: Future,
        F::Output: Termination,
    {
        let ending = self.ending;
        let (program, ended) = self.ready(runtime.handle())?;
        runtime.block_on(async move {
            let end = drive(program, body).await;
            see_out(program, ending, end, ended).await
        })
    }

    fn main_sync<T: Termination>(self, runtime: AnyRuntime, body: impl FnOnce() -> T) -> Result<u8, Error> {
        let handle = runtime.handle().clone();
        let ending = self.ending;
        let (program, ended) = self.ready(&handle)?;
        runtime.drive_apart()?;
        let end = {
            let _runtime = handle.enter();
            caught(body).map_or(MainEnd::Panicked, |value| MainEnd::Returned(exit_code(value)))
        };
        handle.block_on(see_out(program, ending, end, ended))
    }
}

/// What main's thread does when its body has ended.
async fn see_out(
    program: &'static Program,
    ending: Ending,
    end: MainEnd,
    ended: oneshot::Receiver<u8>,
) -> Result<u8, Error> {
    // Not where it is to return: a handler that blocks it would keep it from that. And where it is the runtime's only one it
    // has the handlers anyway.
    if ending == Ending::Exit && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        begin_here(|| program.finish_main(end)).await;
    } else {
        program.finish_main(end);
    }
    // Where it is the only one it goes on driving the runtime, for the handlers.
    ended.await.map_err(|_| gone())
}

/// Where none are left for its signals tokio panics, so it must not come to that. The two runtimes take eleven.
fn enough_descriptors() -> io::Result<()> {
    // Copies of one: as many pairs of sockets would cost more than all the rest of the start.
    let (pipe, _writer) = io::pipe()?;
    let copies: io::Result<Vec<_>> = (0..10).map(|_| pipe.try_clone()).collect();
    copies.map(drop)
}

fn gone() -> Error {
    Error::new(ErrorKind::Runtime, "the supervisor's thread is gone")
}

impl Program {
    pub(crate) fn finish_main(&self, end: MainEnd) {
        self.warn_of_plan();
        let tell = || {
            self.main.set_end(end);
            match end {
                MainEnd::Returned(0) => self.lifecycle.begin(Reason::MainReturned),
                MainEnd::Returned(_) | MainEnd::Panicked => self.lifecycle.begin(Reason::MainFailed),
                MainEnd::Abandoned => false,
            };
        };
        Drive::after_in(self.drive(), tell);
    }
}

/// Polls main's body to its end, or until it is abandoned, and drops it.
pub(crate) async fn drive<F>(program: &'static Program, body: F) -> MainEnd
where
    F: Future,
    F::Output: Termination,
{
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
            // By its first await most programs have installed their subscriber.
            polled = true;
            program.warn_of_plan();
        }
        ended
    })
    .await
}

/// What std makes of main's value. `Err` is printed on the way, as std does.
fn exit_code(value: impl Termination) -> u8 {
    let code = value.report();
    // `ExitCode` doesn't give its number, but compares.
    (0..=u8::MAX).find(|&number| ExitCode::from(number) == code).unwrap_or(exit::code::UNCLEAN)
}
