//! Runs the handlers of a phase, group after group.

use std::time::Duration;

use graceful_core::{HandlerPhase, budget};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Stage, chains};
use crate::handler::Registered;
use crate::handler::runner::Runner;
use crate::handler::schedule::{Circumstances, Time};
use crate::lifecycle::Shutdown;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::report::HandlerId;
use crate::spans::Parent;
use crate::{events, spawn};

/// Starts the handlers of the lame duck or of the drain beside the phase. `end` says by when they must have ended. The returned
/// token is cancelled when the last one has ended.
pub(super) fn start(
    stage: &Stage,
    phase: HandlerPhase,
    end: impl FnOnce(&[Registered]) -> Instant,
) -> CancellationToken {
    let done = CancellationToken::new();
    let ended = done.clone().drop_guard();
    let handlers = stage.program.handlers.take(phase, stage.program.config().timeouts());
    if handlers.is_empty() {
        return done;
    }
    let (stage, end) = (stage.clone(), end(&handlers));
    spawn::task(&Handle::current(), async move {
        let _ended = ended;
        run_groups(&stage, handlers, end, Duration::ZERO, &stage.shutdown.cut_short).await;
    });
    done
}

/// The longest time that these handlers of one phase can take.
pub(super) fn longest(handlers: &[Registered]) -> Duration {
    let Some(first) = handlers.first() else { return Duration::ZERO };
    let timeouts = handlers.iter().map(|handler| &handler.planned);
    budget::worst_case(
        &[first.planned.phase()],
        timeouts.map(|planned| (planned.phase(), planned.priority(), planned.end())),
    )
}

/// Runs handlers by priority, from high to low. Each group gets its share of the time until `end`, of which `reserve` is for
/// what follows. `cut` cancels the running handlers, and later ones do not start.
pub(super) fn run_groups<'a>(
    stage: &'a Stage,
    handlers: Vec<Registered>,
    end: Instant,
    reserve: Duration,
    cut: &CancellationToken,
) -> spawn::Boxed<'a> {
    let time = Time { end, reserve };
    if handlers.iter().any(chains::waits)
        && let Some(chaining) = stage.program.handlers.chaining()
    {
        return (chaining.run)(stage, handlers, time, cut.clone());
    }
    run_in_turn(stage, handlers, time, cut)
}

/// Runs groups in which nobody waits for another one.
pub(super) fn run_in_turn<'a>(
    stage: &'a Stage,
    handlers: Vec<Registered>,
    time: Time,
    cut: &CancellationToken,
) -> spawn::Boxed<'a> {
    let &Stage { program, shutdown, ref app } = stage;
    let for_log = stage.clone();
    let circumstances = Circumstances {
        app: app.clone(),
        resources: program.resources.clone(),
        reason: shutdown.trigger.reason.clone(),
        parent: Parent { spans: &shutdown.spans, phase: program.lifecycle.phase() },
        workers_in_handlers: shutdown.workers_in_handlers.clone(),
        recorder: &shutdown.recorder,
        ended: Box::new(move |id, outcome| ended(program, shutdown, id, outcome)),
        continues_at_once: Box::new(move || !for_log.waits_for_log()),
    };
    let mut runner = Runner::new(circumstances, handlers, time, cut.clone());
    Box::pin(async move {
        while runner.has_next() {
            stage.log_in_order().await;
            runner.run().await;
        }
    })
}

/// Records the end of a handler, and logs it.
fn ended(program: &'static Program, shutdown: &Shutdown, id: HandlerId, outcome: Outcome) {
    let Some(report) = shutdown.recorder.handler_ended(id, outcome) else { return };
    let provided = || program.resources.type_names();
    match report.phase() {
        HandlerPhase::Flush if report.outcome() == &Outcome::Completed => {}
        // The log may have ended.
        HandlerPhase::Flush => {
            let text = events::describe(&report, provided);
            program.output.stderr(format!("graceful: {text}\n"));
        }
        _ => program.output.log(move || events::handler(&report, provided)),
    }
}
