//! The supervisor: the thread that receives the signals, keeps the deadline, and runs the shutdown.
//!
//! It shares nothing with the application's runtime that could block it. Its own runtime has four kinds of tasks: one
//! turns signals into steps, one ends the process at the deadline, one runs the sequence, and the rest notify the
//! platform and answer probes. None of them blocks: output runs on threads of [`Output`](crate::output::Output).

mod platform;
mod signal_policy;
#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use graceful_core::text::duration;
use graceful_core::{ReportFormat, budget};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::time::{self, sleep, sleep_until, timeout};

use self::platform::Platform;
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
use self::platform::warn_if_never_ready;
#[cfg(not(test))]
use self::signal_policy::Step;
use self::signal_policy::take_and_explain;
#[cfg(test)]
pub(crate) use self::signal_policy::{REPEAT_WINDOW, Step, take};
use crate::error::Error;
use crate::exit::{self, End, Exit};
use crate::kept::FORCED_TIMEOUT;
use crate::outcome::caught;
use crate::output::print;
#[cfg(feature = "probes")]
use crate::probes;
use crate::program::{Program, Runtimes};
use crate::report::Report;
use crate::sequence::{self, Stage, waiting_for};
use crate::signal::Signals;
use crate::spawn::Boxed;
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
    platform: Platform,
    #[cfg(feature = "probes")]
    probes: Option<(tokio::net::TcpListener, std::net::SocketAddr)>,
    app: oneshot::Sender<Handle>,
    end: oneshot::Receiver<End>,
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
        let signals = Signals::register(program.config().get_signals())?;
        let _ = program.signals.set(signals.registered());
        #[cfg(feature = "probes")]
        let probes = probes::bind(program)?;
        drop(entered);
        let (app, app_receiver) = oneshot::channel();
        let (end_sender, end) = oneshot::channel();
        let platform = Platform::find(program);
        let supervision =
            Supervision { program, ending, signals, platform: platform.clone(), app: app_receiver, end: end_sender };
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
            platform,
            #[cfg(feature = "probes")]
            probes,
            app,
            end,
        })
    }

    /// Hands over the application's runtime: main's body may begin. The thread that owns the runtime awaits the returned
    /// receiver.
    pub(crate) fn attach(self, program: &'static Program, app: &Handle) -> oneshot::Receiver<End> {
        #[cfg(feature = "probes")]
        let (listener, probes) = self.probes.unzip();
        program.set_runtimes(Runtimes {
            app: app.clone(),
            supervisor: Some(self.runtime.clone()),
            #[cfg(feature = "probes")]
            probes,
        });
        self.platform.attend(program, app, &self.runtime);
        #[cfg(feature = "probes")]
        if let Some(listener) = listener {
            spawn::task(&self.runtime, probes::serve(program, listener, app.clone()));
        }
        // If the supervisor has given up, the receiver reports it.
        let _ = self.app.send(app.clone());
        self.end
    }
}

/// What the supervisor's thread works with.
struct Supervision {
    program: &'static Program,
    ending: Ending,
    signals: Signals,
    platform: Platform,
    app: oneshot::Receiver<Handle>,
    end: oneshot::Sender<End>,
}

impl Supervision {
    fn run(self, runtime: Runtime) {
        // A task, since waking the outermost future costs a system call, also from its own thread. So does spawning a task from
        // outside of the runtime.
        let supervise = async { spawn::task(&Handle::current(), self.supervise()).await };
        if runtime.block_on(supervise).is_err() {
            Exit::SupervisorFailed.now();
        }
    }

    async fn supervise(self) {
        let Self { program, ending, signals, platform, app, mut end } = self;
        let here = Handle::current();
        spawn::task(&here, listen(program, signals, platform.clone()));
        #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
        spawn::task(&here, warn_if_never_ready(program));
        let app = match runtime_of(program, app, &mut end).await {
            Ok(app) => app,
            Err(Some(exit)) => exit.now(),
            Err(None) => return,
        };
        let deadline = spawn::task(&here, enforce_deadline(program, platform.clone()));

        let (code, runtime_timeout) = shut_down(program, app, platform).await;
        let main_has_ended = program.main.end().is_some();
        let (done, is_done) = oneshot::channel();
        if main_has_ended || !program.lifecycle.participation.main_is_async() {
            let _ = end.send(End { code, exits: ending == Ending::Exit, runtime_timeout, done });
        } else {
            // A main that blocks the thread which owns the runtime would never receive it.
            drop(done);
        }
        match ending {
            Ending::Return if main_has_ended => {
                let _ = is_done.await;
                deadline.abort();
            }
            Ending::Exit | Ending::Return => exit::complete(code, runtime_timeout, is_done, main_has_ended).await,
        }
    }
}

/// Receives the application's runtime from main's thread, when the shutdown begins. As soon as it is sent, it would wake the
/// supervisor, which would take the processor from main while main starts. The error is how the process ends without it: `None`
/// when the start has failed, which main's thread reports.
async fn runtime_of(
    program: &Program,
    app: oneshot::Receiver<Handle>,
    end: &mut oneshot::Sender<End>,
) -> Result<Handle, Option<Exit>> {
    // Main drops its half when the start has failed.
    if program.lifecycle.run_until_requested(end.closed()).await.is_some() {
        return Err(None);
    }
    match timeout(START_TIMEOUT, app).await {
        Ok(app) => app.map_err(|_| None),
        Err(_) => Err(Some(match program.lifecycle.requested().await.trigger.reason {
            Reason::Signal(signal) => Exit::StartInterrupted(signal),
            _ => Exit::StartFailed(exit::code::UNCLEAN),
        })),
    }
}

/// Waits for the trigger, runs the shutdown, reports it and flushes. Returns the exit code, and how long the application's
/// runtime may take to shut down.
async fn shut_down(program: &'static Program, app: Handle, platform: Platform) -> (u8, Duration) {
    let stage = sequence::stage(program, app).await;
    sequence::run(&stage).await;
    // Its own task for this may not have had its turn.
    platform.notify(program);
    let report = Arc::new(program.final_report(stage.shutdown));
    platform.report(&report, Exit::Complete(report.exit_code()));
    let reserve = program.flush_reserve();
    let time_left = || budget::report(stage.until_forced(), reserve);
    let measured = Box::pin(platform.measured(REPORT_TIMEOUT.min(time_left() / 4)));
    publish(&stage, &report, reserve, measured).await;
    platform.reported(REPORT_TIMEOUT.min(time_left() / 2)).await;
    if !stage.shutdown.exit.take() {
        // The deadline or a SIGINT ends the process at this moment.
        std::future::pending::<()>().await;
    }
    sequence::flush(&stage).await;
    (report.exit_code(), budget::runtime_timeout(stage.until_forced()))
}

/// Gives the report to the log, the observers and standard error, and waits for each of them with a timeout, which leaves
/// `reserve` for the flush. Before the observers it waits for `measured`, which has its own timeout.
pub(crate) fn publish<'a>(
    stage: &'a Stage,
    report: &'a Arc<Report>,
    reserve: Duration,
    measured: Boxed<'a>,
) -> Boxed<'a> {
    Box::pin(async move {
        let output = &stage.program.output;
        let time_left = || budget::report(stage.until_forced(), reserve);
        let for_the_log = Arc::clone(report);
        let spans = &stage.shutdown.spans;
        output.log(move || {
            events::stopped(&for_the_log);
            spans.close(&for_the_log);
        });
        output.log_finished(REPORT_TIMEOUT.min(time_left() / 4)).await;
        measured.await;
        // The trace and the metrics are complete here, so that they can be flushed.
        if !report.is_clean() {
            let format = stage.program.config().effective_report();
            if format != ReportFormat::Off {
                // After the log, which a terminal shows in the same place.
                output.stderr(report.in_format(format, "the shutdown was not clean"));
            }
        }
        observe(stage.program, Arc::clone(report), time_left()).await;
        output.stderr_finished(REPORT_TIMEOUT.min(time_left() / 2)).await;
    })
}

/// Calls the report's observers. They may use most of the time that is left, which is without that of the flush.
async fn observe(program: &Program, report: Arc<Report>, left: Duration) {
    let observers = program.take_observers();
    if observers.is_empty() {
        return;
    }
    let (done, all_done) = oneshot::channel();
    program.output.tell(move || {
        for observer in observers {
            let _ = caught(|| observer(&report));
        }
        let _ = done.send(());
    });
    let _ = timeout(left / 4 * 3, all_done).await;
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
        let format = match program.config().effective_report() {
            ReportFormat::Json => ReportFormat::Json,
            // A person who presses Ctrl-C again wants no picture.
            _ => ReportFormat::Off,
        };
        let message_timeout = budget::message_timeout(program.config().timeouts().grace_period);
        let end = Instant::now() + message_timeout;
        program.output.stderr(report.in_format(format, &message));
        platform.report(&report, Exit::Interrupt);
        join(drop_kept(program, message_timeout), program.output.stderr_finished(message_timeout)).await;
        platform.reported(end.saturating_duration_since(Instant::now())).await;
        platform.measured(end.saturating_duration_since(Instant::now())).await;
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
    let _ = spawn::thread("graceful-deadline", write);
    let left = end.saturating_duration_since(time::Instant::now());
    join(drop_kept(program, left), timeout(left, is_printed)).await;
    platform.reported(end.saturating_duration_since(time::Instant::now())).await;
    platform.measured(end.saturating_duration_since(time::Instant::now())).await;
    Exit::Deadline.now();
}

/// Drops the kept values before a forced exit, while its message is printed.
async fn drop_kept(program: &Program, left: Duration) {
    if let Some(app) = program.app() {
        program.kept.drop_all(app, FORCED_TIMEOUT.min(left)).await;
    }
}

/// Waits for both.
async fn join(first: impl Future, second: impl Future) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let mut first_is_ready = false;
    poll_fn(|context| {
        first_is_ready = first_is_ready || first.as_mut().poll(context).is_ready();
        if first_is_ready { second.as_mut().poll(context).map(drop) } else { Poll::Pending }
    })
    .await;
}
