//! Scopes in the shutdown of the program.

use tokio::runtime::Handle;

use super::*;
use crate::lifecycle::MainEnd;
use crate::report::Report;
use crate::sequence::{Stage, run, waiting_for};
use crate::trigger::Reason;

/// Shuts the program down after main has returned.
pub(super) async fn shut_down(program: &'static Program) -> Report {
    program.main.set_end(MainEnd::Returned(0));
    program.lifecycle.begin(Reason::Requested);
    let shutdown = program.lifecycle.shutdown().unwrap();
    run(&Stage { program, shutdown, app: Handle::current() }).await;
    program.final_report(shutdown)
}

#[tokio::test(start_paused = true)]
async fn the_drain_of_the_program_drains_all_scopes_and_waits_for_them() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let inner = outer.scope("inner");
    let begin = Instant::now();
    let started = inner.drain_started();
    let late = inner.clone();
    inner.spawn(async move {
        started.await;
        assert!(late.try_track().is_err());
        late.spawn(sleep(Duration::from_secs(2)));
        sleep(SECOND).await;
    });
    let (end_of_inner, end_of_outer) = (tokio::spawn(inner.ended()), tokio::spawn(outer.ended()));
    let report = shut_down(program).await;
    assert_eq!(begin.elapsed(), 2 * SECOND);
    assert!(report.is_clean(), "{report}");
    assert!(end_of_inner.await.unwrap().is_clean());
    assert!(end_of_outer.await.unwrap().is_clean());
}

#[tokio::test(start_paused = true)]
async fn what_the_program_abandons_is_named_with_its_scope() {
    let program = new_program();
    let scope = scope_of(program, "tenant");
    scope.spawn(pending::<()>());
    let guards = (scope.scope("inner").track(), program.work.track());
    let report = shut_down(program).await;
    let names: Vec<_> = report.abandoned().iter().map(ToString::to_string).collect();
    let [task, of_scope, other] = names.as_slice() else { panic!("{names:?}") };
    assert!(task.ends_with(" in scope `tenant`"), "{task}");
    assert_eq!((of_scope.as_str(), other.as_str()), ("1 in flight in scope `tenant/inner`", "1 in flight"));
    assert_eq!(report.exit_code(), 1);
    // The scope has ended too, and says the same.
    let report = scope.ended().now_or_never().unwrap();
    assert_eq!(report.abandoned().len(), 2, "{report:?}");
    drop(guards);
}

#[tokio::test(start_paused = true)]
async fn what_the_drain_waits_for_is_named_with_its_scope() {
    let program = new_program();
    let scopes = ["a", "b", "c", "d", "e", "f"].map(|name| scope_of(program, name));
    program.main.set_end(MainEnd::Returned(0));
    program.lifecycle.begin(Reason::Requested);
    let waits = || waiting_for(program, program.lifecycle.shutdown().unwrap());
    let guard = scopes[0].track();
    assert_eq!(waits(), "1 in flight, of these 1 in scope `a`");
    let of_others: Vec<_> = scopes[1..].iter().map(Scope::track).collect();
    assert_eq!(
        waits(),
        "6 in flight, of these 1 in scope `a`, 1 in scope `b`, 1 in scope `c`, 1 in scope `d`, 2 in other scopes"
    );
    drop((guard, of_others));
    assert_eq!(waits(), "");
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_is_made_in_the_drain_has_ended() {
    for was_known in [false, true] {
        let program = new_program();
        if was_known {
            let _ = program.root_scope();
        }
        let guard = program.work.track();
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            program.lifecycle.drain().cancelled().await;
            yield_now().await;
            let scope = scope_of(program, "late");
            assert!(scope.try_track().is_err());
            let report = scope.ended().await;
            let task = scope.spawn(async {
                sleep(SECOND).await;
                end.send(()).unwrap();
            });
            drop(guard);
            task.await.unwrap();
            report
        });
        let report = shut_down(program).await;
        assert!(report.is_clean(), "the drain waits for its work: {report}");
        ended.await.unwrap();
        assert!(task.await.unwrap().is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn a_partial_shutdown_continues_in_that_of_the_program() {
    let program = new_program();
    let scope = scope_of(program, "tenant");
    scope.spawn(pending::<()>());
    let begin = Instant::now();
    let partial = tokio::spawn(scope.shut_down(SECOND));
    let report = shut_down(program).await;
    assert_eq!(begin.elapsed(), Duration::from_millis(900));
    assert!(report.is_clean(), "{report}");
    assert_eq!(partial.await.unwrap().abandoned().len(), 1);
}
