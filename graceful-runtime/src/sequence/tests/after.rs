//! Handlers that run after others.

use graceful_core::HandlerPhase;

use super::*;
use crate::error::ErrorKind;

#[tokio::test(start_paused = true)]
async fn independent_chains_overlap() {
    let service = Service::default();
    service.main_has_returned();
    service.timed_after("workers", &[], secs(2));
    service.timed_after("cache", &["workers"], secs(1));
    service.timed_after("broker", &[], secs(1));
    service.timed_after("outbox", &["broker"], ms(500));
    service.timed_after("database", &["cache", "outbox"], secs(1));
    let report = service.terminate().await;
    service.diary.expect(&[
        (0, "broker begins"),
        (0, "workers begins"),
        (1000, "broker ends"),
        (1000, "outbox begins"),
        (1500, "outbox ends"),
        (2000, "workers ends"),
        (2000, "cache begins"),
        (3000, "cache ends"),
        (3000, "database begins"),
        (4000, "database ends"),
    ]);
    assert!(report.is_clean());
    assert_eq!(handler(&report, "database").after().collect::<Vec<_>>(), ["cache", "outbox"]);
    assert_eq!(handler(&report, "workers").after().count(), 0);
    let picture = report.to_string();
    assert!(picture.contains("\n    after cache, outbox\n"), "{picture}");
}

#[tokio::test(start_paused = true)]
async fn the_plan_and_the_worst_case_have_the_chains() {
    let service = Service::default();
    let close = service.handler("a").timeout(secs(2));
    close.register(|| async {}).unwrap();
    service.handler("b").timeout(secs(3)).after("a").register(|| async {}).unwrap();
    service.handler("c").timeout(secs(4)).register(|| async {}).unwrap();
    service.handler("d").timeout(secs(1)).priority(-1).after("c").register(|| async {}).unwrap();
    let plan = service.program.plan();
    let handlers: Vec<_> = plan.handlers().iter().map(|handler| (handler.name(), handler.after().collect())).collect();
    assert_eq!(handlers, [("a", vec![]), ("c", vec![]), ("b", vec!["a"]), ("d", vec!["c"])]);
    assert_eq!(plan.teardown_worst_case(), secs(5 + 1));
    let timeouts = service.program.config().timeouts();
    assert_eq!(service.program.handlers.worst_case(&[HandlerPhase::Teardown], timeouts), secs(5 + 1));
}

#[tokio::test(start_paused = true)]
async fn a_handler_runs_however_those_before_it_end() {
    let service = Service::default();
    service.main_has_returned();
    service.handler("hangs").timeout(secs(1)).register(pending::<()>).unwrap();
    service.handler("errs").register(|| async { Err::<(), _>("no disk") }).unwrap();
    let panics = || async {
        if true {
            panic!("at the disco")
        }
    };
    service.handler("panics").register(panics).unwrap();
    for name in ["hangs", "errs", "panics"] {
        let after = format!("after {name}");
        service.timed_after(after.leak(), &[name], ms(10));
    }
    service.timed_after("last", &["hangs", "errs", "panics"], ms(10));
    let report = service.terminate().await;
    for (name, started) in [("after errs", 0), ("after panics", 0), ("after hangs", 1000), ("last", 1000)] {
        let handler = handler(&report, name);
        assert_eq!((handler.outcome(), handler.started()), (&Outcome::Completed, Some(ms(started))), "{name}");
    }
}

/// A plain handler that ignores its timeout is given up, and the next one starts.
#[tokio::test]
async fn a_handler_runs_after_one_that_blocks_its_thread() {
    let service = Service::default();
    service.main_has_returned();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let blocks = move || {
        let _ = released.recv();
    };
    service.handler("blocks").timeout(ms(30)).register_blocking(blocks).unwrap();
    service.timed_after("next", &["blocks"], ms(0));
    let report = service.terminate().await;
    drop(release);
    assert_eq!(*handler(&report, "blocks").outcome(), Outcome::TimedOut { blocked: true });
    assert_eq!(*handler(&report, "next").outcome(), Outcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn priorities_come_first() {
    let service = Service::default();
    service.main_has_returned();
    service.timed("low", -5, secs(1));
    service.timed("high", 5, secs(1));
    // It gets the priority of the lowest one that it names.
    service.timed_after("lower", &["low", "high"], secs(1));
    service.timed("middle", 0, secs(1));
    let report = service.terminate().await;
    service.diary.expect(&[
        (0, "high begins"),
        (1000, "high ends"),
        (1000, "middle begins"),
        (2000, "middle ends"),
        (2000, "low begins"),
        (3000, "low ends"),
        (3000, "lower begins"),
        (4000, "lower ends"),
    ]);
    assert_eq!(handler(&report, "lower").priority(), -5);
}

#[tokio::test(start_paused = true)]
async fn when_time_is_short_it_is_shared_along_the_chains() {
    // 4.75 s, of which the drain needs nothing: a chain of 9 s, one of 3 s, and 3 s of the next priority.
    let service = Service::new(Config::new().grace_period(secs(5)).drain_timeout(secs(1)));
    service.main_has_returned();
    let hang = pending::<()>;
    service.handler("1").timeout(secs(3)).register(hang).unwrap();
    service.handler("2").timeout(secs(3)).after("1").register(hang).unwrap();
    service.handler("3").timeout(secs(3)).after("2").register(hang).unwrap();
    service.handler("beside").timeout(secs(3)).register(hang).unwrap();
    service.handler("last").timeout(secs(3)).priority(-1).after("beside").register(hang).unwrap();
    let report = service.terminate().await;
    let allowance = |name| handler(&report, name).timeout();
    let quarter = ms(4750) / 4;
    for name in ["1", "2", "3", "last"] {
        let allowance = allowance(name);
        assert!(allowance > quarter - ms(5) && allowance <= quarter, "{name}: {allowance:?}");
    }
    // It is in no chain, so the group's whole time is its own.
    assert_eq!(allowance("beside"), secs(3));
    assert!(report.elapsed() <= ms(4755), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_is_cut_short_leaves_the_rest_of_a_chain_out() {
    let service = Service::default();
    let program = service.program;
    service.main_has_returned();
    let register = |handler: HandlerBuilder| handler.phase(HandlerPhase::Drain).register(pending::<()>).unwrap();
    register(service.handler("first"));
    register(service.handler("second").after("first"));
    tokio::spawn(async move {
        program.lifecycle.requested().await;
        sleep(secs(1)).await;
        Service::cut_short(program);
    });
    let report = service.terminate().await;
    let outcomes = ["first", "second"].map(|name| handler(&report, name).outcome().clone());
    assert_eq!(outcomes, [Outcome::Cancelled, Outcome::Cancelled]);
    assert_eq!(handler(&report, "second").started(), None);
}

/// Both run in the drain then.
#[tokio::test(start_paused = true)]
async fn a_drain_handler_waits_for_one_of_a_skipped_lame_duck() {
    let service = Service::default();
    service.main_has_returned();
    let diary = service.diary.clone();
    let leave = move || async move {
        sleep(secs(1)).await;
        diary.note("left");
    };
    service.handler("leave").phase(HandlerPhase::LameDuck).priority(-1).register(leave).unwrap();
    let diary = service.diary.clone();
    let stop = move || async move { diary.note("stopped") };
    service.handler("stop").phase(HandlerPhase::Drain).after("leave").register(stop).unwrap();
    let plan = service.program.plan();
    assert_eq!(plan.handlers()[1].after().collect::<Vec<_>>(), ["leave"]);
    service.terminate().await;
    service.diary.expect(&[(1000, "left"), (1000, "stopped")]);
}

#[tokio::test(start_paused = true)]
async fn a_name_must_be_that_of_one_live_handler() {
    let service = Service::default();
    let nothing = || async {};
    let after = |name: &str| service.handler("close").after(name);
    let error = |handler: HandlerBuilder| {
        let error = handler.register(nothing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    service.handler("twice").register(nothing).unwrap();
    let second = service.handler("twice").priority(5).register(nothing).unwrap();
    service.handler("flush").phase(HandlerPhase::Flush).register(nothing).unwrap();
    assert_eq!(error(after("close")), "the handler `close` cannot run after `close`: no handler has that name");
    assert_eq!(error(after("twice")), "the handler `close` cannot run after `twice`: 2 handlers have that name");
    assert_eq!(error(after("flush")), "the handler `close` cannot run after `flush`: it runs in a later phase");
    assert!(second.unregister());
    let early = after("twice").priority(7);
    assert_eq!(error(early), "the handler `close` cannot run after `twice`: it has the lower priority 0");
    assert_eq!(service.program.plan().handlers().len(), 2);

    // A handler that is gone is not waited for, nor is a later one with its name.
    let gone = service.handler("gone").timeout(secs(9)).register(nothing).unwrap();
    after("twice").after("gone").register(nothing).unwrap();
    assert!(gone.unregister());
    service.handler("gone").timeout(secs(9)).register(pending::<()>).unwrap();
    let plan = service.program.plan();
    let close = plan.handlers().iter().find(|handler| handler.name() == "close").unwrap();
    assert_eq!(close.after().collect::<Vec<_>>(), ["twice"]);
    service.main_has_returned();
    let report = service.terminate().await;
    assert_eq!(handler(&report, "close").started(), Some(Duration::ZERO));
}

/// Each handler of a long chain starts, although all of them wait at first.
#[tokio::test(start_paused = true)]
async fn a_chain_may_be_long() {
    let service = Service::default();
    service.main_has_returned();
    let names: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    service.handler(&names[0]).timeout(ms(1)).register(|| async {}).unwrap();
    for pair in names.windows(2) {
        service.handler(&pair[1]).timeout(ms(1)).after(&pair[0]).register(|| async {}).unwrap();
    }
    let report = service.terminate().await;
    assert!(report.is_clean(), "{report}");
}
