//! Order, timeouts and outcomes of the shutdown handlers.

use graceful_core::HandlerPhase;

use super::*;
use crate::arguments::{Cancellation, Context, HandlerArgument, Resource};
use crate::error::ErrorKind;
use crate::handler::schedule::Time;
use crate::sequence::run_groups;

#[tokio::test(start_paused = true)]
async fn groups_run_from_high_to_low_and_together_inside() {
    let service = Service::default();
    service.main_has_returned();
    service.timed("low", -1, secs(1));
    service.timed("high", 20, secs(3));
    service.timed("middle one", 10, secs(2));
    service.timed("middle two", 10, secs(1));
    let report = service.terminate().await;
    service.diary.expect(&[
        (0, "high begins"),
        (3000, "high ends"),
        (3000, "middle one begins"),
        (3000, "middle two begins"),
        (4000, "middle two ends"),
        (5000, "middle one ends"),
        (5000, "low begins"),
        (6000, "low ends"),
    ]);
    assert!(report.is_clean());
    assert_eq!(report.exit_code(), 0);
    assert_eq!(report.elapsed(), secs(6));
    assert_eq!(service.phase(), Phase::Stopped);
}

#[tokio::test(start_paused = true)]
async fn one_bad_handler_keeps_none_from_running() {
    let service = Service::default();
    service.main_has_returned();
    let hanging = Destructor(service.diary.clone(), "the hanging one is dropped");
    let hang = move || async move {
        let _hanging = hanging;
        pending::<()>().await;
    };
    service.handler("hangs").priority(30).timeout(secs(2)).register(hang).unwrap();
    service.handler("errs").priority(30).register(|| async { Err::<(), _>("no disk") }).unwrap();
    let panics = || async {
        if true {
            panic!("at the disco")
        }
    };
    service.handler("panics").priority(20).register(panics).unwrap();
    service.handler("panics at once").priority(20).register(panics_at_once).unwrap();
    service.timed("last", 10, ms(100));
    let report = service.terminate().await;
    service.diary.expect(&[(2000, "the hanging one is dropped"), (2000, "last begins"), (2100, "last ends")]);
    let outcomes = [
        ("hangs", Outcome::TimedOut { blocked: false }),
        ("errs", Outcome::Failed("no disk".into())),
        ("panics", Outcome::Panicked("at the disco".into())),
        ("panics at once", Outcome::Panicked("before its future".into())),
        ("last", Outcome::Completed),
    ];
    for (name, outcome) in outcomes {
        assert_eq!(*handler(&report, name).outcome(), outcome, "{name}");
    }
    assert_eq!(report.exit_code(), 1);
}

fn panics_at_once() -> std::future::Ready<()> {
    panic!("before its future")
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_destructor_at_the_timeout_is_one_of_the_handler() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the destructor");
        }
    }
    let service = Service::default();
    service.main_has_returned();
    let hang = || async {
        let _bomb = Bomb;
        pending::<()>().await;
    };
    service.handler("bomb").priority(1).register(hang).unwrap();
    service.timed("last", 0, ms(1));
    let report = service.terminate().await;
    assert!(!handler(&report, "bomb").outcome().is_clean());
    assert_eq!(*handler(&report, "last").outcome(), Outcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_counts_from_the_handlers_own_start() {
    let service = Service::default();
    service.main_has_returned();
    service.timed("first", 2, secs(2));
    service.timed("second", 1, secs(2));
    let report = service.terminate().await;
    assert_eq!(*handler(&report, "second").outcome(), Outcome::Completed);
    assert_eq!(handler(&report, "second").started(), Some(secs(2)));
}

#[tokio::test(start_paused = true)]
async fn when_time_is_short_each_group_gets_its_part() {
    let service = Service::new(Config::new().grace_period(secs(5)).drain_timeout(secs(1)));
    service.main_has_returned();
    let names = ["4", "3", "2", "1"];
    for (name, priority) in names.into_iter().zip([4, 3, 2, 1]) {
        let hang = pending::<()>;
        service.handler(name).priority(priority).timeout(secs(4)).register(hang).unwrap();
    }
    let report = service.terminate().await;
    for name in names {
        let handler = handler(&report, name);
        assert_eq!(*handler.outcome(), Outcome::TimedOut { blocked: false }, "{name}");
        assert!(handler.started().is_some());
        // 4.75 s shared by four that want the same.
        assert!(handler.elapsed() > secs(1) && handler.elapsed() < ms(1300), "{handler:?}");
    }
    assert!(report.elapsed() < secs(5), "{report}");
}

/// The lame duck takes all but the margin, as the check of the configuration lets it.
#[tokio::test(start_paused = true)]
async fn where_no_time_is_left_what_is_abandoned_is_gone_before_teardown() {
    let config = Config::new().grace_period(secs(10)).lame_duck(ms(9_800)).drain_timeout(ms(100));
    let service = Service::new(config);
    let of_main = Destructor(service.diary.clone(), "main is dropped");
    service.main(async move {
        let _of_main = of_main;
        pending::<()>().await;
    });
    service.handler("drain").phase(HandlerPhase::Drain).register(pending::<()>).unwrap();
    service.handler("teardown").register(pending::<()>).unwrap();
    let report = service.terminate().await;
    let order: Vec<_> = report.handlers().iter().map(|handler| (handler.name(), handler.started().is_some())).collect();
    assert_eq!(order, [("drain", true), ("teardown", true)], "{report}");
    assert!(report.elapsed() <= ms(9_755), "{report}");
    let teardown = report.phases().last().unwrap();
    assert_eq!(teardown.phase(), Phase::Teardown);
    let lines = service.diary.lines.lock().unwrap();
    assert!(matches!(&lines[..], [(at, _)] if ms(*at) <= teardown.started()), "{lines:?}\n{report}");
}

/// On a runtime that begins none, where each takes its moment.
#[test]
fn where_no_time_is_left_all_groups_take_one_moment() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let stuck = runtime();
    runtime().block_on(async {
        let service = Service::default();
        for priority in 0..100 {
            let builder = service.handler(&priority.to_string()).priority(priority);
            builder.register(pending::<()>).unwrap();
        }
        service.program.lifecycle.begin(Reason::Requested);
        let shutdown = service.program.lifecycle.shutdown().unwrap();
        let stage = Stage { program: service.program, shutdown, app: stuck.handle().clone() };
        let handlers = service.program.handlers.take(HandlerPhase::Teardown, &Default::default());
        let begin = Instant::now();
        let time = Time { end: begin, reserve: Duration::ZERO };
        run_groups(&stage.crew(), handlers, time, &Default::default()).await;
        assert!(begin.elapsed() <= ms(2), "{:?}", begin.elapsed());
        assert_eq!(service.program.report(shutdown, 0).handlers().len(), 100);
    });
}

#[tokio::test(start_paused = true)]
async fn what_a_group_does_not_use_is_there_for_the_next() {
    let service = Service::new(Config::new().grace_period(secs(10)).drain_timeout(secs(1)));
    service.main_has_returned();
    service.timed("quick", 2, ms(10));
    service.handler("long").priority(1).timeout(secs(9)).register(|| sleep(secs(8))).unwrap();
    let report = service.terminate().await;
    assert!(report.is_clean(), "{report}");
}

#[tokio::test(start_paused = true)]
async fn arguments_are_of_this_run() {
    let service = Service::default();
    service.main_has_returned();
    service.program.resources.provide(7_u32);
    service.program.resources.provide(8_u32);
    let context = Context {
        resources: service.program.resources.clone(),
        cause: Reason::Requested,
        deadline: Instant::now().into_std(),
        cancelled: Cancellation::Token(Default::default()),
    };
    let Resource(number) = Resource::<u32>::take(&context).unwrap();
    assert_eq!(number, 8, "a later value replaces an earlier one");
    let absent = <Option<Resource<u64>> as HandlerArgument>::take(&context).unwrap();
    assert!(absent.is_none());
    let missing: Outcome = Resource::<u64>::take(&context).unwrap_err().into();
    assert_eq!(missing, Outcome::Skipped("u64".into()));
    assert!(missing.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_handler_can_be_added_until_its_phase_begins() {
    let service = Service::default();
    service.main_has_returned();
    let late = service.clone();
    let of_the_drain = move || async move {
        let too_late = late.handler("drain").phase(HandlerPhase::Drain).register(|| async {});
        assert_eq!(too_late.unwrap_err().kind(), ErrorKind::TooLate);
        late.timed("added", 5, ms(5));
    };
    service.handler("adds").phase(HandlerPhase::Drain).register(of_the_drain).unwrap();
    let late = service.clone();
    let of_the_teardown = move || async move {
        let error = late.handler("late").register(|| async {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLate);
        assert!(error.to_string().contains("`late`"), "{error}");
    };
    service.handler("adds too late").register(of_the_teardown).unwrap();
    let report = service.terminate().await;
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.handlers().len(), 3);
    assert_eq!(handler(&report, "added").started(), Some(secs(0)));
}

#[tokio::test(start_paused = true)]
async fn a_registration_can_be_taken_back() {
    let service = Service::default();
    service.main_has_returned();
    let early = service.handler("early").register(|| async {}).unwrap();
    assert!(early.unregister());
    assert_eq!(service.program.plan().handlers().len(), 0);
    let (sender, registration) = std::sync::mpsc::channel::<crate::registration::HandlerRegistration>();
    let runs = service.handler("runs").register(move || async move {
        assert!(!registration.recv().unwrap().unregister(), "it runs already");
    });
    sender.send(runs.unwrap()).unwrap();
    let report = service.terminate().await;
    assert!(report.is_clean(), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_is_an_error() {
    let service = Service::default();
    let error = service.handler("zero").timeout(Duration::ZERO).register(|| async {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
