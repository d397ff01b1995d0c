//! The flush: after the report, in its own share of the time.

use graceful_core::HandlerPhase;

use super::super::flush;
use super::*;

impl Service {
    /// Shuts down, and flushes as the supervisor does. The report is from before the flush.
    async fn terminate_and_flush(&self) -> Report {
        let report = self.terminate().await;
        let shutdown = self.program.lifecycle.shutdown().unwrap();
        flush(&Stage { program: self.program, shutdown, app: Handle::current() }).await;
        report
    }

    fn flushes(&self, name: &'static str, priority: i32, length: Duration) {
        let diary = self.diary.clone();
        let job = move || async move {
            diary.note(format!("{name} begins"));
            sleep(length).await;
            diary.note(format!("{name} ends"));
        };
        self.handler(name).priority(priority).phase(HandlerPhase::Flush).register(job).unwrap();
    }

    fn hangs(&self, name: &'static str, phase: HandlerPhase, timeout: Duration) {
        let end = Destructor(self.diary.clone(), name);
        let job = || async {
            let _end = end;
            pending::<()>().await;
        };
        self.handler(name).phase(phase).timeout(timeout).register(job).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn its_handlers_run_after_the_report_by_priority() {
    let service = Service::default();
    service.main_has_returned();
    service.flushes("logs", 0, secs(1));
    service.flushes("traces", 10, secs(2));
    service.timed("database", -10, secs(1));
    let report = service.terminate_and_flush().await;
    service.diary.expect(&[
        (0, "database begins"),
        (1000, "database ends"),
        (1000, "traces begins"),
        (3000, "traces ends"),
        (3000, "logs begins"),
        (4000, "logs ends"),
    ]);
    assert_eq!((report.handlers().len(), report.elapsed()), (1, secs(1)));
}

#[tokio::test(start_paused = true)]
async fn the_drain_leaves_it_its_time() {
    let service = Service::default();
    service.main_has_returned();
    let _work = service.program.work.track();
    service.hangs("database", HandlerPhase::Teardown, secs(8));
    service.hangs("logs", HandlerPhase::Flush, secs(8));
    service.terminate_and_flush().await;
    // Of 23.75 s, with the aborted work's grace.
    let lines = service.diary.lines.lock().unwrap().clone();
    let [(teardown, _), (flush, _)] = lines[..] else { panic!("{lines:?}") };
    assert!(teardown <= 16_000 && (23_700..=23_760).contains(&flush), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_too_long_is_shared_with_it_in_proportion() {
    let service = Service::default();
    service.main_has_returned();
    service.hangs("database", HandlerPhase::Teardown, secs(40));
    service.hangs("logs", HandlerPhase::Flush, secs(20));
    let report = service.terminate_and_flush().await;
    assert_eq!(handler(&report, "database").timeout().as_millis(), 23_750 * 2 / 3);
    let flush = service.diary.lines.lock().unwrap().last().unwrap().0;
    assert!((23_700..=23_760).contains(&flush), "{flush}");
}

#[tokio::test(start_paused = true)]
async fn kept_values_have_a_reserve() {
    let service = Service::default();
    service.main_has_returned();
    let (dropped, drops) = std::sync::mpsc::channel();
    for name in ["first", "second"] {
        let dropped = dropped.clone();
        service.program.kept.add(Box::new(DropGuard(Some(move || dropped.send(name).unwrap()))));
    }
    service.hangs("database", HandlerPhase::Teardown, secs(60));
    let report = service.terminate_and_flush().await;
    // Of 23.75 s, in proportion to their 1 s.
    assert_eq!(handler(&report, "database").timeout().as_millis(), 23_750 * 60 / 61);
    // The paused clock does not wait for their threads, so they have no order here.
    let mut names = [drops.recv().unwrap(), drops.recv().unwrap()];
    names.sort_unstable();
    assert_eq!(names, ["first", "second"]);
    // A value that comes later is dropped at once.
    service.program.kept.add(Box::new(Destructor(service.diary.clone(), "late")));
    assert_eq!(service.diary.lines.lock().unwrap().last().unwrap().1, "late");
}

struct DropGuard<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for DropGuard<F> {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_comes_later_is_too_late() {
    let service = Service::default();
    service.main_has_returned();
    service.terminate_and_flush().await;
    let late = service.handler("late").phase(HandlerPhase::Flush).register(|| async {});
    assert_eq!(late.unwrap_err().to_string(), "the handler `late` comes too late: the flush has begun");
}
