use std::time::{Duration, Instant};

use super::*;
use crate::health::Health;
use crate::in_flight::Work;
use crate::program::Program;
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
