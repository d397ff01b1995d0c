//! Teardown: runs the shutdown handlers, and checks that the application's runtime still answers.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::{HandlerPhase, Phase, budget};
use tokio::runtime::Handle;
use tokio::time::{timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::Stage;
use super::handlers::run_groups;
use crate::handler::schedule::Time;
use crate::scope::Part;
use crate::{events, spawn};

/// How long the runtime may take to answer before the log says that it is blocked.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(100);

pub(super) async fn run(stage: &Stage) {
    stage.enter(Phase::Teardown);
    let program = stage.program;
    if let Some(scopes) = program.scopes() {
        scopes_end(stage, scopes).await;
    }
    let handlers = program.handlers.take(HandlerPhase::Teardown, program.config().timeouts());
    let count = handlers.len();
    program.output.log(move || events::teardown(count));
    // A handler of the drain that has just ended may still be counted.
    let was_free = !(stage.shutdown.recorder.has_blocking() && handlers_block(stage));
    let time = Time { end: stage.end(), reserve: program.flush_reserve() };
    run_groups(&stage.crew(), handlers, time, &CancellationToken::new()).await;
    // A main whose start was cancelled may block the only thread: nothing is waited for.
    if !stage.shutdown.trigger.cancels_start && !has_an_idle_thread(&stage.app) {
        answered(stage, was_free).await;
    }
}

/// Waits for the handlers of the scopes, which run first if the drain was cut.
async fn scopes_end(stage: &Stage, scopes: Arc<dyn Part>) {
    // Each handler keeps its time, but that of a scope whose own shutdown began before may be longer than the program's.
    let longest = Arc::clone(&scopes).worst_case();
    let window = budget::window(stage.left(), longest, stage.program.teardown_reserve());
    if timeout(window, scopes.has_ended()).await.is_err() {
        Arc::clone(&scopes).cut_handlers();
        let _ = timeout_at(stage.end(), scopes.has_ended()).await;
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
