//! Teardown: the shutdown handlers, and the last look at the application's runtime.

use std::time::Duration;

use graceful_core::{HandlerPhase, Phase, budget};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Stage, groups};
use crate::events;

/// After this the log says that the runtime doesn't answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(100);

pub(super) async fn run(stage: &Stage) {
    stage.enter(Phase::Teardown);
    let program = stage.program;
    let default_timeout = program.config().timeouts().effective_handler_timeout();
    let handlers = program.handlers.take(HandlerPhase::Teardown, default_timeout);
    let count = handlers.len();
    program.output.log(move || events::teardown(count));
    groups::run_all(stage, handlers, stage.end(), &CancellationToken::new()).await;
    if !has_an_idle_thread(&stage.app) {
        answered(stage).await;
    }
}

/// Whether a thread of the runtime waits for something to do.
fn has_an_idle_thread(runtime: &Handle) -> bool {
    #[cfg(target_has_atomic = "64")]
    {
        // Odd as long as it is parked, says tokio's documentation.
        let metrics = runtime.metrics();
        (0..metrics.num_workers()).any(|worker| metrics.worker_park_unpark_count(worker) % 2 == 1)
    }
    #[cfg(not(target_has_atomic = "64"))]
    {
        let _ = runtime;
        false
    }
}

/// Resolves when the application's runtime has run one more task.
///
/// A runtime that does can be left behind with whatever it has. One whose every thread is blocked is in the middle of
/// something that nobody sees: it gets what is left of the grace period, and then the deadline says what it was.
async fn answered(stage: &Stage) {
    let (answer, mut answered) = oneshot::channel();
    stage.app.spawn(async move {
        let _ = answer.send(());
    });
    if timeout(ANSWER_TIMEOUT.min(stage.left()).max(budget::MOMENT), &mut answered).await.is_err() {
        stage.shutdown.recorder.blocked();
        stage.program.output.log(events::blocked);
        let _ = answered.await;
    }
}
