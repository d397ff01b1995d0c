//! The lame duck: when it is skipped, what ends it, and its handlers.

use graceful_core::HandlerPhase;

use super::*;

#[tokio::test(start_paused = true)]
async fn the_lame_duck_goes_on_serving() {
    let service = Service::new(Config::new().lame_duck(secs(5)));
    service.program.lifecycle.set_ready();
    assert!(service.program.lifecycle.is_ready());
    let lifecycle = &service.program.lifecycle;
    let work = service.program.work;
    let diary = service.diary.clone();
    service.main(async move {
        lifecycle.requested().await;
        assert_eq!(lifecycle.phase(), Phase::LameDuck);
        assert!(!lifecycle.is_ready());
        assert!(work.try_track().is_ok());
        diary.note("requested");
        lifecycle.draining_token().cancelled().await;
        assert_eq!(lifecycle.phase(), Phase::Draining);
        assert!(work.try_track().is_err());
        diary.note("drain");
    });
    let report = service.terminate().await;
    service.diary.expect(&[(0, "requested"), (5000, "drain")]);
    assert_eq!(
        phases(&report),
        [(Phase::LameDuck, secs(0), secs(5)), (Phase::Draining, secs(5), secs(0)), (Phase::Teardown, secs(5), secs(0)),]
    );
}

#[tokio::test(start_paused = true)]
async fn the_lame_duck_is_skipped_where_nobody_profits() {
    for reason in [Reason::Signal(Signal::Interrupt), Reason::MainReturned, Reason::MainFailed] {
        let service = Service::new(Config::new().lame_duck(secs(5)));
        service.program.lifecycle.set_terminal(true);
        service.main_has_returned();
        let report = service.shut_down(reason.clone()).await;
        assert_eq!(report.elapsed(), secs(0), "{reason}");
        assert_eq!(report.phases()[0].phase(), Phase::Draining);
    }
}

/// What the lame duck is after this reason, in a program that has been prepared.
async fn lame_duck_after(reason: Reason, prepare: impl FnOnce(&Service)) -> Duration {
    let service = Service::new(Config::new().lame_duck(secs(5)));
    prepare(&service);
    service.main(service.program.lifecycle.draining_token().cancelled());
    let report = service.shut_down(reason).await;
    assert_eq!(report.exit_code(), 0);
    report.elapsed()
}

#[tokio::test(start_paused = true)]
async fn only_a_person_at_a_terminal_skips_the_lame_duck() {
    let interrupt = || Reason::Signal(Signal::Interrupt);
    assert_eq!(lame_duck_after(interrupt(), |_| ()).await, secs(5));
    assert_eq!(lame_duck_after(interrupt(), |service| service.program.lifecycle.set_terminal(false)).await, secs(5));
    assert_eq!(lame_duck_after(interrupt(), |service| service.program.lifecycle.set_terminal(true)).await, secs(0));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_never_ready_serves_no_lame_duck() {
    let terminate = || Reason::Signal(Signal::Terminate);
    let waits: [fn(&Service); 2] = [
        |service| service.program.lifecycle.readiness.probes_wait(),
        |service| service.program.lifecycle.readiness.systemd_waits(),
    ];
    for waits in waits {
        assert_eq!(lame_duck_after(terminate(), waits).await, secs(0));
        assert_eq!(lame_duck_after(Reason::Requested, waits).await, secs(0));
        let ready = |service: &Service| {
            waits(service);
            service.program.lifecycle.set_ready();
        };
        assert_eq!(lame_duck_after(terminate(), ready).await, secs(5));
    }
}

#[tokio::test(start_paused = true)]
async fn mains_return_ends_the_lame_duck_when_nothing_is_left() {
    let elapsed = async |prepare: fn(&Service)| {
        let service = Service::new(Config::new().lame_duck(secs(5)));
        prepare(&service);
        service.main(sleep(secs(1)));
        service.terminate().await.phases()[0].elapsed()
    };
    assert_eq!(elapsed(|_| ()).await, secs(1));
    // Tracked tasks and guards tell when they end.
    assert_eq!(elapsed(|service| service.spawn(sleep(secs(2)))).await, secs(2));
    assert_eq!(
        elapsed(|service| {
            let guard = service.program.work.track();
            tokio::spawn(async move {
                sleep(secs(3)).await;
                drop(guard);
            });
        })
        .await,
        secs(3)
    );
    assert_eq!(elapsed(|service| service.spawn(sleep(secs(8)))).await, secs(5));
    // A task that is not tracked tells nobody, but may have ended before.
    assert_eq!(elapsed(|_| drop(tokio::spawn(sleep(ms(500))))).await, secs(1));
    assert_eq!(elapsed(|_| drop(tokio::spawn(pending::<()>()))).await, secs(5));
}

#[tokio::test(start_paused = true)]
async fn mains_failure_ends_the_lame_duck() {
    for code in [None, Some(3)] {
        let service = Service::new(Config::new().lame_duck(secs(5)));
        service.spawn(service.program.lifecycle.draining_token().cancelled());
        service.main(async move {
            sleep(secs(1)).await;
            code.map_or_else(|| std::panic::resume_unwind(Box::new("of main")), std::process::ExitCode::from)
        });
        let report = service.terminate().await;
        assert_eq!((report.elapsed(), report.exit_code()), (secs(1), code.unwrap_or(101)));
    }
}

/// Takes so long after its begin, in the lame duck.
fn leave(service: &Service, name: &'static str, priority: i32, length: Duration) {
    let diary = service.diary.clone();
    let job = move || async move {
        diary.note(format!("{name} begins"));
        sleep(length).await;
        diary.note(format!("{name} ends"));
    };
    let builder = service.handler(name).priority(priority).phase(HandlerPhase::LameDuck).timeout(secs(4));
    builder.register(job).unwrap();
}

#[tokio::test(start_paused = true)]
async fn its_handlers_start_at_the_trigger_and_run_by_priority() {
    let service = Service::new(Config::new().lame_duck(secs(5)));
    service.main(service.program.lifecycle.draining_token().cancelled());
    leave(&service, "deregister", 1, secs(1));
    leave(&service, "release", 0, secs(2));
    let report = service.terminate().await;
    service.diary.expect(&[
        (0, "deregister begins"),
        (1000, "deregister ends"),
        (1000, "release begins"),
        (3000, "release ends"),
    ]);
    assert_eq!((report.phases()[0].elapsed(), report.is_clean()), (secs(5), true));
    assert!(report.handlers().iter().all(|handler| handler.phase() == HandlerPhase::LameDuck));
}

#[tokio::test(start_paused = true)]
async fn it_lasts_until_its_handlers_have_ended_or_timed_out() {
    for (length, end, outcome) in
        [(secs(3), secs(3), Outcome::Completed), (secs(9), secs(4), Outcome::TimedOut { blocked: false })]
    {
        let service = Service::new(Config::new().lame_duck(secs(1)));
        service.main(service.program.lifecycle.draining_token().cancelled());
        leave(&service, "leave", 0, length);
        assert_eq!(service.program.plan().lame_duck(), secs(4));
        let report = service.terminate().await;
        assert_eq!((report.phases()[0].elapsed(), handler(&report, "leave").outcome()), (end, &outcome));
    }
}

/// Also when main has returned or failed.
#[tokio::test(start_paused = true)]
async fn mains_end_does_not_cut_its_handlers_short() {
    for code in [0, 3] {
        let service = Service::new(Config::new().lame_duck(secs(5)));
        service.main(async move {
            sleep(secs(1)).await;
            std::process::ExitCode::from(code)
        });
        leave(&service, "leave", 0, secs(2));
        let report = service.terminate().await;
        assert_eq!(report.phases()[0].elapsed(), secs(2), "{report}");
        assert_eq!(*handler(&report, "leave").outcome(), Outcome::Completed);
    }
}

#[tokio::test(start_paused = true)]
async fn its_handlers_run_in_the_drain_where_it_is_skipped() {
    for (lame_duck, terminal) in [(secs(0), false), (secs(5), true)] {
        let service = Service::new(Config::new().lame_duck(lame_duck));
        service.program.lifecycle.set_terminal(terminal);
        service.main(service.program.lifecycle.draining_token().cancelled());
        leave(&service, "leave", 0, secs(2));
        let stop = || sleep(secs(1));
        service.handler("stop").priority(1).phase(HandlerPhase::Drain).register(stop).unwrap();
        let report = service.shut_down(Reason::Signal(Signal::Interrupt)).await;
        let phases: Vec<_> = phases(&report).into_iter().map(|(phase, _, elapsed)| (phase, elapsed)).collect();
        assert_eq!(phases, [(Phase::Draining, secs(3)), (Phase::Teardown, secs(0))]);
        assert_eq!(handler(&report, "leave").phase(), HandlerPhase::Drain, "it counts as one of the drain");
        assert_eq!(handler(&report, "leave").started(), Some(secs(1)), "after one of higher priority");
        let late = service.handler("late").phase(HandlerPhase::LameDuck).register(|| async {}).unwrap_err();
        assert_eq!(late.to_string(), "the handler `late` comes too late: the shutdown has begun");
    }
}

#[tokio::test(start_paused = true)]
async fn a_further_sigint_cancels_its_handlers() {
    let service = Service::new(Config::new().lame_duck(secs(5)));
    service.main(service.program.lifecycle.draining_token().cancelled());
    leave(&service, "running", 1, secs(3));
    leave(&service, "not begun", 0, secs(3));
    let program = service.program;
    tokio::spawn(async move {
        sleep(secs(1)).await;
        Service::cut_short(program);
    });
    let report = service.terminate().await;
    assert_eq!(report.elapsed(), secs(1));
    for name in ["running", "not begun"] {
        assert_eq!(*handler(&report, name).outcome(), Outcome::Cancelled);
    }
}

/// 10 s, less a margin of 250 ms, less 3 s of drain and 4 s of teardown.
#[tokio::test(start_paused = true)]
async fn its_handlers_leave_the_rest_its_time() {
    let config = Config::new().grace_period(secs(10)).lame_duck(secs(2)).drain_timeout(secs(3));
    let service = Service::new(config);
    service.main(service.program.lifecycle.draining_token().cancelled());
    leave(&service, "leave", 0, secs(9));
    service.handler("close").timeout(secs(4)).register(|| sleep(ms(3_990))).unwrap();
    let report = service.terminate().await;
    assert_eq!(report.phases()[0].elapsed(), ms(2_750), "{report}");
    assert_eq!(*handler(&report, "close").outcome(), Outcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_default_timeout_is_at_most_the_lame_duck() {
    let service = Service::new(Config::new().lame_duck(secs(1)).handler_timeout(secs(3)));
    service.main(service.program.lifecycle.draining_token().cancelled());
    service.handler("hangs").phase(HandlerPhase::LameDuck).register(pending::<()>).unwrap();
    let report = service.terminate().await;
    assert_eq!(handler(&report, "hangs").timeout(), secs(1));
    assert_eq!(report.phases()[0].elapsed(), secs(1));
}
