//! Errors and panics of tasks, and critical tasks.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::health::HealthStatus;
use crate::outcome::Outcome;
use crate::task::{Backoff, OnError};

fn refused() -> io::Error {
    io::ErrorKind::ConnectionRefused.into()
}

#[tokio::test]
async fn the_report_has_errors_and_panics_as_they_were() {
    let scope = new_scope();
    let failed = scope.spawn(async { Err::<(), _>(refused()) }).await.unwrap();
    assert!(failed.is_err(), "the handle has it too");
    let panicked = scope.scope("inner").spawn(async {
        if true {
            panic!("out of bounds")
        }
    });
    assert!(panicked.await.unwrap_err().is_panic());
    let blocked = scope.spawn_blocking(|| Err::<(), _>("no disk")).await.unwrap();
    assert_eq!(blocked.unwrap_err().text(), "no disk");
    let panicked = scope.spawn_blocking(|| -> () { panic!("of a thread") });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(scope.spawn(async { Ok::<_, String>(7) }).await.unwrap().unwrap(), 7);
    let aborted = scope.spawn(pending::<()>());
    aborted.abort();
    let _ = aborted.await;

    let report = scope.shut_down(SECOND).await;
    assert!(!report.is_clean());
    let whys: Vec<_> = report.errors().iter().map(|error| error.outcome().message().unwrap()).collect();
    assert_eq!(whys, ["connection refused", "no disk", "of a thread", "out of bounds"]);
    let [first, .., last] = report.errors() else { panic!("{report}") };
    assert_eq!(first.failure().unwrap().downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::ConnectionRefused);
    assert!(first.task().contains("failures.rs:"), "{}", first.task());
    assert_eq!((last.scope(), last.failure()), ("tenant/inner", None));
    let expected = format!("task `{}` of scope `tenant/inner` panicked: out of bounds", last.task());
    assert_eq!(last.to_string(), expected);
    assert!(report.to_string().ends_with(", 4 tasks failed"), "{report}");
}

#[tokio::test]
async fn a_panic_in_a_destructor_is_in_the_report() {
    struct Fragile;
    impl Drop for Fragile {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    let scope = new_scope();
    let fragile = Fragile;
    let task = scope.spawn(async move {
        let _fragile = fragile;
        pending::<()>().await;
    });
    yield_now().await;
    task.abort();
    let _ = task.await;
    let report = scope.shut_down(SECOND).await;
    assert!(matches!(report.errors()[0].outcome(), Outcome::Panicked(_)), "{report:?}");
}

/// So that a scope which lives for months does not grow.
#[tokio::test]
async fn all_errors_are_counted_and_the_first_ones_are_kept() {
    let scope = new_scope();
    for number in 0..100 {
        let _ = scope.spawn(async move { Err::<(), _>(number.to_string()) }).await;
    }
    let report = scope.shut_down(SECOND).await;
    assert_eq!((report.errors().len(), report.error_count()), (64, 100));
    assert_eq!(report.errors()[63].outcome().message(), Some("63"));
}

#[tokio::test]
async fn a_failure_waits_for_the_shutdown_without_a_handle() {
    let program = new_program();
    let task = scope_of(program, "tenant").spawn(async { Err::<(), _>("no disk") });
    let _ = task.await;
    assert_eq!(program.root_scope().tree().len(), 2);
    assert_eq!(scope_of(program, "tenant").shut_down(SECOND).await.error_count(), 1);
    assert_eq!(program.root_scope().tree().len(), 1);
}

#[tokio::test]
async fn what_failed_in_a_child_that_has_ended_is_not_told_again() {
    let outer = new_scope();
    let inner = outer.scope("inner");
    let _ = inner.spawn(async { Err::<(), _>("no disk") }).await;
    assert_eq!(inner.shut_down(SECOND).await.error_count(), 1);
    assert!(outer.shut_down(SECOND).await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_critical_task_ends_its_scope_and_no_other() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    for fails in [false, true] {
        let inner = outer.scope("inner");
        let other = inner.spawn(inner.drain_started());
        inner.spawn_critical("consumer", async move { if fails { Err(refused()) } else { Ok(()) } });
        let report = inner.ended().await;
        assert!(other.await.is_ok());
        assert_eq!(report.error_count(), usize::from(fails));
        assert!(report.errors().iter().all(|error| error.task() == "consumer"));
        assert!(outer.try_track().is_ok());
        assert!(!program.lifecycle.is_shutting_down());
        assert!(program.failed_tasks().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_aborted_critical_task_ends_its_scope_within_the_drain_timeout() {
    let program = new_program();
    let scope = scope_of(program, "tenant");
    let guard = scope.track();
    scope.spawn_critical("consumer", pending::<()>()).abort();
    let begin = Instant::now();
    assert_eq!(scope.ended().await.abandoned().len(), 1);
    assert_eq!(begin.elapsed(), program.config().timeouts().effective_drain_timeout());
    drop(guard);
}

#[tokio::test(start_paused = true)]
async fn the_scope_that_counts_a_late_task_reports_its_failure() {
    let outer = new_scope();
    let inner = outer.scope("inner");
    inner.shut_down(SECOND).await;
    let task = inner.spawn_critical("late", async { Err::<(), _>("no disk") });
    assert!(task.await.unwrap().is_err());
    assert!(outer.try_track().is_ok(), "the end of the task does not end another scope than its own");
    let report = outer.shut_down(SECOND).await;
    assert_eq!(report.errors()[0].scope(), "tenant");
}

fn backoff() -> Backoff {
    Backoff::exponential(SECOND..SECOND)
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_scope_is_restarted_until_it_drains() {
    let program = new_program();
    let scope = scope_of(program, "tenant");
    let attempts = Arc::new(AtomicU32::new(0));
    let (counted, inside) = (Arc::clone(&attempts), scope.clone());
    let task = scope.task("consumer").restart(backoff()).spawn(move || {
        let (attempt, drain) = (counted.fetch_add(1, Ordering::Relaxed), inside.drain_started());
        async move {
            if attempt == 2 {
                drain.await;
            }
            Err::<(), _>("no disk")
        }
    });
    yield_now().await;
    let health = program.health().await;
    let component = &health.components()[0];
    assert_eq!((component.name(), component.status()), ("tenant/consumer", HealthStatus::Degraded));
    sleep(10 * SECOND).await;
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
    assert_eq!((scope.in_flight(), program.work.sum()), (1, 1));
    let report = scope.shut_down(SECOND).await;
    assert_eq!(report.elapsed(), Duration::ZERO);
    assert_eq!((report.error_count(), report.errors()[0].task()), (1, "consumer"), "the last failure");
    assert!(task.await.unwrap().is_err());
    assert!(program.health().await.components().is_empty(), "the scope is gone");
    assert!(!program.lifecycle.is_shutting_down());
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_with_the_drain_of_the_scope() {
    let scope = new_scope();
    scope
        .task("consumer")
        .restart(Backoff::exponential(60 * SECOND..60 * SECOND))
        .spawn(async || Err::<(), _>("no disk"));
    sleep(SECOND).await;
    let report = scope.shut_down(10 * SECOND).await;
    assert_eq!(report.elapsed(), Duration::ZERO);
    assert!(report.is_clean(), "it would have been restarted: {report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_final_failure_ends_the_scope_if_it_should() {
    for on_error in [OnError::Continue, OnError::Shutdown] {
        let program = new_program();
        let scope = scope_of(program, "tenant");
        let backoff = backoff().at_most(2, 60 * SECOND);
        scope.task("import").restart(backoff).on_error(on_error).spawn(async || Err::<(), _>("no disk"));
        sleep(10 * SECOND).await;
        assert_eq!(scope.ended().now_or_never().is_some(), on_error == OnError::Shutdown);
        assert_eq!(scope.shut_down(SECOND).await.error_count(), 1);
        assert!(!program.lifecycle.is_shutting_down());
        assert!(program.failed_tasks().is_empty());
    }
}

/// Most servers end when the drain begins.
#[tokio::test(start_paused = true)]
async fn a_critical_task_that_ends_in_the_drain_does_not_shorten_it() {
    let scope = scope_of(program_with(Config::new().drain_timeout(SECOND)), "tenant");
    scope.spawn_critical("server", scope.drain_started());
    scope.spawn(sleep(3 * SECOND));
    let report = scope.shut_down(10 * SECOND).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.elapsed(), 3 * SECOND);
}
