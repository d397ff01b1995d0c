//! Runs the handlers of a phase, group after group.

use std::time::Duration;

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
        let mut groups = groups(handlers).into_iter();
        while let Some(Group { mut handlers, longest, rest }) = groups.next() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // No handler gets any time, so all groups time out in the same moment and not one after another.
                handlers.extend(groups.by_ref().flat_map(|group| group.handlers));
            }
            run_group(stage, handlers, budget::share(left, longest, rest.saturating_add(reserve)), cut).await;
        }
    })
}

async fn run_group(stage: &Stage, handlers: Vec<Registered>, share: Duration, cut: &CancellationToken) {
    stage.log_in_order().await;
    let &Stage { program, shutdown, ref app } = stage;
    let record = &shutdown.recorder;
    let circumstances = Circumstances {
        app: app.clone(),
        resources: program.resources.clone(),
        reason: shutdown.trigger.reason.clone(),
        parent: Parent { spans: &shutdown.spans, phase: program.lifecycle.phase() },
        workers_in_handlers: shutdown.workers_in_handlers.clone(),
        ended: Box::new(move |id, outcome| ended(program, shutdown, id, outcome)),
    };
    let mut runner = Runner::new(circumstances, cut.clone(), handlers.len());
    for handler in handlers {
        if cut.is_cancelled() {
            record.handler_left_out(&handler.planned);
            continue;
        }
        let allowance = handler.planned.timeout().min(share);
        let id = record.handler_began(&handler.planned, allowance);
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

/// Splits handlers that are sorted by priority.
fn groups(handlers: Vec<Registered>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for handler in handlers {
        let (priority, timeout) = (handler.planned.priority(), handler.planned.timeout());
        let belongs =
            |group: &&mut Group| group.handlers.last().is_some_and(|last| last.planned.priority() == priority);
        match groups.last_mut().filter(belongs) {
            Some(group) => {
                group.longest = group.longest.max(timeout);
                group.handlers.push(handler);
            }
            None => groups.push(Group { handlers: vec![handler], longest: timeout, rest: Duration::ZERO }),
        }
    }
    let mut rest = Duration::ZERO;
    for group in groups.iter_mut().rev() {
        group.rest = rest;
        rest = rest.saturating_add(group.longest);
    }
    groups
}
