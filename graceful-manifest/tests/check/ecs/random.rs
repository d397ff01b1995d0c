//! ECS stops a container as Docker does, and never kills a program whose task definition has no finding about its time.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::{fixed_runner, random_runner, secs};
use crate::kubelet::mostly_fitting_program;
use crate::platform::{Container, Drawn, never_killed};

const CASES: u32 = 2_000;

fn any_start() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!([]),
        json!(["/api"]),
        json!(["tini", "--", "/api"]),
        json!(["sh", "-c", "migrate; exec /api"]),
        json!(["sh", "-c", "migrate; /api"]),
        json!(["sh", "/api.sh"]),
    ])
}

fn any_drawn() -> impl Strategy<Value = Drawn> {
    let time = prop::option::weighted(0.9, (-3..6_i64, any::<bool>()));
    let override_ = prop::option::weighted(0.2, 1..130_u64);
    let launch = prop::sample::select(vec![json!(null), json!(["FARGATE"]), json!(["EC2"]), json!(["EC2", "FARGATE"])]);
    (mostly_fitting_program(), time, override_, any_start(), any_start(), launch).prop_map(
        |(program, time, override_, entry_point, command, launch)| {
            let grace_period = override_.unwrap_or(program.grace_period.as_secs().min(1 << 30));
            // Around what is needed, or around Fargate's maximum.
            let time = time.map(|(spare, near_max)| {
                let middle = if near_max && grace_period > 60 { 120 } else { i64::try_from(grace_period).unwrap() + 1 };
                (middle + spare).max(0)
            });
            let environment =
                override_.map(|time| json!([{ "name": "GRACEFUL_GRACE_PERIOD", "value": format!("{time}s") }]));
            let container = json!({
                "name": "api",
                "image": "api",
                "stopTimeout": time,
                "entryPoint": entry_point,
                "command": command,
                "environment": environment,
                "linuxParameters": { "initProcessEnabled": time.is_some_and(|time| time % 2 == 0) },
            });
            let proxy = json!({ "name": "proxy", "image": "envoy" });
            let task = json!({ "requiresCompatibilities": launch, "containerDefinitions": [proxy, container] });
            Drawn {
                grace_period: override_.map_or(program.grace_period, secs),
                program,
                files: vec![("task.json", task.to_string())],
                container: self::container(&task),
            }
        },
    )
}

fn container(task: &Value) -> Container {
    let container = &task["containerDefinitions"][1];
    let is_fargate = task["requiresCompatibilities"].as_array().is_some_and(|all| all.contains(&json!("FARGATE")));
    let max = if is_fargate { 120 } else { u64::MAX };
    let granted = container["stopTimeout"].as_u64().filter(|&seconds| seconds > 0).unwrap_or(30).min(max);
    let words = |key: &str| container[key].as_array().cloned().unwrap_or_default();
    let words = [words("entryPoint"), words("command")].concat();
    let words = words.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
    Container { granted: Some(secs(granted)), signal: "SIGTERM".to_owned(), words }
}

/// Runs the same cases each time, enough of which reach the promise.
#[test]
fn the_promise_is_kept_and_there_is_something_to_it() {
    let [reached, _] = never_killed(&mut fixed_runner(CASES), any_drawn(), Some("api"));
    assert!(reached > CASES / 6, "{reached}");
}

#[test]
fn the_promise_is_kept_whatever_is_drawn() {
    never_killed(&mut random_runner(CASES), any_drawn(), Some("api"));
}
