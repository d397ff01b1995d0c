//! Teardown: runs the shutdown handlers, group after group, and checks that the application's runtime still answers. The drain
//! and the flush run their handlers with the same functions.

use std::pin::pin;
use std::time::Duration;

use graceful_core::{HandlerPhase, Phase, budget};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::Stage;
use crate::handler::Registered;
use crate::handler::runner::{Circumstances, Runner};
use crate::outcome::Outcome;
use crate::spans::Parent;
use crate::{events, spawn};

/// How long the runtime may take to answer before the log says that it is blocked.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(100);

pub(super) async fn run(stage: &Stage) {
    stage.enter(Phase::Teardown);
    let program = stage.program;
    let default_timeout = program.config().timeouts().effective_handler_timeout();
    let handlers = program.handlers.take(HandlerPhase::Teardown, default_timeout);
    let count = handlers.len();
    program.output.log(move || events::teardown(count));
    // A handler of the drain that has just ended may still be counted.
    let was_free = !(stage.shutdown.recorder.has_blocking() && handlers_block(stage));
    run_groups(stage, handlers, stage.end(), program.flush_reserve(), &CancellationToken::new()).await;
    if !has_an_idle_thread(&stage.app) {
        answered(stage, was_free).await;
    }
}

/// Whether a thread of the runtime is idle.
fn has_an_idle_thread(runtime: &Handle) -> bool {
    #[cfg(target_has_atomic = "64")]
    {
        // tokio documents that the count is odd while the thread is parked.
        let metrics = runtime.metrics();
        (0..metrics.num_workers()).any(|worker| metrics.worker_park_unpark_count(worker) % 2 == 1)
    }
    #[cfg(not(target_has_atomic = "64"))]
    {
        let _ = runtime;
        false
    }
}

/// Whether each thread of the application's runtime is inside a handler.
fn handlers_block(stage: &Stage) -> bool {
    stage.shutdown.workers_in_handlers.count() >= stage.app.metrics().num_workers()
}

/// Resolves when the application's runtime has run one more task, or when nothing but handlers of the teardown blocks it.
///
/// A runtime that answers can be abandoned. So can one that was free when teardown began, and whose threads are all inside
/// handlers that were given up. Otherwise something unknown is in progress: it gets the rest of the grace period, and the
/// deadline's message says what was running.
async fn answered(stage: &Stage, was_free: bool) {
    let mut answered = pin!(spawn::answers(&stage.app));
    if timeout(ANSWER_TIMEOUT.min(stage.left()).max(budget::MIN_WAIT), answered.as_mut()).await.is_ok() {
        return;
    }
    if was_free && handlers_block(stage) {
        stage.program.output.log(events::blocked_by_handlers);
        return;
    }
    stage.shutdown.recorder.blocked();
    stage.program.output.log(events::blocked);
    answered.await;
}

/// Runs handlers by priority, from high to low. Each group gets its share of the time until `end`, of which `reserve` is for
/// what follows. `cut` cancels the running handlers, and later ones do not start.
pub(super) async fn run_groups(
    stage: &Stage,
    handlers: Vec<Registered>,
    end: Instant,
    reserve: Duration,
    cut: &CancellationToken,
) {
    let mut groups = groups(handlers).into_iter();
    while let Some(Group { mut handlers, longest, rest }) = groups.next() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // No handler gets any time, so all groups time out in the same moment and not one after another.
            handlers.extend(groups.by_ref().flat_map(|group| group.handlers));
        }
        run_group(stage, handlers, budget::share(left, longest, rest.saturating_add(reserve)), cut).await;
    }
}

async fn run_group(stage: &Stage, handlers: Vec<Registered>, share: Duration, cut: &CancellationToken) {
    stage.log_in_order().await;
    let Stage { program, shutdown, app } = stage;
    let record = &shutdown.recorder;
    let mut running = Runner::new(Circumstances {
        app: app.clone(),
        resources: program.resources.clone(),
        reason: shutdown.trigger.reason.clone(),
        parent: Parent { spans: &shutdown.spans, phase: program.lifecycle.phase() },
        cut: cut.clone(),
        workers_in_handlers: shutdown.workers_in_handlers.clone(),
    });
    let mut ids = Vec::with_capacity(handlers.len());
    for handler in handlers {
        if cut.is_cancelled() {
            record.handler_left_out(&handler.planned);
            continue;
        }
        let allowance = handler.planned.timeout().min(share);
        ids.push(record.handler_began(&handler.planned, allowance));
        running.add(handler, allowance);
    }
    running.begin();
    while let Some((which, outcome)) = running.next().await {
        let report = ids.get(which).and_then(|id| record.handler_ended(*id, outcome));
        let Some(report) = report else { continue };
        let provided = program.resources.clone();
        match report.phase() {
            HandlerPhase::Flush if report.outcome() == &Outcome::Completed => {}
            // The log may have ended.
            HandlerPhase::Flush => {
                let text = events::describe(&report, || provided.type_names());
                program.output.stderr(format!("graceful: {text}\n"));
            }
            _ => program.output.log(move || events::handler(&report, || provided.type_names())),
        }
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
