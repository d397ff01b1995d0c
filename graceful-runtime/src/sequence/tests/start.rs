//! A signal before the program takes part in its shutdown.

use graceful_core::HandlerPhase;

use super::*;
use crate::report::Abandoned;

const TERMINATE: Reason = Reason::Signal(Signal::Terminate);
const INTERRUPT: Reason = Reason::Signal(Signal::Interrupt);

/// At a terminal, with a lame duck and with a handler that takes no time.
fn starting() -> Service {
    let service = Service::starting(Config::new().lame_duck(secs(5)));
    service.program.lifecycle.set_terminal(true);
    service.timed("teardown", 0, secs(0));
    service
}

#[tokio::test(start_paused = true)]
async fn main_has_a_second_to_return_and_is_dropped_then() {
    let service = starting();
    let dropped = Destructor(service.diary.clone(), "main is dropped");
    service.main(async move {
        let _dropped = dropped;
        pending::<()>().await;
    });
    let report = service.shut_down(INTERRUPT).await;
    service.diary.expect(&[(1000, "main is dropped"), (1000, "teardown begins"), (1000, "teardown ends")]);
    assert_eq!((report.exit_code(), report.is_clean()), (130, true));
    assert_eq!(report.abandoned(), []);
    let entered: Vec<_> = phases(&report).into_iter().map(|(phase, ..)| phase).collect();
    assert_eq!(entered, [Phase::Draining, Phase::Teardown]);
}

#[tokio::test(start_paused = true)]
async fn a_main_that_returns_meanwhile_has_its_own_code() {
    for code in [0, 3] {
        let service = starting();
        service.main(async move {
            sleep(ms(900)).await;
            std::process::ExitCode::from(code)
        });
        let report = service.shut_down(INTERRUPT).await;
        assert_eq!((report.elapsed(), report.exit_code()), (ms(900), code));
    }
}

/// A plain main, or one that blocks.
#[tokio::test(start_paused = true)]
async fn a_main_that_cannot_be_dropped_is_left_running() {
    let service = starting();
    let report = service.shut_down(INTERRUPT).await;
    assert_eq!((report.elapsed(), report.exit_code(), report.is_clean()), (ms(1_250), 130, true));
    assert_eq!(*handler(&report, "teardown").outcome(), Outcome::Completed);
}

#[tokio::test(start_paused = true)]
async fn handlers_of_lame_duck_and_drain_run_too() {
    let service = starting();
    service.main(pending::<()>());
    for (name, phase) in [("leave", HandlerPhase::LameDuck), ("stop", HandlerPhase::Drain)] {
        service.handler(name).phase(phase).register(|| sleep(secs(2))).unwrap();
    }
    let report = service.shut_down(INTERRUPT).await;
    assert_eq!((report.elapsed(), report.exit_code(), report.is_clean()), (secs(2), 130, true));
}

/// Whatever counts as taking part before the signal: then the ordinary drain runs.
#[tokio::test(start_paused = true)]
async fn whoever_takes_part_is_drained() {
    let parts: [fn(&Service); 4] = [
        |service| service.program.lifecycle.participation.begin(),
        |service| service.program.lifecycle.participation.has_token(),
        |service| service.program.lifecycle.participation.awaits(),
        |service| service.spawn(async {}),
    ];
    for takes_part in parts {
        let service = starting();
        takes_part(&service);
        service.main(sleep(secs(3)));
        let report = service.shut_down(INTERRUPT).await;
        assert_eq!((report.elapsed(), report.exit_code(), report.is_clean()), (secs(3), 0, true));
    }
}

/// It may serve, or watch the signal by other means.
#[tokio::test(start_paused = true)]
async fn nothing_is_cut_where_nobody_waits() {
    for (reason, lame_duck) in [(TERMINATE, secs(5)), (INTERRUPT, secs(5)), (Reason::Requested, secs(5))] {
        let service = Service::starting(Config::new().lame_duck(lame_duck));
        service.main(sleep(secs(9)));
        let report = service.shut_down(reason).await;
        assert_eq!((report.elapsed(), report.exit_code()), (secs(9), 0), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sigterm_cancels_the_start_of_a_service_that_was_never_ready() {
    for ready in [false, true] {
        let service = Service::starting(Config::new().lame_duck(secs(5)));
        service.program.lifecycle.readiness.probes_wait();
        if ready {
            service.program.lifecycle.set_ready();
        }
        service.main(sleep(secs(7)));
        let report = service.shut_down(TERMINATE).await;
        let expected = if ready { (secs(7), 0) } else { (secs(1), 143) };
        assert_eq!((report.elapsed(), report.exit_code()), expected, "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_main_that_never_took_part_is_dropped_at_the_drains_end_with_the_signals_code() {
    for (reason, code) in [(TERMINATE, 143), (INTERRUPT, 130), (Reason::Requested, 1)] {
        let service = Service::starting(Config::new().drain_timeout(secs(2)));
        service.main(pending::<()>());
        let report = service.shut_down(reason).await;
        assert_eq!((report.elapsed(), report.exit_code()), (secs(2), code));
        assert_eq!(report.abandoned(), [Abandoned::Main], "it may have served");
    }
    // One that took part too late has been notified, and has not returned.
    let service = Service::starting(Config::new().drain_timeout(secs(2)));
    let participation = &service.program.lifecycle.participation;
    service.main(async {
        sleep(secs(1)).await;
        participation.awaits();
        pending::<()>().await;
    });
    assert_eq!(service.terminate().await.exit_code(), 1);
    // One that cannot be dropped continues.
    let service = Service::starting(Config::new().drain_timeout(secs(2)));
    assert_eq!(service.terminate().await.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn exit_wins() {
    let service = starting();
    service.program.set_exit_code(7);
    service.main(pending::<()>());
    assert_eq!(service.shut_down(INTERRUPT).await.exit_code(), 7);
}

/// A further Ctrl-C does not wait for the second.
#[tokio::test(start_paused = true)]
async fn a_further_sigint_drops_main_at_once() {
    let service = starting();
    service.main(pending::<()>());
    let program = service.program;
    tokio::spawn(async move {
        sleep(ms(400)).await;
        Service::cut_short(program);
    });
    let report = service.shut_down(INTERRUPT).await;
    assert_eq!((report.elapsed(), report.exit_code(), report.is_clean()), (ms(400), 130, true));
}
