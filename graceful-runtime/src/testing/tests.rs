use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use tokio::time::sleep;

use super::*;
use crate::outcome::message_of;
use crate::{Abandoned, Config, Outcome, Phase, Reason, Resource};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Registers a handler, as a service does at its start.
fn handler(name: &str, priority: i32) {
    crate::handler(name).priority(priority).register(async || {}).unwrap();
}

#[track_caller]
fn panics(test: impl FnOnce()) -> String {
    message_of(&*catch_unwind(AssertUnwindSafe(test)).unwrap_err())
}

#[test]
fn work_in_flight_is_waited_for() {
    let rehearsed = Rehearsal::new().run_main(async {
        crate::spawn(async {
            crate::drain_started().await;
            sleep(secs(3)).await;
        });
        assert_eq!(crate::shutdown_requested().await, Reason::Signal(crate::Signal::Terminate));
    });
    rehearsed.assert_clean().assert_in_budget();
    assert_eq!(rehearsed.report().elapsed(), secs(3));
    assert_eq!(rehearsed.report().exit_code(), 0);
}

#[test]
fn a_rehearsed_program_is_run_already() {
    let rehearsed = Rehearsal::new().run_main(async {
        let error = crate::run_handlers(secs(1)).await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::AlreadyRunning);
    });
    assert_eq!(rehearsed.report().exit_code(), 0);
}

#[test]
fn other_threads_see_the_process() {
    let (phase, phases) = mpsc::channel();
    Rehearsal::new()
        .run_main(async move {
            let _guard = crate::track();
            assert_eq!(crate::in_flight(), 1);
            let other = std::thread::spawn(|| (crate::in_flight(), crate::phase()));
            assert_eq!(
                other.join().unwrap(),
                (0, Phase::Running),
                "a thread that the service has started sees the process"
            );
            crate::handler("blocks").register_blocking(move || phase.send(crate::phase()).unwrap()).unwrap();
            crate::shutdown_requested().await;
        })
        .assert_clean();
    assert_eq!(phases.recv(), Ok(Phase::Teardown), "a plain handler sees the rehearsed service");
    assert_eq!(crate::phase(), Phase::Running);
    assert_eq!(crate::plan().handlers().len(), 0);
}

#[test]
fn a_rehearsal_inside_another_is_separate() {
    let outer = Rehearsal::new().run_main(async {
        handler("outer", 0);
        let inner = std::thread::scope(|scope| {
            let inner = scope.spawn(|| Rehearsal::new().run_main(async { handler("inner", 0) }));
            inner.join().unwrap()
        });
        assert_eq!(inner.outcome("inner"), &Outcome::Completed);
    });
    assert_eq!(outer.report().handlers().len(), 1);
    assert_eq!(outer.report().reason(), &Reason::MainReturned);
}

#[test]
fn each_fault_is_injected_into_the_handler_that_it_names() {
    let outcome = |fault| {
        let rehearsed = Rehearsal::new().fault("workers", fault).run_main(async {
            handler("workers", 20);
            handler("database", 10);
        });
        rehearsed.assert_in_budget();
        assert_eq!(rehearsed.outcome("database"), &Outcome::Completed);
        let workers = rehearsed.report().handlers().iter().find(|handler| handler.name() == "workers").unwrap();
        (workers.outcome().clone(), workers.elapsed())
    };
    assert_eq!(outcome(Fault::Hang), (Outcome::TimedOut { blocked: false }, secs(3)));
    assert_eq!(outcome(Fault::Fail("no".to_owned())), (Outcome::Failed("no".into()), secs(0)));
    let panicked = "a fault that the test has injected".to_owned();
    assert_eq!(outcome(Fault::Panic), (Outcome::Panicked(panicked), secs(0)));
    assert_eq!(outcome(Fault::Delay(secs(2))), (Outcome::Completed, secs(2)));
    assert_eq!(outcome(Fault::Delay(secs(4))), (Outcome::TimedOut { blocked: false }, secs(3)));
}

#[test]
fn a_fault_is_injected_into_the_handler_of_a_scope() {
    let rehearsed = Rehearsal::new().fault("tenant/flush", Fault::Hang).run_main(async {
        let tenant = crate::scope("tenant");
        tenant.handler("flush").timeout(secs(3)).register(async || {}).unwrap();
        tenant.handler("close").priority(-1).register_blocking(|| {}).unwrap();
        handler("database", 0);
    });
    rehearsed.assert_in_budget();
    assert_eq!(rehearsed.outcome("tenant/flush"), &Outcome::TimedOut { blocked: false });
    assert_eq!(rehearsed.outcome("tenant/close"), &Outcome::Completed);
    assert_eq!(rehearsed.report().elapsed(), secs(3));
    let said = panics(|| drop(Rehearsal::new().fault("tenant/flush", Fault::Hang).run()));
    assert_eq!(said, "there is no handler `tenant/flush` to inject a fault into, only []");
}

#[test]
fn a_plain_handler_is_called_after_its_delay() {
    let (called, calls) = mpsc::channel();
    let rehearsed = Rehearsal::new().fault("flush", Fault::Delay(secs(2))).run_main(async {
        crate::handler("flush").register_blocking(move || called.send(crate::phase()).unwrap()).unwrap();
        crate::handler("panics").register_blocking(|| panic!("by itself")).unwrap();
    });
    assert_eq!(calls.recv(), Ok(Phase::Teardown));
    assert_eq!(rehearsed.outcome("panics"), &Outcome::Panicked("by itself".to_owned()));
    assert_eq!(rehearsed.report().elapsed(), secs(2));

    let rehearsed = Rehearsal::new().fault("panics", Fault::Delay(secs(2))).run_main(async {
        crate::handler("panics").register_blocking(|| panic!("by itself")).unwrap();
    });
    assert_eq!(rehearsed.outcome("panics"), &Outcome::Panicked("by itself".to_owned()));
}

#[test]
fn all_can_hang_at_once() {
    let config = Config::new().grace_period(secs(20)).drain_timeout(secs(8)).handler_timeout(secs(5));
    let rehearsed = Rehearsal::new().config(config).fault_in_all(Fault::Hang).fault("fine", Fault::Delay(secs(0)));
    let rehearsed = rehearsed.run_main(async {
        handler("one", 2);
        handler("fine", 2);
        handler("two", 1);
        pending::<()>().await;
    });
    rehearsed.assert_in_budget();
    assert_eq!(rehearsed.report().abandoned(), [Abandoned::Main]);
    assert_eq!(rehearsed.outcome("fine"), &Outcome::Completed);
    assert_eq!(rehearsed.outcome("two"), &Outcome::TimedOut { blocked: false });
    assert_eq!(rehearsed.report().elapsed(), secs(8 + 5 + 5));
    assert_eq!(rehearsed.report().elapsed(), rehearsed.plan().worst_case());
    assert_eq!(rehearsed.report().exit_code(), 143, "main never took part");
}

#[test]
fn a_plan_that_does_not_fit_is_not_in_budget() {
    let rehearsed =
        Rehearsal::new().config(Config::new().grace_period(secs(6)).handler_timeout(secs(5))).run_main(async {
            handler("one", 2);
            handler("two", 1);
        });
    rehearsed.assert_clean();
    let said = panics(|| _ = rehearsed.assert_in_budget());
    assert!(said.starts_with("the handler `one` was given 2."), "{said}");
    assert!(said.contains("of its timeout of 5s: the grace period is too short\n"), "{said}");
}

#[test]
fn an_unclean_report_is_shown() {
    let rehearsed = Rehearsal::new().fault("one", Fault::Panic).run_main(async { handler("one", 0) });
    let said = panics(|| _ = rehearsed.assert_clean());
    assert!(said.starts_with("the shutdown was not clean\n"), "{said}");
    assert!(said.contains("a fault that the test has injected"), "{said}");
}

#[test]
fn a_name_that_does_not_exist_is_reported() {
    let said =
        panics(|| drop(Rehearsal::new().fault("wrokers", Fault::Hang).run_main(async { handler("workers", 0) })));
    assert_eq!(said, r#"there is no handler `wrokers` to inject a fault into, only ["workers"]"#);
    let said = panics(|| drop(Rehearsal::new().run().outcome("workers").clone()));
    assert_eq!(said, "there is no handler `workers`, only []");
    assert_eq!(crate::plan().handlers().len(), 0, "the thread sees the process again");
}

#[test]
fn handlers_get_the_provided_values() {
    let (told, tells) = mpsc::channel();
    let rehearsed = Rehearsal::new().provide(7_u32).run_main(async move {
        crate::provide("a pool");
        let program = crate::program::program();
        let Resource(number) = Resource(program.resources.get::<u32>().unwrap());
        told.send((number, program.resources.get::<&str>())).unwrap();
    });
    rehearsed.assert_clean();
    assert_eq!(tells.recv(), Ok((7, Some("a pool"))));
}

#[test]
fn the_service_runs_until_the_trigger() {
    let begin = Config::new().lame_duck(secs(5));
    let rehearsed = Rehearsal::new().config(begin).after(secs(60)).run_main(async {
        let up = tokio::time::Instant::now();
        crate::ready();
        sleep(secs(59)).await;
        assert!(crate::is_ready());
        crate::drain_started().await;
        assert_eq!(up.elapsed(), secs(65));
    });
    assert_eq!(rehearsed.report().elapsed(), secs(5));

    let rehearsed = Rehearsal::new().after(secs(60)).run_main(async {
        sleep(secs(1)).await;
        crate::exit(3);
    });
    assert_eq!(rehearsed.report().reason(), &Reason::Requested);
    assert_eq!(rehearsed.report().exit_code(), 3);

    let rehearsed = Rehearsal::new().reason(Reason::Signal(crate::Signal::Interrupt)).run();
    assert_eq!(rehearsed.report().reason(), &Reason::Signal(crate::Signal::Interrupt));
}

#[test]
fn observers_get_the_report() {
    let (told, tells) = mpsc::channel();
    Rehearsal::new().run_main(async move {
        crate::on_report(move |report| told.send(report.exit_code()).unwrap());
    });
    assert_eq!(tells.recv(), Ok(0));
}

#[test]
fn the_flush_is_rehearsed_after_the_report() {
    let (dropped, is_dropped) = mpsc::channel();
    let rehearsed =
        Rehearsal::new().fault("traces", Fault::Fail("the collector is gone".to_owned())).run_main(async move {
            crate::keep(SendsWhenDropped(dropped));
            let flush = |name| crate::handler(name).phase(crate::HandlerPhase::Flush);
            flush("logs").register(|| async {}).unwrap();
            flush("traces").register(|| async {}).unwrap();
        });
    rehearsed.assert_clean().assert_in_budget();
    assert!(rehearsed.report().handlers().is_empty());
    assert_eq!(rehearsed.outcome("logs"), &Outcome::Completed);
    assert_eq!(rehearsed.outcome("traces"), &Outcome::Failed("the collector is gone".into()));
    is_dropped.recv().unwrap();
}

struct SendsWhenDropped(mpsc::Sender<()>);

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn the_clock_can_be_the_real_one() {
    let begin = std::time::Instant::now();
    let rehearsed = Rehearsal::new().real_time().after(Duration::ZERO).run_main(async {
        crate::drain_started().await;
        sleep(Duration::from_millis(20)).await;
    });
    rehearsed.assert_clean();
    assert!(begin.elapsed() >= Duration::from_millis(20));
    assert!(rehearsed.report().elapsed() >= Duration::from_millis(20));
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_async_test_has_a_service_of_its_own() {
    let service = Rehearsal::new().provide(7_u32).fault("cache", Fault::Fail("disk full".to_owned())).start();
    handler("cache", 0);
    let (told, tells) = mpsc::channel();
    let blocks = move || told.send((crate::phase(), crate::in_flight())).unwrap();
    crate::handler("blocks").register_blocking(blocks).unwrap();
    let work = crate::spawn(async {
        crate::drain_started().await;
        sleep(secs(3)).await;
        crate::program::program().resources.get::<u32>()
    });
    let rehearsed = service.shut_down().await;
    assert_eq!(rehearsed.outcome("cache"), &Outcome::Failed("disk full".into()));
    assert_eq!(rehearsed.report().elapsed(), secs(3));
    assert_eq!(rehearsed.report().reason(), &Reason::Signal(crate::Signal::Terminate));
    assert_eq!(tells.recv(), Ok((Phase::Teardown, 0)));
    assert_eq!(work.await.unwrap(), Some(7));
    assert_eq!(crate::phase(), Phase::Running, "without its service the test sees the process");
}

#[test]
fn services_in_one_process_do_not_notice_each_other() {
    let (first, second) = (multi_thread(), multi_thread());
    let phase_in_a_task = async || tokio::spawn(async { crate::phase() }).await.unwrap();
    first.block_on(async {
        let service = service();
        crate::request_shutdown();
        second.block_on_apart(async {
            let service = super::service();
            assert_eq!(phase_in_a_task().await, Phase::Running);
            assert!(crate::try_track().is_ok());
            service.shut_down().await.assert_clean();
        });
        assert!(phase_in_a_task().await >= Phase::Draining);
        assert!(tokio::task::spawn_blocking(crate::is_shutting_down).await.unwrap());
        assert_eq!(service.ended().await.report().reason(), &Reason::Requested);
    });
    assert_eq!(crate::phase(), Phase::Running);
}

/// A runtime beside the one whose thread this is.
trait Apart {
    fn block_on_apart(&self, future: impl Future<Output = ()> + Send);
}

impl Apart for tokio::runtime::Runtime {
    fn block_on_apart(&self, future: impl Future<Output = ()> + Send) {
        std::thread::scope(|scope| scope.spawn(|| self.block_on(future)).join().unwrap());
    }
}

#[test]
fn a_service_that_cannot_start_says_why() {
    let needs = "a test's service needs a runtime: use `#[graceful::test]`, or `Rehearsal::run_main` in a `#[test]`";
    assert_eq!(panics(|| drop(service())), needs);
    let runtime = multi_thread();
    let _runtime = runtime.enter();
    let inside =
        "a rehearsal builds its own runtime, so it cannot run inside one: use `#[test]`, or `Rehearsal::start` here";
    assert_eq!(panics(|| drop(Rehearsal::new().run())), inside);
    let _service = service();
    let twice = "this runtime has a service already: a test has one, which `#[graceful::test]` passes to it";
    assert_eq!(panics(|| drop(service())), twice);
}

#[tokio::test]
async fn a_fault_without_a_handler_is_reported_by_a_service_too() {
    let service = Rehearsal::new().fault("wrokers", Fault::Hang).start();
    let error = tokio::spawn(service.shut_down()).await.unwrap_err();
    let said = *error.into_panic().downcast::<String>().unwrap();
    assert_eq!(said, r#"there is no handler `wrokers` to inject a fault into, only []"#);
}
