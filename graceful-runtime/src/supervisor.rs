//! The supervisor: the thread that receives the signals, keeps the deadline, and runs the shutdown.
//!
//! It shares nothing with the application's runtime that could block it. Its own runtime has four kinds of tasks: one
//! turns signals into steps, one ends the process at the deadline, one runs the sequence, and the rest notify the
//! platform and answer probes. None of them blocks: output runs on threads of [`Output`](crate::output::Output).

mod platform;
mod signal_policy;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use graceful_core::text::duration;
use graceful_core::{ReportFormat, budget};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::time::{self, sleep, sleep_until, timeout, timeout_at};

use self::platform::Platform;
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
use self::platform::warn_if_never_ready;
#[cfg(not(test))]
use self::signal_policy::Step;
use self::signal_policy::take_and_explain;
#[cfg(test)]
pub(crate) use self::signal_policy::{Step, take};
use crate::error::Error;
use crate::exit::{self, Exit};
use crate::outcome::caught;
use crate::output::print;
#[cfg(feature = "probes")]
use crate::probes;
use crate::program::{Program, Runtimes};
use crate::report::Report;
use crate::sequence::{self, Stage, waiting_for};
use crate::signal::Signals;
use crate::trigger::Reason;
use crate::{events, spawn};

/// How long the log, standard error and the termination log may each take for the report. They may be blocked for good.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the application's runtime may take to exist after a signal, before the process ends without it.
const START_TIMEOUT: Duration = Duration::from_secs(1);

/// What happens to the process after the shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It exits.
    Exit,
    /// Main's thread receives the code and returns it.
    Return,
}

/// The supervisor's thread, seen from main's.
pub(crate) struct Supervisor {
    runtime: Handle,
    #[cfg(feature = "probes")]
    probes: Option<std::net::SocketAddr>,
    app: oneshot::Sender<Handle>,
    code: oneshot::Receiver<u8>,
}

impl Supervisor {
    /// Registers the signals and starts the thread. Signals do not kill the process after this.
    pub(crate) fn start(program: &'static Program, ending: Ending) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|cause| Error::cannot_start("the supervisor's runtime", cause))?;
        let entered = runtime.enter();
        let signals = Signals::register(program.config().listens_to())?;
        #[cfg(feature = "probes")]
        let (probes, probes_address) = probes::bind(program)?.unzip();
        drop(entered);
        let (app, app_receiver) = oneshot::channel();
        let (code_sender, code) = oneshot::channel();
        let supervision = Supervision {
            program,
            ending,
            signals,
            platform: Platform::find(program),
            #[cfg(feature = "probes")]
            probes,
            app: app_receiver,
            code: code_sender,
        };
        let handle = runtime.handle().clone();
        let supervise = move || {
            if caught(|| supervision.run(runtime)).is_err() {
                // The panic hook has printed where.
                Exit::SupervisorFailed.now();
            }
        };
        spawn::thread("graceful-supervisor", supervise)
            .map_err(|cause| Error::cannot_start("the supervisor's thread", cause))?;
        Ok(Self {
            runtime: handle,
            #[cfg(feature = "probes")]
            probes: probes_address,
            app,
            code,
        })
    }

    /// Hands over the application's runtime: main's body may begin. Returns the receiver of the exit code.
    pub(crate) fn attach(self, program: &'static Program, app: &Handle) -> oneshot::Receiver<u8> {
        program.set_runtimes(Runtimes {
            app: app.clone(),
            supervisor: Some(self.runtime),
            #[cfg(feature = "probes")]
            probes: self.probes,
        });
        // If the supervisor has given up, the receiver reports it.
        let _ = self.app.send(app.clone());
        self.code
    }
}

/// What the supervisor's thread works with.
struct Supervision {
    program: &'static Program,
    ending: Ending,
    signals: Signals,
    platform: Platform,
    #[cfg(feature = "probes")]
    probes: Option<tokio::net::TcpListener>,
    app: oneshot::Receiver<Handle>,
    code: oneshot::Sender<u8>,
}

impl Supervision {
    fn run(self, runtime: Runtime) {
        // A task, since waking the outermost future costs a system call, also from its own thread.
        let supervise = spawn::task(runtime.handle(), self.supervise());
        if runtime.block_on(supervise).is_err() {
            Exit::SupervisorFailed.now();
        }
    }

    async fn supervise(self) {
        let Self { program, ending, signals, platform, app, code, .. } = self;
        let here = Handle::current();
        spawn::task(&here, listen(program, signals, platform.clone()));
        let app = match runtime_of(program, app).await {
            Ok(app) => app,
            Err(Some(exit)) => exit.now(),
            Err(None) => return,
        };
        platform.attend(program, &app);
        #[cfg(feature = "probes")]
        if let Some(listener) = self.probes {
            spawn::task(&here, probes::serve(program, listener, app.clone()));
        }
        #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
        spawn::task(&here, warn_if_never_ready(program, platform.waits_for_ready()));
        let deadline = spawn::task(&here, enforce_deadline(program, platform.clone()));

        let exit_code = shut_down(program, app, platform).await;
        let main_is_free = program.main.end().is_some();
        match ending {
            Ending::Return if main_is_free => {
                deadline.abort();
                let _ = code.send(exit_code);
            }
            // A main that blocks would never receive the code.
            Ending::Exit | Ending::Return => exit::complete(exit_code, main_is_free.then_some(code)).await,
        }
    }
}

/// Receives the application's runtime from main's thread. The error is how the process ends without it: `None` when the
/// start has failed, which main's thread reports.
async fn runtime_of(program: &Program, app: oneshot::Receiver<Handle>) -> Result<Handle, Option<Exit>> {
    let mut app = pin!(app);
    if let Some(app) = program.lifecycle.run_until_requested(app.as_mut()).await {
        return app.map_err(|_| None);
    }
    match timeout(START_TIMEOUT, app).await {
        Ok(app) => app.map_err(|_| None),
        Err(_) => Err(Some(match program.lifecycle.requested().await.trigger.reason {
            Reason::Signal(signal) => Exit::StartInterrupted(signal),
            _ => Exit::StartFailed(exit::code::UNCLEAN),
        })),
    }
}

/// Waits for the trigger, runs the shutdown and reports it. Returns the exit code.
async fn shut_down(program: &'static Program, app: Handle, platform: Platform) -> u8 {
    let shutdown = program.lifecycle.requested().await;
    let stage = Stage { program, shutdown, app };
    sequence::run(&stage).await;
    // Its own task for this may not have had its turn.
    platform.notify(program);
    let report = Arc::new(program.final_report(shutdown));
    report_end(&stage, &report, &platform).await;
    if !shutdown.exit.take() {
        // The deadline or a SIGINT ends the process at this moment.
        std::future::pending::<()>().await;
    }
    report.exit_code()
}

/// Gives the report to the log, the observers, standard error and the platform, and waits for each of them with a timeout.
async fn report_end(stage: &Stage, report: &Arc<Report>, platform: &Platform) {
    let output = &stage.program.output;
    platform.report(report, Exit::Complete(report.exit_code()));
    let for_the_log = Arc::clone(report);
    let spans = &stage.shutdown.spans;
    output.log(move || {
        events::stopped(&for_the_log);
        spans.close(&for_the_log);
    });
    output.log_finished(REPORT_TIMEOUT.min(until_forced(stage) / 4)).await;
    platform.measured(REPORT_TIMEOUT.min(until_forced(stage) / 4)).await;
    // The trace and the metrics are complete here, so that they can be flushed.
    let format = stage.program.config().effective_report();
    if !report.is_clean() && format != ReportFormat::Off {
        // After the log, which a terminal shows in the same place.
        output.stderr(report.in_format(format, "the shutdown was not clean"));
    }
    observe(stage, Arc::clone(report)).await;
    output.stderr_finished(REPORT_TIMEOUT.min(until_forced(stage) / 2)).await;
    platform.reported(REPORT_TIMEOUT.min(until_forced(stage) / 2)).await;
}

/// Calls the report's observers. They may use nearly all that is left of the grace period.
async fn observe(stage: &Stage, report: Arc<Report>) {
    let observers = stage.program.take_observers();
    if observers.is_empty() {
        return;
    }
    let (done, all_done) = oneshot::channel();
    stage.program.output.tell(move || {
        for observer in observers {
            let _ = caught(|| observer(&report));
        }
        let _ = done.send(());
    });
    let _ = timeout(until_forced(stage) / 4 * 3, all_done).await;
}

/// How long until the deadline ends the process.
fn until_forced(stage: &Stage) -> Duration {
    let grace_period = stage.program.config().timeouts().grace_period;
    let left = stage.shutdown.trigger.deadline.saturating_duration_since(Instant::now());
    left.saturating_sub(budget::message_timeout(grace_period))
}

/// Turns signals into steps.
async fn listen(program: &'static Program, mut signals: Signals, platform: Platform) {
    loop {
        let signal = signals.next().await;
        if take_and_explain(program, signal) != Step::ExitNow {
            continue;
        }
        let Some(shutdown) = program.lifecycle.shutdown() else { continue };
        // Also if somebody else has claimed the end: that one may be stuck.
        shutdown.exit.take();
        let code = Exit::Interrupt.code();
        let message = format!("{signal} again, exiting at once with code {code}: {}", shutdown.recorder.unfinished(""));
        let report = Arc::new(program.report(shutdown, code));
        // A person who presses Ctrl-C again wants no picture.
        let format = Some(program.config().effective_report()).filter(|format| *format == ReportFormat::Json);
        let message_timeout = budget::message_timeout(program.config().timeouts().grace_period);
        let end = Instant::now() + message_timeout;
        program.output.stderr(report.in_format(format.unwrap_or(ReportFormat::Off), &message));
        platform.report(&report, Exit::Interrupt);
        program.output.stderr_finished(message_timeout).await;
        platform.measured(end.saturating_duration_since(Instant::now())).await;
        platform.reported(end.saturating_duration_since(Instant::now())).await;
        Exit::Interrupt.now();
    }
}

/// Ends the process at the deadline, whatever the rest of it does, and prints what was running.
async fn enforce_deadline(program: &'static Program, platform: Platform) {
    let shutdown = program.lifecycle.requested().await;
    let grace_period = program.config().timeouts().grace_period;
    let deadline = time::Instant::from_std(shutdown.trigger.deadline);
    let message_timeout = budget::message_timeout(grace_period);
    sleep_until(deadline.checked_sub(message_timeout).unwrap_or(deadline)).await;
    // If the process was suspended this fires late. There is still time for the message.
    let end = deadline.max(time::Instant::now() + message_timeout / 2);
    if !shutdown.exit.take() {
        // The process is about to end in another way. If that is stuck, it ends here.
        sleep(message_timeout / 4).await;
    }

    let code = Exit::Deadline.code();
    let report = Arc::new(program.report(shutdown, code));
    platform.report(&report, Exit::Deadline);
    let message = format!(
        "the grace period of {} is over, exiting with code {code}: {}",
        duration(grace_period),
        shutdown.recorder.unfinished(&waiting_for(program, shutdown)),
    );
    let text = report.in_format(program.config().effective_report(), &message);
    // On its own thread: the thread for standard error may be stuck with an earlier text.
    let (printed, is_printed) = oneshot::channel();
    let write = move || {
        print(&text);
        let _ = printed.send(());
    };
    if spawn::thread("graceful-deadline", write).is_ok() {
        let _ = timeout_at(end, is_printed).await;
    }
    platform.measured(end.saturating_duration_since(time::Instant::now())).await;
    platform.reported(end.saturating_duration_since(time::Instant::now())).await;
    Exit::Deadline.now();
}

#[cfg(test)]
mod tests {
    use graceful_core::Signal;

    use super::*;
    use crate::in_flight::Work;

    fn program() -> Program {
        Program::new(Work::leaked(), || time::Instant::now().into_std(), Vec::new)
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_ends_a_start_that_takes_too_long() {
        let program = program();
        let (_app, receiver) = oneshot::channel();
        program.lifecycle.begin(Reason::Signal(Signal::Terminate));
        let begin = time::Instant::now();
        let ended = runtime_of(&program, receiver).await;
        assert_eq!(ended.unwrap_err(), Some(Exit::StartInterrupted(Signal::Terminate)));
        assert_eq!((begin.elapsed(), Exit::StartInterrupted(Signal::Terminate).code()), (START_TIMEOUT, 143));
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_that_is_quick_enough_is_not_ended() {
        let program = program();
        let (app, receiver) = oneshot::channel();
        program.lifecycle.begin(Reason::Signal(Signal::Terminate));
        app.send(Handle::current()).unwrap();
        assert!(runtime_of(&program, receiver).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_that_has_failed_is_left_to_mains_thread() {
        let (app, receiver) = oneshot::channel();
        drop(app);
        assert_eq!(runtime_of(&program(), receiver).await.unwrap_err(), None);
    }
}
