//! ECS stops a container as Docker does, and never kills a program whose task definition has no finding about its time.

use std::cell::Cell;

use graceful_manifest::{Check, Program, Rule, Severity, Source};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::cases::{random, secs};
use crate::docker::{Container, End};
use crate::kubelet::{any_program, fitting_program, worst_case};

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

/// A program, and the definition of its container.
fn any_drawn() -> impl Strategy<Value = (Program, Value)> {
    let program = prop_oneof![9 => fitting_program(), 1 => any_program()];
    let time = prop::option::weighted(0.9, (-3..6_i64, any::<bool>()));
    let override_ = prop::option::weighted(0.2, 1..130_u64);
    let launch = prop::sample::select(vec![json!(null), json!(["FARGATE"]), json!(["EC2"]), json!(["EC2", "FARGATE"])]);
    (program, time, override_, any_start(), any_start(), launch).prop_map(
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
            (program, json!({ "requiresCompatibilities": launch, "containerDefinitions": [proxy, container] }))
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

fn what_has_no_error_is_never_killed(runner: &mut TestRunner) -> u32 {
    let reached = Cell::new(0);
    let result = runner.run(&(any_drawn(), 0.0..=1.0), |((program, task), share)| {
        let text = task.to_string();
        let source = Source { name: "task.json", text: &text };
        let findings = Check::new(&program).container("api").run(&[source]).unwrap().findings;
        if findings.iter().any(|finding| finding.severity == Severity::Error || finding.rule.is_doubt()) {
            return Ok(());
        }
        reached.set(reached.get() + 1);
        let value = task["containerDefinitions"][1]["environment"][0]["value"].as_str();
        let grace_period =
            value.map_or(program.grace_period, |value| secs(value.strip_suffix('s').unwrap().parse().unwrap()));
        let fits_forced = findings.iter().all(|finding| finding.rule != Rule::ForcedExitTooLate);
        let longest = if fits_forced { grace_period } else { worst_case(&program, grace_period) };
        for takes in [longest, longest.mul_f64(share)] {
            prop_assert_eq!(container(&task).stop(&program, takes), End::ByItself, "{:#}", task);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    reached.into_inner()
}

/// Runs the same cases each time, enough of which reach the promise.
#[test]
fn the_promise_is_kept_and_there_is_something_to_it() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let reached = what_has_no_error_is_never_killed(&mut TestRunner::new_with_rng(config, rng));
    assert!(reached > CASES / 6, "{reached}");
}

#[test]
fn the_promise_is_kept_whatever_is_drawn() {
    let config = ProptestConfig { failure_persistence: None, ..random(CASES) };
    what_has_no_error_is_never_killed(&mut TestRunner::new(config));
}
