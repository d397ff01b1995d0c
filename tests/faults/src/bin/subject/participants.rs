//! What there is beside main and the handlers: a tracked task, a thread that holds a guard, the report's observer.

use std::thread;

use graceful_fault_tests::{Fault, Place};
use graceful_process_tests::inside::{block, tell};
use tokio::runtime::Handle;

use crate::combination;
use crate::strike::{STRUCK, strike, strike_plainly};

/// All that must be there before something goes wrong.
pub(crate) fn begin() {
    graceful::on_report(|report| {
        tell(format_args!("report {}", serde_json::to_string(report).unwrap_or_default()));
        let _ = strike_plainly(Place::Observer);
    });
    graceful::spawn(async {
        graceful::shutdown_requested().await;
        let _ = strike(Place::LameDuck).await;
        graceful::drain_started().await;
        if combination().fault == Fault::Ignore && combination().place == Place::DrainTask {
            graceful::spawn_blocking(|| drop(strike_plainly(Place::DrainTask)));
        } else {
            let _ = strike(Place::DrainTask).await;
        }
        tell("ended task");
    });
    let guard = graceful::track();
    let runtime = Handle::current();
    thread::spawn(move || {
        runtime.block_on(graceful::drain_started());
        let _ = strike_plainly(Place::DrainGuard);
        if combination().guard_holds() {
            block();
        }
        tell("ended guard");
        drop(guard);
    });
}

/// Lets the fault strike in a tracked task, if it is to do so before the trigger.
pub(crate) async fn struck_while_running() {
    if combination().place == Place::RunningTask {
        graceful::spawn(strike(Place::RunningTask));
        STRUCK.wait().await;
    }
}
