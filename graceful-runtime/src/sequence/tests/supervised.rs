//! Supervised tasks: when they are restarted, and what their ends do.

use std::future::Ready;
use std::io;

use tokio::sync::watch;
use tokio::task::yield_now;

use super::*;
use crate::health::HealthStatus;
use crate::report::{Abandoned, FailedTask};
use crate::task::{Backoff, OnError};

/// Pauses of 1 to 2 s, 2 to 4 s, 4 to 8 s, and 5 to 10 s.
const BACKOFF: Backoff = Backoff::exponential(secs(1)..secs(10));

/// Counts the attempts.
#[derive(Clone, Default)]
struct Attempts(watch::Sender<u32>);

impl Attempts {
    /// The number of this attempt.
    fn begin(&self) -> u32 {
        self.0.send_modify(|number| *number += 1);
        self.number()
    }

    fn number(&self) -> u32 {
        *self.0.borrow()
    }

    /// Waits for the attempt of this number.
    async fn reach(&self, number: u32) {
        self.0.subscribe().wait_for(|begun| *begun >= number).await.unwrap();
    }

    /// Fails at once, again and again.
    fn failing(&self) -> impl FnMut() -> Ready<Result<(), io::Error>> + Send + 'static {
        let attempts = self.clone();
        move || {
            attempts.begin();
            std::future::ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
    }
}

/// Name, status and message of each component.
async fn components(service: &Service) -> Vec<(String, HealthStatus, String)> {
    let health = service.program.health().await;
    let show = |component: &crate::health::ComponentHealth| {
        let message = component.message().unwrap_or_default().to_owned();
        (component.name().to_owned(), component.status(), message)
    };
    health.components().iter().map(show).collect()
}

fn component(status: HealthStatus, message: &str) -> Vec<(String, HealthStatus, String)> {
    vec![("ingest".to_owned(), status, message.to_owned())]
}

/// Name, attempts, last failure, and whether it was final.
fn supervised(report: &Report) -> Vec<(&str, u32, String, bool)> {
    let tasks = report.supervised_tasks().iter();
    tasks.map(|task| (task.name(), task.attempts(), task.outcome().to_string(), task.is_final())).collect()
}

const RESET: &str = "failed: connection reset";

#[tokio::test(start_paused = true)]
async fn an_error_and_a_panic_are_followed_by_an_attempt_and_ok_is_not() {
    let service = Service::default();
    let attempts = Attempts::default();
    let begin = Instant::now();
    let task = service.task("ingest").restart(BACKOFF).spawn(move || {
        let attempt = attempts.begin();
        async move {
            match attempt {
                1 => Err("no broker"),
                2 => panic!("of the task"),
                _ => Ok(attempt),
            }
        }
    });
    assert_eq!(task.await.unwrap().unwrap(), 3);
    let elapsed = begin.elapsed();
    assert!((secs(3)..=secs(6)).contains(&elapsed), "{elapsed:?}");
    assert_eq!(components(&service).await, [], "it has ended");
    assert!(!service.program.lifecycle.is_shutting_down());

    service.main_has_returned();
    let report = service.terminate().await;
    assert_eq!(supervised(&report), [("ingest", 3, "panicked: of the task".to_owned(), false)]);
    assert_eq!((report.is_clean(), report.exit_code()), (true, 0));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_closure_is_a_failed_attempt() {
    let service = Service::default();
    let attempts = Attempts::default();
    let task = service.task("ingest").restart(BACKOFF).spawn(move || match attempts.begin() {
        1 => panic!("of the closure"),
        _ => std::future::ready(()),
    });
    task.await.unwrap();
    service.main_has_returned();
    let report = service.terminate().await;
    assert_eq!(supervised(&report), [("ingest", 2, "panicked: of the closure".to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn a_destructor_that_panics_ends_an_attempt_and_not_the_supervision() {
    struct Fragile(u32);
    impl Fragile {
        fn result(&self) -> Result<u32, &'static str> {
            if self.0 == 1 { Err("first") } else { Ok(self.0) }
        }
    }
    impl Drop for Fragile {
        fn drop(&mut self) {
            assert!(self.0 > 2, "of the destructor");
        }
    }

    let service = Service::default();
    let attempts = Attempts::default();
    let task = service.task("ingest").restart(BACKOFF).spawn(move || {
        let fragile = Fragile(attempts.begin());
        // It is dropped with the future, after the last poll.
        std::future::poll_fn(move |_| std::task::Poll::Ready(fragile.result()))
    });
    assert_eq!(task.await.unwrap().unwrap(), 3);
    service.main_has_returned();
    let report = service.terminate().await;
    assert_eq!(supervised(&report), [("ingest", 3, "panicked: of the destructor".to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_it_is_restarted_for_ever_and_never_without_a_pause() {
    let service = Service::default();
    let attempts = Attempts::default();
    service.task("ingest").restart(BACKOFF).spawn(attempts.failing());
    attempts.reach(1).await;
    for next in 2..200 {
        let failed = Instant::now();
        attempts.reach(next).await;
        let pause = failed.elapsed();
        // The timers count whole milliseconds.
        assert!(secs(1) <= pause && pause <= secs(10) + ms(2), "attempt {next} after {pause:?}");
        assert!(next < 5 || pause >= secs(5), "attempt {next} after {pause:?}");
    }
    assert!(!service.program.lifecycle.is_shutting_down());
}

/// Each attempt connects, and works for a while. That is no reason to be restarted without a pause.
#[tokio::test(start_paused = true)]
async fn only_an_attempt_that_lasted_resets_the_pause() {
    for (lasts, is_reset) in [(secs(9), false), (secs(10), true)] {
        let service = Service::default();
        let attempts = Attempts::default();
        let begun = attempts.clone();
        service.task("ingest").restart(BACKOFF).spawn(move || {
            let attempt = begun.begin();
            async move {
                // The first ones make the pauses grow.
                if attempt > 4 {
                    sleep(lasts).await;
                }
                Err::<(), _>("lost")
            }
        });
        for next in 5..10 {
            attempts.reach(next).await;
            sleep(lasts).await;
            let failed = Instant::now();
            attempts.reach(next + 1).await;
            let pause = failed.elapsed();
            let (shortest, longest) = if is_reset { (secs(1), secs(2)) } else { (secs(5), secs(10)) };
            // The timers count whole milliseconds.
            assert!(shortest <= pause && pause <= longest + ms(2), "{pause:?} after {lasts:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_failure_more_than_the_budget_is_the_final_end_of_a_critical_task() {
    let service = Service::default();
    let attempts = Attempts::default();
    service.main_has_returned();
    let backoff = BACKOFF.at_most(5, secs(60));
    let task = service.task("ingest").restart(backoff).critical().spawn(attempts.failing());
    let failure = task.await.unwrap().unwrap_err();
    assert_eq!(failure.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(attempts.number(), 6);
    let reason = service.program.lifecycle.requested().await.trigger.reason.clone();
    assert_eq!(reason, Reason::CriticalTask("ingest".into()));

    let report = service.terminate().await;
    let failed = FailedTask::new("ingest", Outcome::Failed("connection reset".into()));
    assert_eq!(report.failed_tasks(), [failed]);
    assert_eq!(supervised(&report), [("ingest", 6, RESET.to_owned(), true)]);
    assert_eq!(report.exit_code(), 1);
}

/// Five restarts in each window, and no more: it is never the end.
#[tokio::test(start_paused = true)]
async fn the_window_slides() {
    let service = Service::default();
    let attempts = Attempts::default();
    let begun = attempts.clone();
    let backoff = Backoff::exponential(secs(1)..secs(1)).at_most(2, secs(10));
    let task = service.task("ingest").restart(backoff).critical().spawn(move || {
        // Fails at 5 s, 11 s, 17 s and so on: each time with one restart in the 10 s before.
        let attempt = begun.begin();
        async move {
            sleep(secs(if attempt < 20 { 5 } else { 0 })).await;
            Err::<(), _>("lost")
        }
    });
    task.await.unwrap().unwrap_err();
    // The last one fails at once: 0 s after its own restart, and 6 s after the one before.
    assert_eq!(attempts.number(), 20);
}

#[tokio::test(start_paused = true)]
async fn ok_is_fine_and_an_error_ends_the_service() {
    let service = Service::default();
    service.main_has_returned();
    let part = |result: Result<(), &'static str>| {
        service.task("import").on_error(OnError::Shutdown).spawn(move || std::future::ready(result))
    };
    part(Ok(())).await.unwrap().unwrap();
    let aborted = service.task("import").on_error(OnError::Shutdown).spawn(pending::<()>);
    aborted.abort();
    assert!(aborted.await.unwrap_err().is_cancelled());
    assert!(!service.program.lifecycle.is_shutting_down());

    part(Err("no file")).await.unwrap().unwrap_err();
    let reason = service.program.lifecycle.requested().await.trigger.reason.clone();
    assert_eq!(reason, Reason::CriticalTask("import".into()));
    let report = service.terminate().await;
    assert_eq!(report.failed_tasks(), [FailedTask::new("import", Outcome::Failed("no file".into()))]);
    assert_eq!(supervised(&report), [], "it was never restarted");
    assert_eq!(report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_critical_task_begins_the_shutdown_also_ok_and_an_abort() {
    for is_aborted in [false, true] {
        let service = Service::default();
        service.main_has_returned();
        let task = service.task("ingest").restart(BACKOFF).critical().spawn(move || async move {
            if is_aborted {
                pending::<()>().await;
            }
        });
        if is_aborted {
            task.abort();
        }
        service.program.lifecycle.requested().await;
        let report = service.terminate().await;
        assert_eq!((report.is_clean(), report.exit_code()), (true, 0));
        assert_eq!(*report.reason(), Reason::CriticalTask("ingest".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_continues_without_a_task_that_is_not_critical() {
    let service = Service::default();
    service.main_has_returned();
    let attempts = Attempts::default();
    let backoff = BACKOFF.at_most(1, secs(60));
    service.task("ingest").restart(backoff).spawn(attempts.failing()).await.unwrap().unwrap_err();
    assert!(!service.program.lifecycle.is_shutting_down());
    let not_restarted = format!("not restarted: attempt 2 {RESET}");
    assert_eq!(components(&service).await, component(HealthStatus::Degraded, &not_restarted));
    assert_eq!(supervised(&service.clone().terminate().await), [("ingest", 2, RESET.to_owned(), true)]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_spawned_replaces_one_of_its_name_that_has_failed() {
    let service = Service::default();
    service.main_has_returned();
    for name in ["ingest", "other"] {
        let task = service.task(name).spawn(|| async { Err::<(), _>("no broker") });
        task.await.unwrap().unwrap_err();
    }
    assert_eq!(components(&service).await.len(), 2);
    let task = service.task("ingest").spawn(|| std::future::ready(()));
    let left = components(&service).await;
    assert_eq!((left.len(), &*left[0].0), (1, "other"));
    task.await.unwrap();
    let report = service.terminate().await;
    let failed = |name, is_final| (name, 1, "failed: no broker".to_owned(), is_final);
    assert_eq!(supervised(&report), [failed("ingest", false), failed("other", true)]);
    assert_eq!((report.is_clean(), report.exit_code()), (true, 0));
}

#[tokio::test(start_paused = true)]
async fn it_is_degraded_while_it_is_down_and_healthy_while_it_runs() {
    let service = Service::default();
    let attempts = Attempts::default();
    let begun = attempts.clone();
    let task = service.task("ingest").restart(BACKOFF).spawn(move || {
        let attempt = begun.begin();
        async move { if attempt < 3 { Err("no broker") } else { pending().await } }
    });
    assert_eq!(service.program.task_records.components(), [], "nothing has failed yet");
    for attempt in [1, 2] {
        attempts.reach(attempt).await;
        yield_now().await;
        let message = format!("restarting: attempt {attempt} failed: no broker");
        assert_eq!(components(&service).await, component(HealthStatus::Degraded, &message));
    }
    attempts.reach(3).await;
    assert_eq!(components(&service).await, component(HealthStatus::Healthy, ""));
    task.abort();
    let _: Result<Result<(), _>, _> = task.await;
    assert_eq!(components(&service).await, []);
}

#[tokio::test(start_paused = true)]
async fn it_is_in_flight_from_its_first_attempt_to_its_final_end() {
    let service = Service::default();
    let attempts = Attempts::default();
    let task = service.task("ingest").restart(BACKOFF.at_most(1, secs(60))).spawn(attempts.failing());
    for attempt in [1, 2] {
        assert_eq!(service.program.work.sum(), 1);
        attempts.reach(attempt).await;
    }
    task.await.unwrap().unwrap_err();
    assert_eq!(service.program.work.sum(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_lame_duck_restarts_it_and_the_drain_does_not() {
    let service = Service::new(Config::new().lame_duck(secs(5)));
    let attempts = Attempts::default();
    let begin = Instant::now();
    let task = service.task("ingest").restart(Backoff::exponential(secs(2)..secs(2))).spawn(attempts.failing());
    service.main(service.program.lifecycle.draining_token().cancelled());
    let report = service.terminate().await;
    // At 0 s, 2 s and 4 s. The pause that ends at 6 s is cut at 5 s.
    assert_eq!(attempts.number(), 3);
    assert_eq!(begin.elapsed(), secs(5));
    assert_eq!(task.await.unwrap().unwrap_err().text(), "connection reset");
    assert_eq!(supervised(&report), [("ingest", 3, RESET.to_owned(), false)]);
    assert_eq!((report.is_clean(), report.exit_code()), (true, 0));
}

/// It was within its budget, so it has not failed for good.
#[tokio::test(start_paused = true)]
async fn a_critical_task_that_is_down_when_the_drain_begins_has_not_failed() {
    let service = Service::default();
    service.main_has_returned();
    let task = service.task("ingest").restart(BACKOFF).critical().spawn(|| async {
        if true {
            panic!("of the task");
        }
    });
    yield_now().await;
    let report = service.terminate().await;
    assert_eq!((report.elapsed(), report.exit_code(), report.failed_tasks()), (secs(0), 0, &[][..]));
    assert_eq!(supervised(&report), [("ingest", 1, "panicked: of the task".to_owned(), false)]);
    assert!(task.await.unwrap_err().is_panic(), "the panic continues in the handle");
}

#[tokio::test(start_paused = true)]
async fn an_error_while_draining_is_recorded_and_no_reason_to_restart() {
    for is_critical in [true, false] {
        let service = Service::default();
        service.main_has_returned();
        let attempts = Attempts::default();
        let begun = attempts.clone();
        let builder = service.task("ingest").restart(BACKOFF);
        let builder = if is_critical { builder.critical() } else { builder };
        builder.spawn(move || {
            begun.begin();
            async {
                sleep(secs(3)).await;
                Err::<(), _>("cannot commit")
            }
        });
        yield_now().await;
        let report = service.terminate().await;
        assert_eq!((report.elapsed(), attempts.number()), (secs(3), 1), "the drain has waited for it");
        let failure = Outcome::Failed("cannot commit".into());
        if is_critical {
            assert_eq!(report.failed_tasks(), [FailedTask::new("ingest", failure)]);
            assert_eq!((supervised(&report), report.exit_code()), (vec![], 1));
        } else {
            assert_eq!((report.failed_tasks(), report.exit_code()), (&[][..], 0));
            assert_eq!(supervised(&report), [("ingest", 1, failure.to_string(), true)]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_the_drain_it_is_aborted_and_named() {
    let service = Service::new(Config::new().drain_timeout(secs(4)));
    service.main_has_returned();
    let dropped = Arc::new(Mutex::new(Some(Destructor(service.diary.clone(), "dropped"))));
    let task = service.task("ingest").restart(BACKOFF).spawn(move || {
        let dropped = dropped.lock().unwrap().take();
        async move {
            let _dropped = dropped;
            pending::<()>().await;
        }
    });
    yield_now().await;
    let report = service.terminate().await;
    let [Abandoned::Task { name: Some(name), location, scope: None }] = report.abandoned() else { panic!("{report}") };
    assert!(name == "ingest" && location.contains("tests/supervised.rs:"), "{name} {location}");
    service.diary.expect(&[(4000, "dropped")]);
    assert!(task.await.unwrap_err().is_cancelled());
}

/// The task is polled once, and finds both.
#[tokio::test(start_paused = true)]
async fn a_pause_that_ends_with_the_begin_of_the_drain_is_the_last() {
    let service = Service::default();
    service.main_has_returned();
    let attempts = Attempts::default();
    let backoff = Backoff::exponential(secs(1)..secs(1));
    service.task("ingest").restart(backoff).spawn(attempts.failing());
    // This sleep began first, so it ends first.
    sleep(secs(1)).await;
    assert_eq!(attempts.number(), 1);
    service.terminate().await;
    assert_eq!(attempts.number(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_a_pause() {
    let service = Service::default();
    let attempts = Attempts::default();
    let task = service.task("ingest").restart(BACKOFF).spawn(attempts.failing());
    attempts.reach(1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    sleep(secs(100)).await;
    assert_eq!((attempts.number(), service.program.work.sum()), (1, 0));
    assert_eq!(components(&service).await, []);
}

/// A program may have a task for each job, for years.
#[tokio::test(start_paused = true)]
async fn what_is_remembered_of_tasks_that_have_ended_is_bounded() {
    let service = Service::default();
    service.main_has_returned();
    for job in 0..300 {
        let task = service.task(&format!("job {job:03}")).spawn(|| async { Err::<(), _>("no") });
        task.await.unwrap().unwrap_err();
    }
    assert_eq!(components(&service).await.len(), 100);
    let report = service.terminate().await;
    let names: Vec<_> = supervised(&report).into_iter().map(|(name, ..)| name.to_owned()).collect();
    assert_eq!((names.len(), &*names[0], &*names[99]), (100, "job 200", "job 299"));
}
