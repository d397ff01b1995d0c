//! Health checks of scopes.

use super::*;
use crate::error::ErrorKind;
use crate::health::HealthStatus;
use crate::registration::HealthCheckRegistration;

fn register(scope: &Scope, name: &str) -> HealthCheckRegistration {
    scope.health_check(name).register(async || true).unwrap()
}

async fn components(program: &'static Program) -> Vec<String> {
    program.health().await.components().iter().map(|component| component.name().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_check_is_named_after_its_scope_and_ends_with_it() {
    let program = new_program();
    let tenant = scope_of(program, "tenant 7");
    register(&tenant, "db");
    register(&tenant.scope("uploads"), "disk");
    register(&scope_of(program, "tenant 8"), "db");
    assert_eq!(components(program).await, ["tenant 7/db", "tenant 7/uploads/disk", "tenant 8/db"]);

    let guard = tenant.track();
    let ended = tenant.shut_down(SECOND);
    assert_eq!(components(program).await.len(), 2, "the scope inside has ended, and the tenant drains");
    drop(guard);
    ended.await;
    assert_eq!(components(program).await, ["tenant 8/db"]);
    // A new scope of the name has nothing of the old one.
    register(&scope_of(program, "tenant 7"), "queue");
    assert_eq!(components(program).await, ["tenant 7/queue", "tenant 8/db"]);
}

#[tokio::test]
async fn a_check_keeps_its_scope_and_does_not_delay_the_end() {
    let program = new_program();
    let number = || program.root_scope().tree().len();
    let registration = register(&scope_of(program, "tenant"), "db");
    assert_eq!((number(), program.work.sum()), (2, 0));
    assert!(scope_of(program, "tenant").shut_down(SECOND).now_or_never().is_some());
    // The scope of that name is another one by now.
    let other = register(&scope_of(program, "tenant"), "db");
    registration.unregister();
    assert_eq!(components(program).await, ["tenant/db"]);
    other.unregister();
    assert_eq!(number(), 1);
    assert!(components(program).await.is_empty());
}

#[tokio::test]
async fn a_scope_is_kept_for_its_last_check_and_for_its_failures() {
    let program = new_program();
    let number = || program.root_scope().tree().len();
    let [first, second] = ["db", "queue"].map(|name| register(&scope_of(program, "tenant"), name));
    first.unregister();
    assert_eq!(number(), 2);
    let failed = scope_of(program, "tenant").spawn(async { Err::<(), _>("disk full") });
    let _ = failed.await;
    second.unregister();
    assert_eq!(number(), 2, "nobody has read of the failure");
    assert_eq!(scope_of(program, "tenant").shut_down(SECOND).await.error_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_has_ended_takes_no_check() {
    let program = new_program();
    let tenant = scope_of(program, "tenant 7");
    let guard = tenant.track();
    let ended = tenant.shut_down(SECOND);
    register(&tenant, "in the drain");
    drop(guard);
    ended.await;
    let late = tenant.health_check("db").register(async || true).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::TooLate);
    assert!(late.to_string().contains("`tenant 7/db`") && late.to_string().contains("has ended"), "{late}");
    assert!(components(program).await.is_empty());
}

#[tokio::test]
async fn a_bad_check_makes_the_service_unhealthy_until_its_scope_has_ended() {
    let program = new_program();
    let tenant = scope_of(program, "tenant 7");
    tenant.health_check("db").register(async || Err::<(), _>("connection refused")).unwrap();
    assert_eq!(program.health().await.status(), HealthStatus::Unhealthy);
    tenant.shut_down(SECOND).await;
    assert_eq!(program.health().await.status(), HealthStatus::Healthy, "no report of before is reused");
}
