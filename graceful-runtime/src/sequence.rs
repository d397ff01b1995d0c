//! The order of the phases: lame duck, drain, teardown, and the flush after the report. No other file knows it.

pub(crate) mod chains;
mod drain;
mod flush;
mod handlers;
mod teardown;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use graceful_core::{HandlerPhase, Phase, budget};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

pub(crate) use self::drain::waiting_for;
pub(crate) use self::flush::flush;
pub(crate) use self::handlers::{Crew, run_groups};
use crate::events;
use crate::lifecycle::{MainEnd, Shutdown};
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::program::Program;
use crate::spawn::Boxed;

/// How long a step of the shutdown waits for the log lines of the step before.
const LOG_TIMEOUT: Duration = Duration::from_millis(100);

/// The program, its shutdown and its runtime: everything that the sequence works on.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) program: &'static Program,
    pub(crate) shutdown: &'static Shutdown,
    /// The application's runtime.
    pub(crate) app: Handle,
}

impl Stage {
    /// The moment by which the last handler must have ended.
    fn end(&self) -> Instant {
        Instant::from_std(self.shutdown.trigger.end())
    }

    fn left(&self) -> Duration {
        self.end().saturating_duration_since(Instant::now())
    }

    /// Whether `work` has resolved before `end`, and before the phase was cut short.
    #[inline(never)]
    fn in_time<'a>(&'a self, end: Instant, work: Boxed<'a>) -> Boxed<'a, bool> {
        Box::pin(async move {
            let resolved = timeout_at(end, self.shutdown.cut_short.run_until_cancelled(work)).await;
            resolved.is_ok_and(|done| done.is_some())
        })
    }

    /// How long until the deadline ends the process.
    pub(crate) fn until_forced(&self) -> Duration {
        let message_timeout = budget::message_timeout(self.program.config().timeouts().grace_period);
        let deadline = Instant::from_std(self.shutdown.trigger.deadline);
        deadline.saturating_duration_since(Instant::now()).saturating_sub(message_timeout)
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.program.lifecycle.advance(phase);
        self.phase_began(phase);
    }

    fn phase_began(&self, phase: Phase) {
        self.shutdown.recorder.phase_began(phase);
        let spans = &self.shutdown.spans;
        self.program.output.log(move || spans.enter(phase));
        #[cfg(feature = "metrics")]
        metrics::changed(self.program);
    }
}

/// Waits a moment for the log, with this time left, so that its lines come before what the program prints next.
async fn log_in_order(program: &Program, left: Duration) {
    if waits_for_log(program) {
        program.output.log_in_order(LOG_TIMEOUT.min(left / 20)).await;
    }
}

/// Not in a rehearsal, whose clock would run ahead meanwhile.
fn waits_for_log(program: &Program) -> bool {
    program.has_supervisor() && program.output.log_is_late()
}

/// Waits for the trigger.
pub(crate) async fn stage(program: &'static Program, app: Handle) -> Stage {
    Stage { program, shutdown: program.lifecycle.requested().await, app }
}

/// Runs the shutdown, from the trigger to the last handler of the teardown. It ends shortly before the deadline, unless no
/// thread of the application's runtime answers: in that case the deadline ends the process. [`flush`] follows, after the report.
pub(crate) fn run(stage: &Stage) -> Boxed<'_> {
    Box::pin(async move {
        lame_duck(stage).await;
        drain::run(stage).await;
        teardown::run(stage).await;
        stage.enter(Phase::Stopped);
    })
}

/// Keeps serving while load balancers remove the service, and runs the handlers that tell them.
async fn lame_duck(stage: &Stage) {
    let program = stage.program;
    let phase = program.lifecycle.phase();
    let reason = stage.shutdown.trigger.reason.clone();
    let timeouts = *program.config().timeouts();
    let in_flight = program.work.sum();
    program.check_signals();
    #[cfg(feature = "metrics")]
    metrics::begun(program, reason.clone());
    program.output.log(move || events::triggered(&reason, timeouts, phase == Phase::LameDuck, in_flight));
    if phase == Phase::LameDuck {
        stage.phase_began(Phase::LameDuck);
        let handlers = handlers::start(stage, HandlerPhase::LameDuck, |taken| {
            let reserve = program.reserve_after_drain().saturating_add(timeouts.effective_drain_timeout());
            Instant::now() + budget::drain(stage.left(), handlers::longest(taken), reserve)
        });
        let end = Instant::now() + timeouts.lame_duck.min(stage.left());
        stage.in_time(end, Box::pin(nothing_serves(stage, &handlers))).await;
        handlers.cancelled().await;
    }
}

/// Resolves when main has failed, or when main has returned and the application's runtime has no task and no work in flight.
///
/// The tasks are counted at main's end, when the handlers of the phase have ended, and whenever something in flight has. A task
/// that is not tracked notifies nobody when it ends: after it the lame duck takes its whole time.
async fn nothing_serves(stage: &Stage, handlers: &CancellationToken) {
    let program = stage.program;
    program.main.ended().await;
    if program.main.end() == Some(MainEnd::Returned(0)) {
        handlers.cancelled().await;
        program.work.idle(|| stage.app.metrics().num_alive_tasks() == 0).await;
    }
}

/// Polls `other` until `future` resolves.
pub(crate) async fn beside<F: Future>(future: F, other: impl Future<Output = Infallible>) -> F::Output {
    let mut future = pin!(future);
    let mut other = pin!(other);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(output),
        Poll::Pending => other.as_mut().poll(context).map(|never| match never {}),
    })
    .await
}
