//! `run_handlers`: the shutdown of a program whose main graceful does not run.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::Phase;
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, timeout_at};

use crate::config::{Config, Environment};
use crate::error::{Error, ErrorKind};
use crate::exit::code;
use crate::lifecycle::MainEnd;
use crate::program::{Program, Runtimes, program};
use crate::report::Report;
use crate::sequence;
use crate::supervisor::publish;
use crate::trigger::{Reason, Trigger};
use crate::{run, spawn};

/// Runs the shutdown in a program whose main graceful does not run, such as a plugin host or a `#[tokio::main]`. Returns
/// the report.
///
/// It begins the shutdown, unless that has begun. The drain waits for the work in flight and for the handlers with
/// `phase = "drain"`; then the other handlers run. All of it takes at most `timeout`, of which the drain gets half, and a
/// handler without its own timeout its default. There is no lame duck. The report is logged, given to
/// [`on_report`](crate::on_report()), and written to standard error if it is not clean.
///
/// It does not exit the process and handles no signals: the caller does both. It does not cancel the caller's main either,
/// so call it when nothing serves any more, or let the servers await [`drain_started`](crate::drain_started). The caller
/// must not be tracked work, for which the drain would wait. Of graceful's environment variables only
/// `GRACEFUL_REPORT` has an effect.
///
/// The handlers run on the current runtime, and a thread for the shutdown keeps their timeouts. A second call, also at the
/// same time, returns the same report, whatever its `timeout`.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::process::ExitCode;
/// use std::time::Duration;
///
/// use tokio::signal::unix::{SignalKind, signal};
///
/// #[tokio::main]
/// async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
///     let mut terminate = signal(SignalKind::terminate())?;
///     tokio::select! {
///         _ = terminate.recv() => {}
///         _ = graceful::shutdown_requested() => {}
///     }
///     let report = graceful::run_handlers(Duration::from_secs(20)).await?;
///     Ok(ExitCode::from(report.exit_code()))
/// }
/// ```
///
/// # Errors
///
/// [`ErrorKind::AlreadyRunning`] in a program that `#[graceful::main]`, [`Config::run`](crate::Config::run) or a rehearsal
/// runs, [`ErrorKind::Config`] if the timeout is zero, and [`ErrorKind::Runtime`] outside of a tokio runtime.
///
/// # Cancel safety
///
/// Cancel safe: the shutdown continues, and a later call returns its report.
pub async fn run_handlers(timeout: Duration) -> Result<Report, Error> {
    run::leaves_a_record();
    let program = program();
    let app = Handle::try_current()
        .map_err(|_| Error::new(ErrorKind::Runtime, "`run_handlers` was not called in a tokio runtime"))?;
    let config = Config::new().grace_period(timeout).resolved(&Environment::read_without_times())?;
    if program.lifecycle.claim_for_handlers(config) {
        begin(program, &app);
    } else if !program.lifecycle.runs_only_handlers() {
        return Err(run::already_running());
    }
    Ok(program.handlers_report.wait().await.clone())
}

/// Begins the shutdown on a thread for it: a handler that blocks the runtime does not stop the time.
fn begin(program: &'static Program, app: &Handle) {
    program.set_runtimes(Runtimes {
        app: app.clone(),
        supervisor: None,
        #[cfg(feature = "probes")]
        probes: None,
    });
    program.main.set_end(MainEnd::Returned(0));
    program.lifecycle.begin(Reason::Requested);
    let for_thread = app.clone();
    let started = Builder::new_current_thread().enable_time().build().and_then(|runtime| {
        spawn::thread("graceful-handlers", move || {
            let shut_down = spawn::task(runtime.handle(), shut_down(program, for_thread));
            if runtime.block_on(shut_down).is_err() {
                // The panic hook has printed where. The caller waits for a report.
                if let Some(shutdown) = program.lifecycle.shutdown() {
                    let _ = program.handlers_report.set(program.report(shutdown, code::UNCLEAN));
                }
            }
        })
    });
    if started.is_err() {
        // No thread is left. The handlers must run nevertheless.
        spawn::task(app, shut_down(program, app.clone()));
    }
}

async fn shut_down(program: &'static Program, app: Handle) {
    let stage = sequence::stage(program, app).await;
    if timeout_at(end(&stage.shutdown.trigger), sequence::run(&stage)).await.is_err() {
        // Every thread of the runtime is blocked. Nobody ends the process here.
        stage.enter(Phase::Stopped);
    }
    let report = Arc::new(program.final_report(stage.shutdown));
    publish(&stage, &report, program.flush_reserve(), Box::pin(ready(()))).await;
    sequence::flush(&stage).await;
    let _ = program.handlers_report.set(Report::clone(&report));
}

/// When the sequence ends at the latest: after the last handler, with time left for the report.
fn end(trigger: &Trigger) -> Instant {
    let margin = trigger.deadline.saturating_duration_since(trigger.end());
    Instant::from_std(trigger.end() + margin / 2)
}
