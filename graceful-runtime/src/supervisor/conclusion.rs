//! When all has been done: the report, and the exit code.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::surroundings::Surroundings;
use crate::budget;
use crate::events;
use crate::report::Report;
use crate::sequence::Stage;

/// How long the log, and standard error, may take for the report. They may be blocked for good.
const FOR_THE_REPORT: Duration = Duration::from_secs(1);

/// Reports, and settles the exit code.
pub(super) async fn conclude(stage: &Stage, surroundings: &Surroundings) -> u8 {
    let program = stage.program;
    let report = Arc::new(program.final_report(&stage.record));
    let code = report.exit_code();
    surroundings.report(&report);
    let for_the_log = Arc::clone(&report);
    program.voice.log(move || events::stopped(&for_the_log));
    if !report.is_clean() {
        program.voice.stderr(format!("graceful: the shutdown was not clean\n{report}\n"));
    }
    program.voice.log_finished(FOR_THE_REPORT.min(until_forced(stage) / 4)).await;
    observe(stage, report).await;
    program.voice.stderr_finished(FOR_THE_REPORT.min(until_forced(stage) / 2)).await;
    surroundings.reported(FOR_THE_REPORT.min(until_forced(stage) / 2)).await;
    code
}

/// How long until the deadline's guard ends the process.
fn until_forced(stage: &Stage) -> Duration {
    let grace_period = stage.program.config().timing().grace_period;
    let left = stage.record.trigger().deadline.saturating_duration_since(Instant::now());
    left.saturating_sub(budget::last_words(grace_period))
}

/// Tells those who asked for it. They may use nearly all that is left of the grace period.
async fn observe(stage: &Stage, report: Arc<Report>) {
    let observers = stage.program.take_observers();
    if observers.is_empty() {
        return;
    }
    let (done, all_done) = oneshot::channel();
    stage.program.voice.tell(move || {
        for observer in observers {
            let _ = catch_unwind(AssertUnwindSafe(|| observer(&report)));
        }
        let _ = done.send(());
    });
    let _ = timeout(until_forced(stage) / 4 * 3, all_done).await;
}
