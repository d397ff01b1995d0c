//! The handlers of a scope: when they run, how much time they have, and what the reports say of them.

use std::future::Future;

use super::in_program::shut_down;
use super::*;
use crate::error::ErrorKind;
use crate::handler::Owner;
use crate::outcome::Outcome;
use crate::registration::HandlerBuilder;

type Diary = Arc<Mutex<Vec<&'static str>>>;

/// A handler that takes this long, and notes its begin and its end.
fn noted(diary: &Diary, note: [&'static str; 2], takes: Duration) -> impl Future<Output = ()> + Send + use<> {
    let diary = Arc::clone(diary);
    async move {
        let write = |what| diary.lock().unwrap().push(what);
        write(note[0]);
        sleep(takes).await;
        write(note[1]);
    }
}

fn outcomes(report: &ScopeReport) -> Vec<(&str, &str)> {
    report.handlers().iter().map(|handler| (handler.name(), handler.outcome().label())).collect()
}

#[tokio::test(start_paused = true)]
async fn they_run_when_all_work_has_ended_and_the_innermost_first() {
    let program = new_program();
    let outer = scope_of(program, "outer");
    let (inner, sibling) = (outer.scope("inner"), outer.scope("sibling"));
    let diary = Diary::default();
    for (scope, note, takes) in [
        (&outer, ["outer begins", "outer ends"], 1),
        (&inner, ["inner begins", "inner ends"], 3),
        (&sibling, ["sibling begins", "sibling ends"], 2),
    ] {
        let handler = noted(&diary, note, takes * SECOND);
        scope.handler("flush").register(|| handler).unwrap();
    }
    inner.spawn(noted(&diary, ["", "work of inner ends"], 3 * SECOND));
    outer.spawn(noted(&diary, ["", "work of outer ends"], 8 * SECOND));
    let report = outer.shut_down(100 * SECOND).await;
    let diary: Vec<_> = diary.lock().unwrap().iter().copied().filter(|note| !note.is_empty()).collect();
    assert_eq!(
        diary,
        [
            "sibling begins",
            "sibling ends",
            "work of inner ends",
            "inner begins",
            "inner ends",
            "work of outer ends",
            "outer begins",
            "outer ends",
        ]
    );
    assert!(report.is_clean(), "{report:?}");
    let names = ["outer/sibling/flush", "outer/inner/flush", "outer/flush"].map(|name| (name, "completed"));
    assert_eq!(outcomes(&report), names);
    assert_eq!(report.elapsed(), 9 * SECOND);
    assert_eq!(report.handlers()[2].started(), Some(8 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_in_the_report_and_ends_nothing() {
    let program = new_program();
    let scope = scope_of(program, "tenant");
    scope.handler("flush").priority(2).register(async || Err::<(), _>(std::io::Error::other("disk full"))).unwrap();
    scope.handler("panics").priority(1).register(async || panic!("as it should")).unwrap();
    scope.handler("close").register(async || {}).unwrap();
    let report = scope.shut_down(SECOND).await;
    assert!(!report.is_clean());
    assert_eq!(report.to_string(), "scope `tenant` ended in 0 s, 2 handlers not completed");
    let expected = [("tenant/flush", "failed"), ("tenant/panics", "panicked"), ("tenant/close", "completed")];
    assert_eq!(outcomes(&report), expected);
    let Outcome::Failed(failure) = report.handlers()[0].outcome() else { panic!("{report:?}") };
    assert_eq!(failure.downcast_ref::<std::io::Error>().unwrap().to_string(), "disk full");
    let report = shut_down(program).await;
    assert_eq!((report.exit_code(), report.handlers().len()), (0, 0), "the scope has ended before");
}

#[tokio::test(start_paused = true)]
async fn they_are_in_order() {
    let scope = new_scope();
    let diary = Diary::default();
    let add = |name: &str, note| {
        let handler = noted(&diary, note, SECOND);
        let builder = scope.handler(name);
        (builder, move || handler)
    };
    let (builder, handler) = add("files", ["files", ""]);
    builder.priority(-1).register(handler).unwrap();
    let (builder, handler) = add("rows", ["rows", ""]);
    builder.register(handler).unwrap();
    let (builder, handler) = add("database", ["database", ""]);
    builder.after("rows").register(handler).unwrap();
    let error = scope.handler("late").after("nobody").register(async || {}).unwrap_err();
    let why = "the handler `tenant/late` cannot run after `tenant/nobody`: no handler has that name";
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Config, why.to_owned()));
    let report = scope.shut_down(10 * SECOND).await;
    assert_eq!(report.elapsed(), 3 * SECOND);
    let diary: Vec<_> = diary.lock().unwrap().iter().copied().filter(|note| !note.is_empty()).collect();
    assert_eq!(diary, ["rows", "database", "files"]);
}

#[tokio::test(start_paused = true)]
async fn one_keeps_the_scope_until_it_has_run_or_is_unregistered() {
    let program = new_program();
    let number = || program.root_scope().tree().len();
    let register = || scope_of(program, "tenant").handler("flush").register(async || {}).unwrap();
    let (first, second) = (register(), register());
    assert_eq!(number(), 2);
    assert!(first.unregister());
    assert_eq!(number(), 2);
    assert!(second.unregister());
    assert_eq!(number(), 1);
    let registration = register();
    let report = scope_of(program, "tenant").shut_down(SECOND).await;
    assert_eq!(report.handlers().len(), 1, "those that were unregistered do not run: {report:?}");
    yield_now().await;
    assert_eq!(number(), 1);
    assert!(!registration.unregister());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_run_is_refused_and_keeps_nothing() {
    let program = new_program();
    let refused = |change: fn(HandlerBuilder) -> HandlerBuilder| {
        let error = change(scope_of(program, "tenant").handler("flush")).register(async || {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(program.root_scope().tree().len(), 1);
        error.to_string()
    };
    assert_eq!(
        refused(|handler| handler.phase(graceful_core::HandlerPhase::Drain)),
        "the handler `tenant/flush` cannot run in the phase `drain`: those of a scope run in `teardown`, after its work"
    );
    assert_eq!(refused(|handler| handler.timeout(Duration::ZERO)), "the timeout of the handler `tenant/flush` is zero");
}

#[tokio::test(start_paused = true)]
async fn one_may_be_registered_in_the_drain_and_comes_too_late_afterwards() {
    let scope = new_scope();
    let guard = scope.track();
    let ended = scope.shut_down(10 * SECOND);
    let inside = scope.clone();
    scope.handler("flush").register(async move || inside.handler("late").register(async || {}).map(drop)).unwrap();
    drop(guard);
    let report = ended.await;
    let why = "the handler `tenant/late` comes too late: its scope has ended, or its handlers have begun";
    assert_eq!(report.handlers()[0].outcome().source().unwrap().to_string(), why);
    let error = scope.handler("late").register(async || {}).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::TooLate, why.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn they_have_their_time_when_work_is_aborted() {
    let scope = new_scope();
    scope.spawn(pending::<()>());
    scope.handler("flush").timeout(4 * SECOND).register(|| sleep(Duration::from_millis(3_900))).unwrap();
    let report = scope.shut_down(10 * SECOND).await;
    assert_eq!(names(&report).len(), 1);
    assert_eq!(outcomes(&report), [("tenant/flush", "completed")]);
    // The end, without the handler, a second for what was aborted and the margin.
    assert_eq!(report.handlers()[0].started(), Some(Duration::from_millis(4_750)));
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_does_not_hold_the_end() {
    let scope = new_scope();
    let inner = scope.scope("inner");
    inner.handler("hangs").register(pending::<()>).unwrap();
    scope.handler("close").timeout(SECOND).register(|| sleep(SECOND / 2)).unwrap();
    let begin = Instant::now();
    let report = scope.shut_down(5 * SECOND).await;
    assert!(begin.elapsed() <= 5 * SECOND, "{:?}", begin.elapsed());
    assert_eq!(outcomes(&report), [("tenant/inner/hangs", "timed_out"), ("tenant/close", "completed")]);
}

#[tokio::test(start_paused = true)]
async fn a_later_shutdown_with_a_shorter_timeout_cuts_them() {
    let scope = new_scope();
    scope.handler("hangs").priority(1).timeout(60 * SECOND).register(pending::<()>).unwrap();
    scope.handler("close").register(async || {}).unwrap();
    let (begin, first) = (Instant::now(), scope.shut_down(100 * SECOND));
    sleep(SECOND).await;
    let report = scope.shut_down(SECOND).await;
    assert!(begin.elapsed() <= Duration::from_millis(2_100), "{:?}", begin.elapsed());
    assert_eq!(outcomes(&report), [("tenant/hangs", "cancelled"), ("tenant/close", "cancelled")]);
    assert_eq!(first.await, report);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_the_handler_ends_writes_what_the_work_has_left() {
    let scope = new_scope();
    let (sender, mut rows) = tokio::sync::mpsc::channel(10);
    let written = Arc::new(Mutex::new(0));
    let sum = Arc::clone(&written);
    let consume = |turn: crate::Turn| async move {
        while let Some(Some(row)) = turn.until(rows.recv()).await {
            *sum.lock().unwrap() += row;
        }
    };
    scope.handler("rows").spawn(consume).unwrap();
    scope.spawn(async move {
        for row in 1..=4 {
            sleep(SECOND).await;
            sender.send(row).await.unwrap();
        }
    });
    let report = scope.shut_down(10 * SECOND).await;
    assert_eq!((*written.lock().unwrap(), outcomes(&report)), (10, vec![("tenant/rows", "completed")]));
}

/// A handler of the program, which notes that it runs.
fn of_program(program: &'static Program, diary: &Diary) {
    let handler = noted(diary, ["program", ""], Duration::ZERO);
    let builder = HandlerBuilder::new(Owner::Program(&program.handlers), "database");
    builder.timeout(2 * SECOND).register(|| handler).unwrap();
}

#[tokio::test(start_paused = true)]
async fn they_have_ended_before_the_teardown_of_the_program() {
    let program = new_program();
    let (scope, diary) = (scope_of(program, "tenant"), Diary::default());
    of_program(program, &diary);
    let flush = noted(&diary, ["flush begins", "flush ends"], SECOND);
    scope.handler("flush").register(|| flush).unwrap();
    let report = shut_down(program).await;
    assert_eq!(*diary.lock().unwrap(), ["flush begins", "flush ends", "program", ""]);
    assert!(report.is_clean(), "{report}");
    let names: Vec<_> = report.handlers().iter().map(|handler| handler.name()).collect();
    assert_eq!(names, ["tenant/flush", "database"]);
    let picture = report.to_string();
    let order = ["draining", "  tenant/flush", "teardown", "  database"].map(|row| picture.find(row).unwrap());
    assert!(order.is_sorted(), "{picture}");
    let teardown = report.phases().last().unwrap().started();
    assert_eq!((report.handlers()[0].started().unwrap(), teardown), (Duration::ZERO, SECOND));
    assert_eq!(scope.ended().now_or_never().unwrap().handlers(), &report.handlers()[..1]);
}

#[tokio::test(start_paused = true)]
async fn they_run_first_in_teardown_when_the_drain_is_cut() {
    let program = program_with(Config::new().grace_period(10 * SECOND).drain_timeout(9 * SECOND));
    let (scope, diary) = (scope_of(program, "tenant"), Diary::default());
    of_program(program, &diary);
    for (scope, note) in [(&scope, ["flush", "flushed"]), (&scope.scope("inner"), ["close", "closed"])] {
        let flush = noted(&diary, note, SECOND);
        scope.handler("flush").timeout(2 * SECOND).register(|| flush).unwrap();
    }
    scope.scope("inner").spawn(pending::<()>());
    let guard = scope.track();
    let report = shut_down(program).await;
    assert_eq!(*diary.lock().unwrap(), ["close", "closed", "flush", "flushed", "program", ""]);
    let outcomes: Vec<_> = report.handlers().iter().map(|handler| handler.outcome().label()).collect();
    assert_eq!(outcomes, ["completed"; 3], "{report}");
    assert_eq!(report.abandoned().len(), 2, "{report}");
    // The grace period without its margin, and without the two seconds of each handler.
    let drain = report.phases().iter().find(|phase| phase.phase() == graceful_core::Phase::Draining).unwrap();
    assert!(drain.elapsed() >= Duration::from_millis(3_750), "{report}");
    assert!(drain.elapsed() < Duration::from_millis(4_500), "{report}");
    drop(guard);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_in_the_shutdown_of_the_program_makes_that_unclean() {
    let program = new_program();
    scope_of(program, "tenant").handler("flush").register(async || Err::<(), _>("disk full")).unwrap();
    let report = shut_down(program).await;
    assert_eq!(report.exit_code(), 1);
}

/// Its own shutdown gives it a minute, and that of the program ten seconds.
#[tokio::test(start_paused = true)]
async fn the_deadline_of_the_program_holds_for_those_that_have_begun_before() {
    let program = program_with(Config::new().grace_period(10 * SECOND).drain_timeout(3 * SECOND));
    let (scope, diary) = (scope_of(program, "tenant"), Diary::default());
    of_program(program, &diary);
    scope.handler("hangs").timeout(50 * SECOND).register(pending::<()>).unwrap();
    let partial = tokio::spawn(scope.shut_down(60 * SECOND));
    sleep(SECOND).await;
    let report = shut_down(program).await;
    assert!(report.elapsed() <= 10 * SECOND, "{report}");
    assert_eq!(*diary.lock().unwrap(), ["program", ""]);
    assert_eq!(outcomes(&partial.await.unwrap()), [("tenant/hangs", "cancelled")]);
}

#[tokio::test(start_paused = true)]
async fn the_drain_says_which_it_waits_for() {
    let program = new_program();
    scope_of(program, "tenant").handler("flush").register(|| sleep(SECOND)).unwrap();
    let sequence = tokio::spawn(shut_down(program));
    sleep(SECOND / 2).await;
    let shutdown = program.lifecycle.shutdown().unwrap();
    assert_eq!(crate::sequence::waiting_for(program, shutdown), "handler `tenant/flush`");
    sequence.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_plan_has_those_of_the_scopes_that_exist() {
    let program = new_program();
    assert_eq!(program.plan().scopes(), None);
    let tenants = ["a", "b"].map(|name| scope_of(program, name));
    for tenant in &tenants {
        tenant.handler("flush").timeout(2 * SECOND).register(async || {}).unwrap();
        tenant.handler("close").priority(-1).timeout(SECOND).register(async || {}).unwrap();
    }
    tenants[0].scope("inner").handler("flush").timeout(4 * SECOND).register(async || {}).unwrap();
    let before = program.reserve_after_drain();
    let plan = program.plan();
    let scopes = plan.scopes().unwrap();
    assert_eq!((scopes.number(), scopes.handlers(), scopes.worst_case()), (3, 5, 7 * SECOND));
    assert_eq!(before, 7 * SECOND, "the drain leaves them this time");
    tenants[0].shut_down(60 * SECOND).await;
    assert_eq!(program.plan().scopes().unwrap().worst_case(), 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_drain_waits_for_what_they_start() {
    let program = new_program();
    let (end, ended) = oneshot::channel();
    let start = async move || {
        let guard = program.work.track();
        tokio::spawn(async move {
            sleep(SECOND).await;
            end.send(()).unwrap();
            drop(guard);
        });
    };
    scope_of(program, "tenant").handler("flush").register(start).unwrap();
    let report = shut_down(program).await;
    assert!(report.is_clean() && report.elapsed() >= SECOND, "{report}");
    ended.await.unwrap();
}
