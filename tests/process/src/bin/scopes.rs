//! A service with tenants, each a scope with a nested one for its uploads.

use std::future::pending;
use std::time::Duration;

use graceful::{Scope, on_shutdown};
use graceful_process_tests::inside::{Loud, asked, block, log, say};

#[graceful::main(grace_period = "10s", drain_timeout = "300ms", plan_test = false)]
async fn main() {
    if asked("log") {
        log();
    }
    let (one, two) = (start("one"), start("two"));
    if asked("fails") {
        one.spawn_critical("poller", async { Err::<(), _>("connection lost") });
        let report = one.ended().await;
        say(&report.errors()[0]);
    }
    if asked("stuck") {
        let (uploads, stuck) = (one.scope("uploads"), Loud("stuck"));
        uploads.spawn(async move {
            let _stuck = stuck;
            pending::<()>().await;
        });
        uploads.spawn_blocking(|| block());
    }
    if asked("aborts") {
        let three = graceful::scope("three");
        three.spawn(pending::<()>());
        three.scope("inside").spawn(pending::<()>());
        say(format_args!("{} aborted", three.shut_down(Duration::ZERO).await.abandoned().len()));
    }
    if asked("holds") {
        two.spawn(pending::<()>());
    }
    let report = one.shut_down(Duration::from_millis(200)).await;
    say(format_args!("one: clean {}, {} abandoned", report.is_clean(), report.abandoned().len()));
    say(format_args!("two: {} in flight", two.in_flight()));
    graceful::drain_started().await;
}

/// Each part says when it ends.
fn start(name: &'static str) -> Scope {
    let tenant = graceful::scope(name);
    let uploads = tenant.scope("uploads");
    let (tenant_drains, uploads_drain, uploads_ended) =
        (tenant.drain_started(), uploads.drain_started(), uploads.ended());
    uploads.spawn(async move {
        uploads_drain.await;
        say(format_args!("{name} uploads"));
    });
    tenant.spawn(async move {
        tenant_drains.await;
        uploads_ended.await;
        say(format_args!("{name} ends"));
    });
    tenant
}

#[on_shutdown]
async fn teardown() {
    say("teardown");
}
