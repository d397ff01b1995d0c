use std::time::{Duration, Instant};

use super::*;
use crate::health::Health;
use crate::in_flight::Work;
use crate::program::Program;
use crate::readiness::Readiness;
use crate::registration::HealthCheckBuilder;
use crate::trigger::Reason;

fn program() -> &'static Program {
    let work = Work::leaked();
    Box::leak(Box::new(Program::new(work, Instant::now, Vec::new)))
}

fn answer(code: u16, json: &str) -> Answer {
    Answer { code, json: json.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn ready_between_the_call_and_the_trigger() {
    let program = program();
    assert_eq!(ready(program).await, answer(503, r#"{"status":"not ready","reason":"starting"}"#));
    program.lifecycle.set_ready();
    assert_eq!(ready(program).await, answer(200, r#"{"status":"ready"}"#));
    program.lifecycle.begin(Reason::Requested);
    assert_eq!(ready(program).await, answer(503, r#"{"status":"not ready","reason":"shutting down"}"#));
}

#[tokio::test(start_paused = true)]
async fn not_ready_with_a_component_that_is_unhealthy() {
    let program = program();
    program.lifecycle.set_ready();
    let check = |name: &'static str| HealthCheckBuilder::new(&program.checks, &program.rounds, name.into());
    check("slow").register(|| async { Health::Degraded("2 s".to_owned()) }).unwrap();
    assert_eq!(ready(program).await.code, 200);
    assert_eq!(health(program).await.code, 200);
    check("queue").register(|| async { false }).unwrap();
    check("database").register(|| async { false }).unwrap();
    assert_eq!(ready(program).await, answer(503, r#"{"status":"not ready","reason":"unhealthy: database, queue"}"#));
    assert_eq!(health(program).await.code, 503);
}

#[tokio::test(start_paused = true)]
async fn health_has_the_whole_report() {
    let program = program();
    HealthCheckBuilder::new(&program.checks, &program.rounds, "database".into())
        .register(|| async { Err::<(), _>("refused") })
        .unwrap();
    let shape = |answer: Answer| {
        let mut json: serde_json::Value = serde_json::from_str(&answer.json).unwrap();
        json["components"][0]["latency_ms"].take();
        (answer.code, json.to_string())
    };
    let component = r#""components":[{"latency_ms":null,"message":"refused","name":"database","status":"unhealthy"}]"#;
    assert_eq!(shape(health(program).await), (503, format!(r#"{{{component},"status":"unhealthy"}}"#)));
    program.lifecycle.begin(Reason::Requested);
    let shutting_down = format!(r#"{{{component},"message":"shutting down","status":"unhealthy"}}"#);
    assert_eq!(shape(health(program).await), (503, shutting_down));
}

#[tokio::test(start_paused = true)]
async fn alive_also_during_the_shutdown() {
    let program = program();
    let alive = answer(200, r#"{"status":"alive"}"#);
    assert_eq!(live(program, None), alive);
    let blocked = live(program, Some(Duration::from_secs(12)));
    assert_eq!(blocked.code, 503);
    assert!(blocked.json.contains("has run anything for 12 s"), "{}", blocked.json);
    program.lifecycle.begin(Reason::Requested);
    assert_eq!(live(program, Some(Duration::from_secs(12))), alive);
}

#[tokio::test(start_paused = true)]
async fn parts_that_are_not_ready_are_named_and_say_why() {
    let program = program();
    let warm_up = Readiness::new(program, "warm-up".into());
    let consumer = Readiness::new(program, "consumer".into());
    program.lifecycle.set_ready();
    consumer.set_not_ready("no broker");
    let component =
        |name, why| format!(r#"{{"name":"{name}","status":"unhealthy","message":"{why}","latency_ms":0.0}}"#);
    let (first, second) = (component("consumer", "no broker"), component("warm-up", "starting"));
    let parts = format!(r#""components":[{first},{second}]"#);
    let both = format!(r#"{{"status":"not ready","reason":"not ready: consumer, warm-up",{parts}}}"#);
    assert_eq!(ready(program).await, answer(503, &both));
    assert_eq!(health(program).await, answer(503, &format!(r#"{{"status":"unhealthy",{parts}}}"#)));
    consumer.set_ready();
    let one = format!(r#"{{"status":"not ready","reason":"not ready: warm-up","components":[{second}]}}"#);
    assert_eq!(ready(program).await, answer(503, &one));
    warm_up.set_ready();
    assert_eq!(ready(program).await, answer(200, r#"{"status":"ready"}"#));
    assert_eq!(health(program).await.code, 200);
    warm_up.remove();
    program.lifecycle.begin(Reason::Requested);
    assert_eq!(ready(program).await, answer(503, r#"{"status":"not ready","reason":"shutting down"}"#));
}

#[tokio::test(start_paused = true)]
async fn without_ready_and_without_a_part_that_is_left() {
    let program = program();
    let only = Readiness::new(program, "only".into());
    only.set_ready();
    assert_eq!(ready(program).await.code, 200);
    only.remove();
    assert_eq!(ready(program).await, answer(503, r#"{"status":"not ready","reason":"no part is left"}"#));
}

/// The health checks are cached and may take long. A part that turns not ready meanwhile is not.
#[tokio::test(start_paused = true)]
async fn a_part_is_never_older_than_the_answer() {
    let program = program();
    let part = Readiness::new(program, "part".into());
    part.set_ready();
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        true
    };
    HealthCheckBuilder::new(&program.checks, &program.rounds, "slow".into()).register(slow).unwrap();
    let (asked, health_asked) = (tokio::spawn(ready(program)), tokio::spawn(health(program)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    part.set_not_ready("no broker");
    for answer in [asked.await.unwrap(), health_asked.await.unwrap()] {
        assert_eq!(answer.code, 503);
        assert!(answer.json.contains("no broker"), "{answer:?}");
    }
    // The report of the checks is still fresh.
    part.set_ready();
    assert_eq!((ready(program).await.code, health(program).await.code), (200, 200));
    part.set_not_ready("again");
    assert_eq!((ready(program).await.code, health(program).await.code), (503, 503));
}
