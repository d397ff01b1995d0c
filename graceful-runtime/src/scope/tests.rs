//! The promises of a scope, on a paused clock.

mod failures;
mod handlers;
mod health;
mod in_program;
mod random;
#[cfg(all(feature = "axum", feature = "testing"))]
mod serve;
mod threads;

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use super::*;
use crate::config::Config;
use crate::in_flight::Work;
use crate::program::Program;
use crate::report::Abandoned;

const SECOND: Duration = Duration::from_secs(1);

/// Each test has another program, on the test's runtime.
fn new_program() -> &'static Program {
    program_with(Config::new())
}

fn program_with(config: Config) -> &'static Program {
    let program = Program::new(Work::leaked(), || Instant::now().into_std(), Vec::new);
    let program: &'static Program = Box::leak(Box::new(program));
    assert!(program.lifecycle.claim(config));
    program.lifecycle.participation.begin();
    program
}

fn scope_of(program: &'static Program, name: &str) -> Scope {
    Scope(program.root_scope().child(name))
}

fn new_scope() -> Scope {
    scope_of(new_program(), "tenant")
}

fn names(report: &ScopeReport) -> Vec<String> {
    report.abandoned().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_name_is_one_scope_as_long_as_it_lives() {
    let program = new_program();
    let tenant = scope_of(program, "tenant");
    assert!(Arc::ptr_eq(&tenant.0, &scope_of(program, "tenant").0));
    let nested = tenant.scope("tenant");
    assert!(!Arc::ptr_eq(&tenant.0, &nested.0));
    assert_eq!((tenant.name(), nested.name()), ("tenant", "tenant/tenant"));
    assert_eq!(format!("{nested:?}"), r#"Scope { name: "tenant/tenant", .. }"#);
}

#[tokio::test]
async fn a_scope_is_forgotten_when_it_is_empty_and_nothing_refers_to_it() {
    let program = new_program();
    let number = || program.root_scope().tree().len();
    let guard = scope_of(program, "with work").scope("inside").track();
    assert_eq!(number(), 3, "dropping a handle does nothing");
    drop(guard);
    assert_eq!(number(), 1);
    for round in 0..10_000 {
        let scope = scope_of(program, &round.to_string()).scope("inside");
        let guard = scope.track();
        if round % 2 == 0 {
            let ended = scope.shut_down(SECOND);
            drop(guard);
            assert!(ended.await.is_clean());
            // The task that kept the time ends.
            yield_now().await;
        }
    }
    assert_eq!(number(), 1);
}

#[tokio::test]
async fn work_counts_once_in_each_scope_around_it() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let (inner, sibling) = (outer.scope("inner"), outer.scope("sibling"));
    let numbers = || [inner.in_flight(), sibling.in_flight(), outer.in_flight(), program.work.sum()];
    let guards = (inner.track(), inner.try_track().unwrap(), outer.track());
    let task = inner.spawn(pending::<()>());
    assert_eq!(numbers(), [3, 0, 4, 4]);
    drop(guards);
    assert_eq!(numbers(), [1, 0, 1, 1]);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(numbers(), [0; 4]);
}

#[tokio::test]
async fn the_drain_begins_at_once_in_the_scope_and_in_all_inside() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let (inner, sibling) = (outer.scope("inner"), scope_of(program, "sibling"));
    let innermost = inner.scope("innermost");
    let guard = innermost.track();
    let (token, started, item) =
        (innermost.drain_token(), innermost.drain_started(), innermost.until_drain(pending::<()>()));
    // At the call, not at the first poll.
    let ended = outer.shut_down(SECOND);
    for draining in [&outer, &inner, &innermost] {
        assert!(draining.is_draining() && draining.drain_token().is_cancelled());
        let refused = draining.try_track().unwrap_err();
        assert!(refused.to_string().contains(draining.name()), "{refused}");
    }
    assert!(token.is_cancelled());
    assert!(started.now_or_never().is_some());
    assert_eq!(item.now_or_never(), Some(None));
    assert!(sibling.try_track().is_ok() && !sibling.is_draining());
    assert!(!program.lifecycle.drain().is_cancelled());
    drop(guard);
    ended.await;
}

/// A closure makes a future for each attempt.
#[tokio::test]
async fn a_future_does_not_borrow_the_handle() {
    fn calls<F: Future>(mut make: impl FnMut() -> F) -> [F; 2] {
        [make(), make()]
    }
    let scope = new_scope();
    let inside = scope.clone();
    let started = calls(move || inside.drain_started());
    let ended = calls(move || scope.shut_down(SECOND));
    for started in started {
        started.await;
    }
    for ended in ended {
        assert!(ended.await.is_clean());
    }
}

#[tokio::test]
async fn cancelling_a_token_of_a_scope_ends_nothing() {
    let scope = new_scope();
    scope.drain_token().cancel();
    assert!(scope.try_track().is_ok());
    assert!(!scope.drain_token().is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn the_innermost_scope_ends_first() {
    let outer = new_scope();
    let (inner, sibling) = (outer.scope("inner"), outer.scope("sibling"));
    let innermost = inner.scope("innermost");
    let order = Arc::new(Mutex::new(Vec::new()));
    for (scope, millis) in [(&outer, 10), (&inner, 20), (&innermost, 100), (&sibling, 50)] {
        scope.spawn(sleep(Duration::from_millis(millis)));
        let (ended, order, begin) = (scope.ended(), Arc::clone(&order), Instant::now());
        tokio::spawn(async move {
            let report = ended.await;
            order.lock().unwrap().push((begin.elapsed().as_millis(), report.scope().to_owned()));
        });
    }
    let report = outer.shut_down(SECOND).await;
    yield_now().await;
    assert_eq!(report.elapsed(), Duration::from_millis(100));
    assert!(report.is_clean());
    let order = order.lock().unwrap();
    let order: Vec<_> = order.iter().map(|(at, name)| (*at, name.as_str())).collect();
    assert_eq!(order[0], (50, "tenant/sibling"));
    // Those that end in the same moment wake their observers in any order.
    assert!(order[1..].iter().all(|(at, _)| *at == 100), "{order:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_tasks_guards_and_children() {
    let scope = new_scope();
    let guard = scope.track();
    let child_guard = scope.scope("child").track();
    let (end, ended) = oneshot::channel::<()>();
    scope.spawn(async { ended.await.unwrap() });
    let mut report = Box::pin(scope.shut_down(10 * SECOND));
    assert!(report.as_mut().now_or_never().is_none());
    drop(guard);
    assert!(report.as_mut().now_or_never().is_none());
    drop(child_guard);
    assert!(report.as_mut().now_or_never().is_none());
    end.send(()).unwrap();
    assert!(report.await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn what_is_left_is_aborted_in_time_and_named_with_its_children() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let inner = outer.scope("inner");
    let tasks = [outer.spawn(pending::<()>()), inner.spawn_critical("consumer", pending::<()>())];
    let begin = Instant::now();
    let report = outer.shut_down(SECOND).await;
    assert_eq!(begin.elapsed(), Duration::from_millis(900), "a tenth is for the abort");
    let names = names(&report);
    let [other, consumer] = names.as_slice() else { panic!("{names:?}") };
    assert!(
        consumer.starts_with("task `consumer` spawned at ") && consumer.ends_with(" in scope `outer/inner`"),
        "{names:?}"
    );
    assert!(other.ends_with(" in scope `outer`"), "{names:?}");
    assert_eq!(report.to_string(), "scope `outer` ended in 900 ms, 2 abandoned");
    for task in tasks {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!((program.work.sum(), program.tasks.abandoned().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_is_given_up_at_the_timeout() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let guard = outer.scope("inner").track();
    let begin = Instant::now();
    let report = outer.shut_down(SECOND).await;
    assert_eq!(begin.elapsed(), SECOND);
    let expected = [Abandoned::InFlight { guards: 1, scope: Some("outer/inner".to_owned()) }];
    assert_eq!(report.abandoned(), expected);
    assert_eq!((outer.in_flight(), program.work.sum()), (0, 1));
    drop(guard);
    assert_eq!(program.work.sum(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_aborts_at_once() {
    let scope = new_scope();
    scope.scope("inner").spawn(pending::<()>());
    let begin = Instant::now();
    let report = scope.shut_down(Duration::ZERO).await;
    assert!(begin.elapsed() <= Duration::from_millis(1));
    assert_eq!(report.abandoned().len(), 1);
    assert!(new_scope().shut_down(Duration::ZERO).await.is_clean());
    // No overflow.
    assert!(new_scope().shut_down(Duration::MAX).await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn each_caller_gets_the_same_report() {
    let scope = new_scope();
    scope.spawn(pending::<()>());
    let (one, two, dropped) = (scope.shut_down(SECOND), scope.clone().shut_down(SECOND), scope.shut_down(SECOND));
    // Never polled.
    drop(dropped);
    let (one, two, three) = tokio::join!(one, two, scope.ended());
    assert_eq!(one.abandoned().len(), 1);
    assert_eq!((&one, &one), (&two, &three));
    assert_eq!(scope.shut_down(SECOND).await, one);
}

#[tokio::test(start_paused = true)]
async fn the_earliest_end_holds() {
    for (first, second) in [(1, 60), (60, 1)] {
        let scope = new_scope();
        let guard = scope.track();
        let begin = Instant::now();
        tokio::join!(scope.shut_down(first * SECOND), scope.shut_down(second * SECOND));
        assert_eq!(begin.elapsed(), SECOND);
        drop(guard);
    }
}

#[tokio::test(start_paused = true)]
async fn a_scope_around_it_shortens_its_time() {
    let outer = new_scope();
    let inner = outer.scope("inner");
    let guard = inner.track();
    let begin = Instant::now();
    let of_inner = inner.shut_down(60 * SECOND);
    let of_outer = outer.shut_down(SECOND);
    let (of_inner, of_outer) = tokio::join!(of_inner, of_outer);
    assert_eq!(begin.elapsed(), SECOND);
    assert_eq!((of_inner.abandoned().len(), of_outer.abandoned().len()), (1, 1), "each names it once");
    drop(guard);
}

#[tokio::test(start_paused = true)]
async fn the_shutdown_continues_when_its_future_is_dropped() {
    let scope = new_scope();
    scope.spawn(pending::<()>());
    assert!(scope.shut_down(SECOND).now_or_never().is_none());
    sleep(SECOND).await;
    assert_eq!(scope.ended().now_or_never().unwrap().abandoned().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_the_end_the_name_begins_anew() {
    let program = new_program();
    let old = scope_of(program, "tenant");
    let nested = old.scope("nested");
    old.shut_down(SECOND).await;
    assert!(old.try_track().is_err() && nested.try_track().is_err());
    assert!(old.scope("nested").try_track().is_err(), "also a new one in it");
    assert!(old.scope("other").ended().now_or_never().unwrap().is_clean());
    let new = scope_of(program, "tenant");
    let guard = new.try_track().unwrap();
    assert_eq!((new.in_flight(), old.in_flight()), (1, 0));
    drop(guard);
    drop((old, nested));
    assert!(Arc::ptr_eq(&new.0, &scope_of(program, "tenant").0), "the end of the old one harms nobody");
}

/// A task waits for itself.
#[tokio::test(start_paused = true)]
async fn a_shutdown_from_inside_is_bounded_by_its_timeout() {
    let scope = new_scope();
    let inside = scope.clone();
    let task = scope.spawn(async move {
        inside.shut_down(SECOND).await;
    });
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(scope.ended().await.abandoned().len(), 1);

    let scope = new_scope();
    let inside = scope.clone();
    scope.spawn(async move { drop(inside.shut_down(SECOND)) });
    assert!(scope.ended().await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn work_that_comes_too_late_counts_in_the_scope_around_it() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let inner = outer.scope("inner");
    let guard = inner.track();
    let ended = inner.shut_down(SECOND);
    let in_drain = inner.track();
    assert_eq!(inner.in_flight(), 2, "the drain waits for it");
    sleep(Duration::from_millis(950)).await;
    let after_cut = inner.spawn(pending::<()>());
    assert_eq!((inner.in_flight(), outer.in_flight()), (2, 3));
    assert_eq!(ended.await.abandoned(), [Abandoned::InFlight { guards: 2, scope: Some("outer/inner".to_owned()) }]);
    let after_end = inner.track();
    assert_eq!((inner.in_flight(), outer.in_flight(), program.work.sum()), (2, 2, 4), "abandoned, and still there");
    drop((guard, in_drain, after_end));
    assert_eq!(outer.shut_down(SECOND).await.abandoned().len(), 1);
    assert!(after_cut.await.unwrap_err().is_cancelled());
    let last = inner.track();
    assert_eq!((outer.in_flight(), program.work.sum()), (0, 1), "at last only the program counts it");
    drop(last);
    assert_eq!(program.work.sum(), 0);
}
