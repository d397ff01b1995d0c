//! Runs the handlers of a phase, or of a scope, group after group.

use std::sync::Arc;
use std::time::Duration;

use graceful_core::{HandlerPhase, budget};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Stage, chains, log_in_order, waits_for_log};
use crate::handler::run::Run;
use crate::handler::runner::Runner;
use crate::handler::schedule::{Circumstances, Time};
use crate::handler::{Owner, Workers};
use crate::outcome::Outcome;
use crate::program::Program;
use crate::report::{HandlerReport, Recorder};
use crate::spans::{Parent, Spans};
use crate::trigger::Reason;
use crate::{events, spawn};

/// Whose handlers run, and who learns what becomes of them: those of the program in its shutdown, or those of a scope at its end.
#[derive(Clone)]
pub(crate) struct Crew {
    pub(crate) program: &'static Program,
    pub(crate) owner: Owner,
    /// The application's runtime.
    pub(crate) app: Handle,
    pub(crate) reason: Reason,
    pub(crate) spans: Option<&'static Spans>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) workers_in_handlers: Workers,
    /// Takes what the recorder has of a handler that has ended. Does not block.
    pub(crate) ended: Option<Arc<dyn Fn(HandlerReport) + Send + Sync>>,
}

impl Stage {
    /// The handlers of the program.
    pub(super) fn crew(&self) -> Crew {
        let &Self { program, shutdown, ref app } = self;
        Crew {
            program,
            owner: Owner::Program(&program.handlers),
            app: app.clone(),
            reason: shutdown.trigger.reason.clone(),
            spans: Some(&shutdown.spans),
            recorder: Arc::clone(&shutdown.recorder),
            workers_in_handlers: shutdown.workers_in_handlers.clone(),
            ended: None,
        }
    }
}

/// Starts the handlers of the lame duck or of the drain beside the phase. `end` says by when they must have ended. The returned
/// token is cancelled when the last one has ended.
pub(super) fn start(stage: &Stage, phase: HandlerPhase, end: impl FnOnce(&[Run]) -> Instant) -> CancellationToken {
    let done = CancellationToken::new();
    let ended = done.clone().drop_guard();
    let handlers = stage.program.handlers.take(phase, stage.program.config().timeouts());
    if handlers.is_empty() {
        return done;
    }
    let (crew, cut) = (stage.crew(), &stage.shutdown.cut_short);
    let time = Time { end: end(&handlers), reserve: Duration::ZERO };
    spawn::task(&Handle::current(), async move {
        let _ended = ended;
        run_groups(&crew, handlers, time, cut).await;
    });
    done
}

/// The longest time that these handlers of one phase can take.
pub(super) fn longest(handlers: &[Run]) -> Duration {
    let Some(first) = handlers.first() else { return Duration::ZERO };
    let timeouts = handlers.iter().map(|handler| &handler.planned);
    budget::worst_case(
        &[first.planned.phase()],
        timeouts.map(|planned| (planned.phase(), planned.priority(), planned.end())),
    )
}

/// Runs handlers by priority, from high to low. Each group gets its share of the time. `cut` cancels the running handlers, and
/// later ones do not start.
pub(crate) fn run_groups<'a>(
    crew: &'a Crew,
    handlers: Vec<Run>,
    time: Time,
    cut: &CancellationToken,
) -> spawn::Boxed<'a> {
    if handlers.iter().any(chains::waits)
        && let Some(chaining) = crew.owner.chaining()
    {
        return (chaining.run)(crew, handlers, time, cut.clone());
    }
    run_in_turn(crew, handlers, time, cut)
}

/// Runs groups in which nobody waits for another one.
pub(super) fn run_in_turn<'a>(
    crew: &'a Crew,
    handlers: Vec<Run>,
    time: Time,
    cut: &CancellationToken,
) -> spawn::Boxed<'a> {
    let program = crew.program;
    let (recorder, on_end) = (Arc::clone(&crew.recorder), crew.ended.clone());
    let ended = move |id, outcome| {
        if let Some(report) = recorder.handler_ended(id, outcome) {
            if let Some(on_end) = &on_end {
                on_end(report.clone());
            }
            log(program, report);
        }
    };
    let circumstances = Circumstances {
        app: crew.app.clone(),
        resources: program.resources.clone(),
        reason: crew.reason.clone(),
        parent: Parent { spans: crew.spans, phase: program.lifecycle.phase() },
        main_thread: program.main_thread.clone(),
        workers_in_handlers: crew.workers_in_handlers.clone(),
        recorder: Arc::clone(&crew.recorder),
        ended: Box::new(ended),
        continues_at_once: Box::new(move || !waits_for_log(program)),
    };
    let mut runner = Runner::new(circumstances, handlers, time, cut.clone());
    Box::pin(async move {
        while runner.has_next() {
            log_in_order(program, time.end.saturating_duration_since(Instant::now())).await;
            runner.run().await;
        }
    })
}

/// Logs how a handler has ended.
fn log(program: &'static Program, report: HandlerReport) {
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
