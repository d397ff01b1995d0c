//! The flush, the last step: after the report, handlers send the last logs, traces and metrics, and the kept values are dropped.
//! It changes neither the report nor the exit code.

use std::time::Duration;

use graceful_core::HandlerPhase;
use tokio_util::sync::CancellationToken;

use super::Stage;
use super::handlers::run_groups;
use crate::handler::schedule::Time;
use crate::spawn::Boxed;

/// How long standard error may take for the errors of the handlers. It may be blocked for good.
const STDERR_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs the handlers of the flush, and drops the kept values.
pub(crate) fn flush(stage: &Stage) -> Boxed<'_> {
    Box::pin(async move {
        let program = stage.program;
        let handlers = program.handlers.take(HandlerPhase::Flush, program.config().timeouts());
        if !handlers.is_empty() {
            let time = Time { end: stage.end(), reserve: program.keep_reserve() };
            run_groups(&stage.crew(), handlers, time, &CancellationToken::new()).await;
            program.output.stderr_finished(STDERR_TIMEOUT.min(stage.until_forced() / 4)).await;
        }
        // A quarter is left for the runtime's shutdown and the exit.
        program.kept.drop_all(&stage.app, stage.until_forced() / 4 * 3).await;
    })
}
