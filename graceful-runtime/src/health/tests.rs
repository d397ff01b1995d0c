use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use graceful_core::Phase;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{advance, sleep, timeout};

use super::*;
use crate::in_flight::Work;
use crate::program::Program;
use crate::registration::HealthCheckBuilder;
use crate::trigger::Reason;

const SECOND: Duration = Duration::from_secs(1);

fn program() -> &'static Program {
    let work = Work::leaked();
    Box::leak(Box::new(Program::new(work, Instant::now, Vec::new)))
}

fn check(program: &'static Program, name: &str) -> HealthCheckBuilder {
    HealthCheckBuilder::new(&program.checks, &program.rounds, name.into())
}

async fn report(program: &'static Program) -> HealthReport {
    program.health().await
}

/// Each component's name, status and message.
fn components(report: &HealthReport) -> Vec<(&str, HealthStatus, &str)> {
    let component = |component| {
        let component: &ComponentHealth = component;
        (component.name(), component.status(), component.message().unwrap_or_default())
    };
    report.components().iter().map(component).collect()
}

/// A check that counts its runs, and ends when the test allows it.
fn counted(program: &'static Program) -> (Arc<AtomicUsize>, Arc<Notify>) {
    let (runs, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counter, open) = (Arc::clone(&runs), Arc::clone(&gate));
    check(program, "counted")
        .register(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let open = Arc::clone(&open);
            async move {
                open.notified().await;
                true
            }
        })
        .unwrap();
    (runs, gate)
}

#[tokio::test(start_paused = true)]
async fn the_worst_component_is_the_status() {
    let program = program();
    let status = async || report(program).await.status();
    assert_eq!(status().await, HealthStatus::Healthy);
    check(program, "b").register(|| async { true }).unwrap();
    check(program, "a").register(|| async { Ok::<_, String>(()) }).unwrap();
    assert_eq!(status().await, HealthStatus::Healthy);
    check(program, "c").register_blocking(|| Health::Degraded("slow".to_owned())).unwrap();
    assert_eq!(status().await, HealthStatus::Degraded);
    check(program, "d").register(|| async { Err::<(), _>("refused") }).unwrap();
    check(program, "e").register_blocking(|| false).unwrap();
    let report = report(program).await;
    assert_eq!(report.status(), HealthStatus::Unhealthy);
    assert_eq!(
        components(&report),
        [
            ("a", HealthStatus::Healthy, ""),
            ("b", HealthStatus::Healthy, ""),
            ("c", HealthStatus::Degraded, "slow"),
            ("d", HealthStatus::Unhealthy, "refused"),
            ("e", HealthStatus::Unhealthy, ""),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn checks_run_at_the_same_time_each_with_its_timeout() {
    let program = program();
    for (name, takes) in [("two", 2), ("three", 3)] {
        let slow = move || async move {
            sleep(takes * SECOND).await;
            true
        };
        check(program, name).register(slow).unwrap();
    }
    check(program, "hangs").timeout(4 * SECOND).register(pending::<bool>).unwrap();
    check(program, "hangs by default").register(pending::<bool>).unwrap();
    let begin = tokio::time::Instant::now();
    let report = report(program).await;
    assert_eq!(begin.elapsed().as_secs(), 5);
    assert_eq!(
        components(&report),
        [
            ("hangs", HealthStatus::Unhealthy, "timed out after 4 s"),
            ("hangs by default", HealthStatus::Unhealthy, "timed out after 5 s"),
            ("three", HealthStatus::Healthy, ""),
            ("two", HealthStatus::Healthy, ""),
        ]
    );
    let latencies: Vec<_> = report.components().iter().map(|component| component.latency().as_secs()).collect();
    assert_eq!(latencies, [4, 5, 3, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_unhealthy() {
    let program = program();
    check(program, "async").register(|| async { if true { panic!("of the future") } else { true } }).unwrap();
    check(program, "call").register(|| if true { panic!("of the call") } else { async { true } }).unwrap();
    check(program, "plain").register_blocking(|| if true { panic!("of the function") } else { true }).unwrap();
    for _ in 0..2 {
        assert_eq!(
            components(&report(program).await),
            [
                ("async", HealthStatus::Unhealthy, "panicked: of the future"),
                ("call", HealthStatus::Unhealthy, "panicked: of the call"),
                ("plain", HealthStatus::Unhealthy, "panicked: of the function"),
            ]
        );
        advance(2 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn callers_at_the_same_time_share_one_run() {
    let program = program();
    let (runs, gate) = counted(program);
    let mut asking = JoinSet::new();
    for _ in 0..1_000 {
        asking.spawn(report(program));
    }
    // On a paused clock this ends when every task waits, so all have asked.
    sleep(SECOND / 10).await;
    gate.notify_one();
    for report in asking.join_all().await {
        assert_eq!(report.status(), HealthStatus::Healthy);
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_report_is_reused_for_a_second() {
    let program = program();
    let (runs, gate) = counted(program);
    let mut expected = 0;
    for (pause, again) in [(0, true), (900, false), (50, false), (51, true)] {
        advance(Duration::from_millis(pause)).await;
        expected += usize::from(again);
        gate.notify_one();
        report(program).await;
        assert_eq!(runs.load(Ordering::Relaxed), expected, "after {pause} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_reuse_can_be_set() {
    let program = program();
    assert!(program.lifecycle.claim(crate::Config::new().health_cache(Duration::ZERO)));
    let (runs, gate) = counted(program);
    for expected in 1..4 {
        gate.notify_one();
        report(program).await;
        assert_eq!(runs.load(Ordering::Relaxed), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_continues_without_its_first_caller() {
    let program = program();
    let (runs, gate) = counted(program);
    assert!(timeout(SECOND / 10, report(program)).await.is_err());
    gate.notify_one();
    assert_eq!(report(program).await.status(), HealthStatus::Healthy);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_check_is_in_the_next_report() {
    let program = program();
    assert_eq!(components(&report(program).await), []);
    let registration = check(program, "new").register(|| async { true }).unwrap();
    assert_eq!(components(&report(program).await), [("new", HealthStatus::Healthy, "")]);
    registration.unregister();
    assert_eq!(components(&report(program).await), []);
    // A check that is registered while the others run.
    let (_, gate) = counted(program);
    let asking = tokio::spawn(report(program));
    sleep(SECOND / 10).await;
    check(program, "meanwhile").register(|| async { true }).unwrap();
    gate.notify_one();
    assert_eq!(asking.await.unwrap().components().len(), 1);
    gate.notify_one();
    assert_eq!(report(program).await.components().len(), 2);
}

/// Otherwise each probe would block one more thread.
#[tokio::test]
async fn a_check_that_blocks_is_not_started_again() {
    let program = program();
    let (begin, begins) = std::sync::mpsc::channel();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    check(program, "blocks")
        .timeout(Duration::from_millis(20))
        .register_blocking(move || {
            begin.send(()).unwrap();
            wait.lock().unwrap().recv().is_ok()
        })
        .unwrap();
    for message in ["timed out after 20 ms", "timed out after 20 ms, and has been running for "] {
        program.rounds.forget();
        let report = report(program).await;
        let found = report.components()[0].message().unwrap();
        assert!(found.starts_with(message), "{found}");
        assert_eq!(report.status(), HealthStatus::Unhealthy);
    }
    // On a busy machine it may begin only now.
    begins.recv_timeout(Duration::from_secs(20)).unwrap();
    go.send(()).unwrap();
    assert!(begins.try_recv().is_err(), "it was begun twice");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_timed_out_is_dropped() {
    let program = program();
    let dropped = Arc::new(Notify::new());
    let witness = Arc::clone(&dropped);
    check(program, "hangs")
        .timeout(SECOND)
        .register(move || {
            let witness = Arc::clone(&witness);
            async move {
                let _witness = Witness(witness);
                pending::<bool>().await
            }
        })
        .unwrap();
    struct Witness(Arc<Notify>);
    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    for _ in 0..2 {
        program.rounds.forget();
        assert_eq!(components(&report(program).await)[0].2, "timed out after 1 s");
        dropped.notified().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_shutdown_is_unhealthy_and_the_drain_starts_no_check() {
    let program = program();
    assert!(program.lifecycle.claim(crate::Config::new().lame_duck(SECOND).health_cache(Duration::ZERO)));
    let (runs, gate) = counted(program);
    gate.notify_one();
    assert_eq!(report(program).await.message(), None);
    program.lifecycle.begin(Reason::Requested);
    gate.notify_one();
    let lame_duck = report(program).await;
    assert_eq!((lame_duck.status(), lame_duck.message()), (HealthStatus::Unhealthy, Some("shutting down")));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    program.lifecycle.advance(Phase::Draining);
    let draining = report(program).await;
    assert_eq!(draining.status(), HealthStatus::Unhealthy);
    assert_eq!(components(&draining), [("counted", HealthStatus::Healthy, "")]);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[test]
fn a_timeout_of_zero_is_refused() {
    let error = check(program(), "never").timeout(Duration::ZERO).register(|| async { true }).unwrap_err();
    assert_eq!(error.to_string(), "the timeout of the health check `never` is zero");
}

#[tokio::test]
async fn a_report_can_be_read() {
    let program = program();
    check(program, "database").register(|| async { Err::<(), _>("refused\nthe connection") }).unwrap();
    let report = report(program).await;
    let text = report.to_string();
    assert!(text.starts_with("unhealthy\n  database unhealthy: refused\\nthe connection ("), "{text}");
    #[cfg(feature = "serde")]
    {
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["status"], "unhealthy");
        let component = json["components"][0].as_object().unwrap();
        assert_eq!(component.keys().collect::<Vec<_>>(), ["latency_ms", "message", "name", "status"]);
        assert_eq!((&component["name"], &component["status"]), (&"database".into(), &"unhealthy".into()));
        assert!(component["latency_ms"].as_f64().is_some_and(|latency| latency < 1_000.0));
        assert_eq!(json.as_object().unwrap().len(), 2);
        let json = serde_json::to_value(report.shutting_down()).unwrap();
        assert_eq!(json["message"], "shutting down");
        let read: HealthReport = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
}
