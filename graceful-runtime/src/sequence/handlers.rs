//! Runs the handlers of a phase, group after group.

use std::time::Duration;

use graceful_core::plan::PlannedHandler;
use graceful_core::{HandlerPhase, budget};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Stage;
use crate::handler::Registered;
use crate::handler::runner::{Circumstances, Runner};
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
        timeouts.map(|planned| (planned.phase(), planned.priority(), planned.timeout())),
    )
}

/// Runs handlers by priority, from high to low. Each group gets its share of the time until `end`, of which `reserve` is for
/// what follows. `cut` cancels the running handlers, and later ones do not start.
pub(super) fn run_groups<'a>(
    stage: &'a Stage,
    handlers: Vec<Registered>,
    end: Instant,
    reserve: Duration,
    cut: &'a CancellationToken,
) -> spawn::Boxed<'a> {
    Box::pin(async move {
        let mut groups = groups(handlers);
        while let Some(Group { mut handlers, longest, rest }) = groups.pop() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // No handler gets any time, so all groups time out in the same moment and not one after another.
                handlers.extend(groups.drain(..).rev().flat_map(|group| group.handlers));
            }
            run_group(stage, handlers, budget::share(left, longest, rest.saturating_add(reserve)), cut).await;
        }
    })
}

async fn run_group(stage: &Stage, handlers: Vec<Registered>, share: Duration, cut: &CancellationToken) {
    stage.log_in_order().await;
    let &Stage { program, shutdown, ref app } = stage;
    let record = &shutdown.recorder;
    if cut.is_cancelled() {
        handlers.iter().for_each(|handler| record.handler_left_out(&handler.planned));
        return;
    }
    let circumstances = Circumstances {
        app: app.clone(),
        resources: program.resources.clone(),
        reason: shutdown.trigger.reason.clone(),
        parent: Parent { spans: &shutdown.spans, phase: program.lifecycle.phase() },
        workers_in_handlers: shutdown.workers_in_handlers.clone(),
        ended: Box::new(move |id, outcome| ended(program, shutdown, id, outcome)),
    };
    let allowance = |planned: &PlannedHandler| planned.timeout().min(share);
    let ids = record.handlers_began(handlers.iter().map(|handler| (&handler.planned, allowance(&handler.planned))));
    let mut runner = Runner::new(circumstances, cut.clone(), handlers.len());
    for (handler, id) in handlers.into_iter().zip(ids) {
        let allowance = allowance(&handler.planned);
        runner.add(handler, allowance, id);
    }
    runner.run().await;
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

/// Handlers that run at the same time.
struct Group {
    handlers: Vec<Registered>,
    /// Its longest timeout.
    longest: Duration,
    /// The sum of the longest timeouts of the later groups.
    rest: Duration,
}

/// Splits handlers that are sorted by priority. The last group is the first to run.
fn groups(mut handlers: Vec<Registered>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut rest = Duration::ZERO;
    while let Some(last) = handlers.last() {
        let priority = last.planned.priority();
        let before = handlers.iter().rposition(|handler| handler.planned.priority() != priority);
        let handlers = handlers.split_off(before.map_or(0, |before| before + 1));
        let longest = handlers.iter().map(|handler| handler.planned.timeout()).max().unwrap_or_default();
        groups.push(Group { handlers, longest, rest });
        rest = rest.saturating_add(longest);
    }
    groups
}
