//! The drain: what holds it up, and what ends it.

use std::sync::Arc;

use graceful_core::HandlerPhase;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::in_flight::{Describe, Kind};
use crate::report::{Abandoned, FailedTask};

#[tokio::test(start_paused = true)]
async fn the_trigger_is_told_in_the_phase_that_it_brings() {
    let service = Service::default();
    assert_eq!(service.phase(), Phase::Running);
    assert!(service.program.lifecycle.begin(Reason::Requested));
    assert_eq!(service.phase(), Phase::Draining, "without a lame duck");
    assert!(service.program.work.try_track().is_err());
    assert!(!service.program.lifecycle.begin(Reason::MainFailed), "only one trigger counts");
    assert_eq!(service.program.lifecycle.shutdown().unwrap().trigger.reason, Reason::Requested);
}

#[tokio::test(start_paused = true)]
async fn each_of_four_holds_the_drain() {
    // Main.
    let service = Service::default();
    service.main(sleep(secs(3)));
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.is_clean()), (secs(3), true));

    // A guard.
    let service = Service::default();
    service.main_has_returned();
    let guard = service.program.work.try_track().unwrap();
    tokio::spawn(async move {
        sleep(secs(4)).await;
        drop(guard);
    });
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.is_clean()), (secs(4), true));

    // A tracked task.
    let service = Service::default();
    service.main_has_returned();
    service.spawn(sleep(secs(5)));
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.is_clean()), (secs(5), true));

    // A handler of the drain.
    let service = Service::default();
    service.main_has_returned();
    let stop = || sleep(secs(2));
    service.handler("stop").phase(HandlerPhase::Drain).register(stop).unwrap();
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.is_clean()), (secs(2), true));
}

#[tokio::test(start_paused = true)]
async fn work_that_begets_work_is_waited_for() {
    let service = Service::default();
    service.main_has_returned();
    let work = service.program.work;
    let first = work.try_track().unwrap();
    tokio::spawn(async move {
        sleep(secs(1)).await;
        let second = work.track();
        drop(first);
        sleep(secs(1)).await;
        drop(second);
    });
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.is_clean()), (secs(2), true));
}

#[tokio::test(start_paused = true)]
async fn handlers_of_the_drain_run_by_priority_while_it_goes_on() {
    let service = Service::default();
    let diary = service.diary.clone();
    for (name, priority) in [("first", 2), ("second", 1)] {
        let diary = diary.clone();
        let job = move || async move {
            diary.note(name);
            sleep(secs(1)).await;
        };
        service.handler(name).priority(priority).phase(HandlerPhase::Drain).register(job).unwrap();
    }
    service.main(async move {
        sleep(secs(3)).await;
        diary.note("main returns");
    });
    service.timed("teardown", 100, secs(0));
    service.terminate().await;
    service.diary.expect(&[
        (0, "first"),
        (1000, "second"),
        (3000, "main returns"),
        (3000, "teardown begins"),
        (3000, "teardown ends"),
    ]);
}

#[tokio::test(start_paused = true)]
async fn what_is_abandoned_is_gone_before_teardown() {
    let service = Service::new(Config::new().drain_timeout(secs(4)));
    let of_main = Destructor(service.diary.clone(), "main is dropped");
    service.main(async move {
        let _of_main = of_main;
        pending::<()>().await;
    });
    let of_task = Destructor(service.diary.clone(), "the task is dropped");
    let line = line!() + 1;
    service.spawn(async move {
        let _of_task = of_task;
        pending::<()>().await;
    });
    let guard = service.program.work.try_track().unwrap();
    service.timed("teardown", 0, secs(1));
    let report = service.terminate().await;
    drop(guard);
    let mut lines = service.diary.lines.lock().unwrap().clone();
    lines[..2].sort();
    assert_eq!(
        lines,
        [
            (4000, "main is dropped".to_owned()),
            (4000, "the task is dropped".to_owned()),
            (4000, "teardown begins".to_owned()),
            (5000, "teardown ends".to_owned()),
        ]
    );
    let [Abandoned::Main, Abandoned::Task { location, .. }, Abandoned::InFlight { guards: 1, scope: None }] =
        report.abandoned()
    else {
        panic!("{:?}", report.abandoned())
    };
    assert!(location.contains(&format!("tests/drain.rs:{line}:")), "{location}");
    assert_eq!(report.exit_code(), 1);
}

/// As a server in main: it returns when its connections are gone.
#[tokio::test(start_paused = true)]
async fn main_may_return_when_its_connections_are_cut() {
    let service = Service::new(Config::new().drain_timeout(secs(4)));
    let (program, diary) = (service.program, service.diary.clone());
    let connections = [(); 2].map(|()| program.work.track_as(Kind::Connection));
    service.main(async move {
        program.cut_connections.cancelled().await;
        drop(connections);
        diary.note("main returns");
    });
    service.timed("teardown", 0, secs(0));
    let report = service.terminate().await;
    service.diary.expect(&[(4000, "main returns"), (4000, "teardown begins"), (4000, "teardown ends")]);
    assert_eq!(report.abandoned(), [Abandoned::Connections { connections: 2, scope: None }]);
    assert_eq!(report.exit_code(), 1);
}

/// What waits for the connection ends with it: a handler's guard, and a task that reads from the client.
#[tokio::test(start_paused = true)]
async fn what_waits_for_a_cut_connection_is_not_abandoned() {
    let service = Service::new(Config::new().drain_timeout(secs(4)));
    let program = service.program;
    service.main_has_returned();
    let client: Arc<dyn Describe> = Arc::new("a client");
    program.connections.add(Arc::downgrade(&client));
    let (connection, guard) = (program.work.track_as(Kind::Connection), program.work.track());
    let (cut, gone) = (&program.cut_connections, CancellationToken::new());
    service.spawn(gone.clone().cancelled_owned());
    tokio::spawn(async move {
        cut.cancelled().await;
        sleep(ms(100)).await;
        drop((client, connection));
        sleep(ms(100)).await;
        drop(guard);
        gone.cancel();
    });
    let report = service.terminate().await;
    assert_eq!(report.abandoned(), []);
    assert_eq!(report.cut().to_string(), "1 connection: a client");
    assert_eq!((report.is_clean(), report.exit_code()), (true, 0));
    assert_eq!(report.elapsed(), ms(4200));
}

/// Those that the application holds are abandoned, although they are gone at once.
#[tokio::test(start_paused = true)]
async fn connections_are_told_apart_before_they_are_cut() {
    let service = Service::new(Config::new().drain_timeout(secs(4)));
    let program = service.program;
    service.main_has_returned();
    let known = ["a client", "The application"].map(|name| {
        let connection: Arc<dyn Describe> = Arc::new(name);
        program.connections.add(Arc::downgrade(&connection));
        (connection, program.work.track_as(Kind::Connection))
    });
    tokio::spawn(async move {
        program.cut_connections.cancelled().await;
        drop(known);
    });
    let report = service.terminate().await;
    assert_eq!(report.abandoned(), [Abandoned::Connections { connections: 1, scope: None }]);
    assert_eq!(report.cut().connections(), 1);
    assert!(
        report.to_string().contains("abandoned: 1 connection: The application\ncut: 1 connection: a client"),
        "{report}"
    );
    assert_eq!((report.elapsed(), report.exit_code()), (secs(4), 1));
}

#[tokio::test(start_paused = true)]
async fn main_that_waits_for_something_else_is_dropped_behind_its_connections() {
    let service = Service::new(Config::new().drain_timeout(secs(4)));
    let (program, of_main) = (service.program, Destructor(service.diary.clone(), "main is dropped"));
    service.main(async move {
        let _of_main = of_main;
        pending::<()>().await;
    });
    let connection = program.work.track_as(Kind::Connection);
    let diary = service.diary.clone();
    tokio::spawn(async move {
        program.cut_connections.cancelled().await;
        diary.note("cut");
        drop(connection);
    });
    let guard = program.work.track();
    service.timed("teardown", 0, secs(0));
    let report = service.terminate().await;
    drop(guard);
    service.diary.expect(&[
        (4000, "cut"),
        (4500, "main is dropped"),
        (4500, "teardown begins"),
        (4500, "teardown ends"),
    ]);
    let expected = [
        Abandoned::Main,
        Abandoned::Connections { connections: 1, scope: None },
        Abandoned::InFlight { guards: 1, scope: None },
    ];
    assert_eq!(report.abandoned(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_the_drain_is_dropped_at_the_drains_end() {
    let service = Service::new(Config::new().drain_timeout(secs(2)));
    service.main_has_returned();
    let dropped = Destructor(service.diary.clone(), "dropped");
    let hang = move || async move {
        let _dropped = dropped;
        pending::<()>().await;
    };
    service.handler("hangs").timeout(secs(10)).phase(HandlerPhase::Drain).register(hang).unwrap();
    service.timed("teardown", 0, secs(0));
    let report = service.terminate().await;
    service.diary.expect(&[(2000, "dropped"), (2000, "teardown begins"), (2000, "teardown ends")]);
    assert_eq!(*handler(&report, "hangs").outcome(), Outcome::TimedOut { blocked: false });
    assert_eq!(report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_drain_leaves_the_teardown_its_reserve() {
    // 10 s, less a margin of 250 ms, less 6 s of handlers: the drain may not take its 8 s.
    let service = Service::new(Config::new().grace_period(secs(10)).drain_timeout(secs(8)));
    service.main(pending::<()>());
    for (name, priority) in [("one", 2), ("two", 1)] {
        service.handler(name).priority(priority).timeout(secs(3)).register(|| sleep(ms(2990))).unwrap();
    }
    let report = service.terminate().await;
    assert_eq!(report.phases()[0].elapsed(), ms(3750));
    assert_eq!(*handler(&report, "one").outcome(), Outcome::Completed);
    assert_eq!(*handler(&report, "two").outcome(), Outcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_further_sigint_goes_straight_to_teardown() {
    for lame_duck in [secs(0), secs(8)] {
        let service = Service::new(Config::new().lame_duck(lame_duck));
        service.main(pending::<()>());
        for (name, priority) in [("running", 2), ("not begun", 1)] {
            let hang = pending::<()>;
            let builder = service.handler(name).priority(priority).phase(HandlerPhase::Drain);
            builder.register(hang).unwrap();
        }
        service.timed("teardown", 0, secs(1));
        let program = service.program;
        tokio::spawn(async move {
            sleep(secs(2)).await;
            Service::cut_short(program);
        });
        let report = service.terminate().await;
        // Where the drain begins with its end, main has a moment to hear of it.
        let moment = if lame_duck.is_zero() { ms(0) } else { ms(500) };
        assert_eq!(report.elapsed(), secs(3) + moment, "{report}");
        assert_eq!(*handler(&report, "teardown").outcome(), Outcome::Completed);
        assert_eq!(*handler(&report, "running").outcome(), Outcome::Cancelled);
        assert_eq!(*handler(&report, "not begun").outcome(), Outcome::Cancelled);
        assert_eq!(report.exit_code(), 1, "main was abandoned");
    }
}

#[tokio::test(start_paused = true)]
async fn main_hears_of_a_drain_that_is_cut_short() {
    let service = Service::new(Config::new().lame_duck(secs(8)));
    let program = service.program;
    service.main(program.lifecycle.draining_token().cancelled());
    tokio::spawn(async move {
        sleep(secs(2)).await;
        Service::cut_short(program);
    });
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.exit_code()), (secs(2), 0), "{report}");
    assert!(report.is_clean());
}

#[tokio::test(start_paused = true)]
async fn what_ends_while_main_hears_of_the_drain_is_not_abandoned() {
    let service = Service::new(Config::new().lame_duck(secs(8)));
    let program = service.program;
    let drain = || async {
        program.lifecycle.draining_token().cancelled().await;
        sleep(ms(10)).await;
    };
    service.spawn(drain());
    let guard = program.work.track();
    tokio::spawn(async move {
        drain().await;
        drop(guard);
    });
    service.main(async move {
        drain().await;
        sleep(ms(10)).await;
    });
    tokio::spawn(async move {
        sleep(secs(2)).await;
        Service::cut_short(program);
    });
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.exit_code()), (ms(2020), 0), "{report}");
    assert!(report.is_clean());
}

#[tokio::test(start_paused = true)]
async fn the_first_code_that_is_not_zero_counts() {
    let service = Service::default();
    service.main_has_returned();
    service.program.set_exit_code(7);
    service.handler("errs").register(|| async { Err::<(), _>("no") }).unwrap();
    assert_eq!(service.terminate().await.exit_code(), 7);

    let service = Service::default();
    service.main_has_returned();
    service.program.set_exit_code(0);
    service.program.task_failed(FailedTask::new("reader", Outcome::Failed("no broker".into())));
    let report = service.terminate().await;
    assert_eq!((report.exit_code(), report.is_clean()), (1, false));
    assert!(report.to_string().ends_with("\nfailed: critical task `reader`: no broker"), "{report}");

    let service = Service::default();
    service.main(async { Err::<(), _>("main's error") });
    assert_eq!(service.shut_down(Reason::MainFailed).await.exit_code(), 1);

    let service = Service::default();
    service.main(async { panic!("main's panic") });
    assert_eq!(service.shut_down(Reason::MainFailed).await.exit_code(), 101);

    let service = Service::default();
    service.main(async { std::process::ExitCode::from(42) });
    assert_eq!(service.terminate().await.exit_code(), 42);
}

#[tokio::test(start_paused = true)]
async fn its_end_is_known_from_its_start() {
    let service = Service::new(Config::new().lame_duck(secs(5)).drain_timeout(secs(10)));
    let program = service.program;
    let begin = Instant::now().into_std();
    let diary = service.diary.clone();
    assert_eq!(program.drain_deadline(), None);
    service.main(async move {
        program.lifecycle.requested().await;
        assert_eq!(program.drain_deadline(), None, "the lame duck may end early");
        program.lifecycle.draining_token().cancelled().await;
        assert_eq!(program.drain_deadline(), Some(begin + secs(15)));
        program.drain_ends_in(secs(1)).await;
        diary.note("a second before");
        program.drain_ends_in(secs(2)).await;
        program.drain_ends_in(Duration::MAX).await;
        diary.note("no more time");
    });
    let report = service.terminate().await;
    service.diary.expect(&[(14_000, "a second before"), (14_000, "no more time")]);
    assert!(report.is_clean(), "{report}");
}

#[tokio::test(start_paused = true)]
async fn its_end_is_the_same_for_all() {
    // Teardown needs 14 s of the 24 s: so the drain has not the 12 s that it would have.
    let service = Service::default();
    service.handler("long").timeout(secs(14)).register(|| async {}).unwrap();
    let program = service.program;
    // Somebody hears of the drain before the sequence does.
    assert!(program.lifecycle.begin(Reason::Requested));
    let end = program.drain_deadline().unwrap();
    assert_eq!(end, (Instant::now() + secs(10) - ms(250)).into_std());
    tokio::time::advance(secs(1)).await;
    service.main(std::future::pending::<()>());
    let report = service.shut_down(Reason::Requested).await;
    let drain = &report.phases()[0];
    assert_eq!((drain.started() + drain.elapsed()).as_secs(), 9, "{report}");
    assert_eq!(program.drain_deadline(), Some(end));
}

#[tokio::test(start_paused = true)]
async fn its_end_is_at_once_when_it_is_cut_short() {
    let service = Service::default();
    let program = service.program;
    let diary = service.diary.clone();
    service.spawn(async move {
        program.drain_ends_in(secs(1)).await;
        diary.note("gives back");
    });
    service.main_has_returned();
    tokio::spawn(async move {
        sleep(secs(3)).await;
        Service::cut_short(program);
    });
    service.terminate().await;
    service.diary.expect(&[(3000, "gives back")]);
}
