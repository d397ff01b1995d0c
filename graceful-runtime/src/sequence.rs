//! The order of the phases: lame duck, drain, teardown, and the flush after the report. No other file knows it.

mod drain;
mod flush;
mod teardown;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use graceful_core::{Phase, budget};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

pub(crate) use self::drain::waiting_for;
pub(crate) use self::flush::flush;
use crate::events;
use crate::lifecycle::Shutdown;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::program::Program;

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

    /// Waits a moment for the log, so that its lines come before what the program prints next. Not in a rehearsal, whose clock
    /// would run ahead meanwhile.
    async fn log_in_order(&self) {
        if self.program.has_supervisor() {
            self.program.output.log_in_order(LOG_TIMEOUT.min(self.left() / 20)).await;
        }
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

/// Waits for the trigger.
pub(crate) async fn stage(program: &'static Program, app: Handle) -> Stage {
    Stage { program, shutdown: program.lifecycle.requested().await, app }
}

/// Runs the shutdown, from the trigger to the last handler of the teardown. [`flush`] follows, after the report. It ends
/// shortly before the deadline, unless no thread of the
/// application's runtime answers: in that case the deadline ends the process.
pub(crate) async fn run(stage: &Stage) {
    lame_duck(stage).await;
    drain::run(stage).await;
    teardown::run(stage).await;
    stage.enter(Phase::Stopped);
}

/// Keeps serving while load balancers remove the service. Ends early when main returns, since nothing serves after that.
async fn lame_duck(stage: &Stage) {
    let program = stage.program;
    let phase = program.lifecycle.phase();
    let reason = stage.shutdown.trigger.reason.clone();
    let timeouts = *program.config().timeouts();
    let in_flight = program.work.sum();
    #[cfg(feature = "metrics")]
    metrics::begun(program, reason.clone());
    program.output.log(move || events::triggered(&reason, timeouts, phase == Phase::LameDuck, in_flight));
    if phase == Phase::LameDuck {
        stage.phase_began(Phase::LameDuck);
        let begin = Instant::now();
        let main_ended = stage.shutdown.cut_short.run_until_cancelled(program.main.ended());
        if let Ok(Some(())) = timeout(timeouts.lame_duck.min(stage.left()), main_ended).await {
            let elapsed = begin.elapsed();
            program.output.log(move || events::lame_duck_cut(elapsed, timeouts.lame_duck));
        }
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
