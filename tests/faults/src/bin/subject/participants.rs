//! The participants beside main and the handlers: a tracked task, a thread that holds a guard, the report's observer, and where the
//! place needs it a supervised task or a scope.

use std::thread;
use std::time::Duration;

use graceful::Backoff;
use graceful_fault_tests::{Fault, Place};
use graceful_process_tests::inside::{block, tell};
use tokio::runtime::Handle;
use tokio::sync::SetOnce;

use crate::combination;
use crate::handlers;
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
    match combination().place {
        Place::ScopeTask => begin_in_a_scope(),
        Place::ScopeHandler => handlers::register_in_a_scope(),
        _ => {}
    }
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

fn backoff() -> Backoff {
    Backoff::exponential(Duration::from_millis(1)..Duration::from_millis(10))
}

fn begin_in_a_scope() {
    let scope = graceful::scope("scope");
    let inside = scope.clone();
    scope.task("supervised").restart(backoff()).spawn(move || {
        let drain = inside.drain_started();
        async move {
            drain.await;
            strike(Place::ScopeTask).await?;
            tell("ended scope");
            Ok::<_, String>(())
        }
    });
}

/// The second attempt of the supervised task has begun.
static RESTARTED: SetOnce<()> = SetOnce::const_new();

/// The fault strikes in its first attempt.
fn begin_supervised() {
    let mut attempt = 0;
    graceful::task("supervised").restart(backoff()).spawn(move || {
        attempt += 1;
        async move {
            if attempt == 1 {
                strike(Place::RunningSupervised).await?;
            } else {
                let _ = RESTARTED.set(());
            }
            graceful::drain_started().await;
            tell(format_args!("ended attempt {attempt}"));
            Ok::<_, String>(())
        }
    });
}

/// Lets the fault strike in a tracked task, if it is to do so before the trigger.
pub(crate) async fn struck_while_running() {
    if combination().place == Place::RunningTask {
        graceful::spawn(strike(Place::RunningTask));
        STRUCK.wait().await;
    }
    if combination().place == Place::RunningSupervised {
        begin_supervised();
        STRUCK.wait().await;
        if combination().restarts() {
            RESTARTED.wait().await;
        }
    }
}
