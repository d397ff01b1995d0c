//! A model of Compose, as far as it makes one service of several definitions: Docker never kills a program whose files
//! have no finding about its time.
//!
//! It merges the files as plain values, so that it does not repeat our mistakes.

use std::collections::BTreeMap;
use std::time::Duration;

use graceful_manifest::Program;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::cases::{fixed_runner, random_runner, secs, whole_seconds};
use crate::kubelet::mostly_fitting_program;
use crate::platform::{Container, Drawn, never_killed};

const CASES: u32 = 2_000;

/// `stop_grace_period`: this many seconds more than needed, in one of the forms.
fn any_time(needed: i64) -> impl Strategy<Value = Value> {
    (-3..6_i64, 0..6_usize).prop_map(move |(spare, form)| {
        let seconds = (needed + spare).max(0);
        json!(match form {
            0 | 1 => format!("{seconds}s"),
            2 => format!("{}m{}s", seconds / 60, seconds % 60),
            3 => format!("{}ms", seconds * 1_000 + 999),
            4 => format!("${{GRACE:-{seconds}s}}"),
            _ => format!("-{seconds}s"),
        })
    })
}

fn any_command() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!([]),
        json!(["/api"]),
        json!("/api --fast"),
        json!(["tini", "--", "/api"]),
        json!(["sh", "-c", "migrate; exec /api"]),
        json!("sh -c 'migrate; exec /api $$0'"),
        json!("sh -c /api"),
        json!(["sh", "-c", "migrate; /api"]),
        json!(["sh", "/api.sh"]),
    ])
}

fn any_environment() -> impl Strategy<Value = Value> {
    (1..60_u64, 0..5_usize).prop_map(|(time, form)| match form {
        0 => json!({ "GRACEFUL_GRACE_PERIOD": format!("{time}s") }),
        1 => json!([format!("GRACEFUL_GRACE_PERIOD={time}s"), "A"]),
        2 => json!([format!("GRACEFUL_GRACE_PERIOD=${{GRACE-{time}s}}")]),
        3 => json!({ "A": "b" }),
        _ => json!(["GRACEFUL_GRACE_PERIOD="]),
    })
}

/// A definition of the service: each key with this probability.
fn any_definition(needed: i64, weight: f64) -> impl Strategy<Value = Map<String, Value>> {
    let signal = prop::sample::select(&["SIGTERM", "TERM", "15", "int", "SIGUSR1", "9", "${SIGNAL:-SIGTERM}"][..]);
    (
        prop::option::weighted(weight, any_time(needed)),
        prop::option::weighted(weight / 3.0, signal.prop_map(Value::from)),
        prop::option::weighted(weight / 2.0, any_command()),
        prop::option::weighted(weight / 2.0, any_command()),
        prop::option::weighted(weight / 3.0, any_environment()),
        prop::option::weighted(weight / 3.0, any::<bool>().prop_map(Value::from)),
    )
        .prop_map(|(time, signal, entrypoint, command, environment, init)| {
            let keys = [
                ("stop_grace_period", time),
                ("stop_signal", signal),
                ("entrypoint", entrypoint),
                ("command", command),
                ("environment", environment),
                ("init", init),
                ("image", Some(json!("api"))),
            ];
            keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
        })
}

/// The files of a project, the first one of which may extend a service of the last one.
fn any_drawn() -> impl Strategy<Value = Drawn> {
    let extends = prop::sample::select(vec![
        None,
        Some(json!("base")),
        Some(json!({ "service": "base" })),
        Some(json!({ "file": "./other/base.yaml", "service": "base" })),
    ]);
    (mostly_fitting_program(), extends).prop_flat_map(|(program, extends)| {
        let needed = i64::try_from(program.grace_period.as_secs()).unwrap_or(i64::MAX).min(1 << 30) + 1;
        let definitions = (any_definition(needed, 0.7), any_definition(needed, 0.7), any_definition(needed, 0.2));
        (Just(program), Just(extends), definitions).prop_map(|(program, extends, (base, mut own, over))| {
            let elsewhere = extends.as_ref().is_some_and(|extends| extends.get("file").is_some());
            own.extend(extends.map(|extends| ("extends".to_owned(), extends)));
            let mut files = vec![
                ("deploy/compose.yaml", json!({ "services": { "api": own } })),
                ("deploy/override.yaml", json!({ "services": { "api": over } })),
            ];
            if elsewhere {
                files.push(("deploy/other/base.yaml", json!({ "services": { "base": base } })));
            } else {
                files[0].1["services"]["base"] = base.into();
            }
            let service = service(&files);
            let grace_period = grace_period(&service, &program);
            let files = files.into_iter().map(|(name, file)| (name, file.to_string())).collect();
            Drawn { program, files, container: container(&service), grace_period }
        })
    })
}

/// Compose's merge, of the keys that these tests write.
fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        let is_command = matches!(&*key, "command" | "entrypoint");
        match base.get_mut(&key) {
            Some(earlier) if key == "environment" => {
                let mut all = assignments(earlier);
                all.extend(assignments(&value));
                *earlier = json!(all);
            }
            Some(_) if value.is_null() && !is_command => {}
            _ => _ = base.insert(key, value),
        }
    }
}

fn assignments(environment: &Value) -> Vec<String> {
    match environment {
        Value::Object(map) => map.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect(),
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The service `api` as Compose makes it.
fn service(files: &[(&str, Value)]) -> Map<String, Value> {
    let services: BTreeMap<_, _> = files.iter().map(|(name, file)| (*name, &file["services"])).collect();
    let own = services["deploy/compose.yaml"]["api"].as_object().unwrap();
    let mut whole = match own.get("extends") {
        None => Map::new(),
        Some(extends) if extends.get("file").is_some() => {
            services["deploy/other/base.yaml"]["base"].as_object().unwrap().clone()
        }
        Some(_) => services["deploy/compose.yaml"]["base"].as_object().unwrap().clone(),
    };
    merge(&mut whole, own.clone());
    merge(&mut whole, services["deploy/override.yaml"]["api"].as_object().unwrap().clone());
    whole
}

/// The default of a variable, and `$` for `$$`.
fn interpolated(text: &str) -> String {
    let Some((before, variable)) = text.split_once("${") else { return text.replace("$$", "$") };
    let default = variable.trim_end_matches('}').split_once('-').unwrap().1;
    format!("{before}{default}")
}

/// The whole seconds of the forms above. `None` for a negative number.
fn seconds(text: &str) -> Option<u64> {
    let text = interpolated(text);
    let number = |text: &str| text.parse::<u64>().unwrap();
    if let Some(positive) = text.strip_prefix('-') {
        return if number(positive.trim_end_matches('s')) == 0 { Some(0) } else { None };
    }
    if let Some(milliseconds) = text.strip_suffix("ms") {
        return Some(number(milliseconds) / 1_000);
    }
    let text = text.strip_suffix('s').unwrap();
    let (minutes, seconds) = text.split_once('m').unwrap_or(("0", text));
    Some(number(minutes) * 60 + number(seconds))
}

/// The words of a list, or of a text with quotes.
fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(|item| interpolated(item.as_str().unwrap())).collect(),
        Some(Value::String(text)) => {
            let parts = text.split('\'').enumerate();
            let words = parts.flat_map(|(index, part)| match index % 2 {
                0 => part.split_whitespace().map(interpolated).collect(),
                _ => vec![interpolated(part)],
            });
            words.collect()
        }
        _ => Vec::new(),
    }
}

fn container(service: &Map<String, Value>) -> Container {
    let text = |key: &str| service.get(key).and_then(Value::as_str);
    let signal = interpolated(text("stop_signal").unwrap_or("SIGTERM")).to_uppercase();
    let signal = match &*signal {
        "15" => "SIGTERM".to_owned(),
        "9" => "SIGKILL".to_owned(),
        name if name.starts_with("SIG") => name.to_owned(),
        name => format!("SIG{name}"),
    };
    let words = [words(service.get("entrypoint")), words(service.get("command"))].concat();
    Container { granted: text("stop_grace_period").map_or(Some(10), seconds).map(secs), signal, words }
}

/// The program's grace period after the overrides.
fn grace_period(service: &Map<String, Value>, program: &Program) -> Duration {
    let assignments = service.get("environment").map(assignments).unwrap_or_default();
    let mut values = assignments.iter().filter_map(|assignment| assignment.strip_prefix("GRACEFUL_GRACE_PERIOD="));
    let value = values.next_back().map(interpolated).filter(|value| !value.is_empty());
    value.map_or(program.grace_period, |value| whole_seconds(&value))
}

/// Runs the same cases each time, enough of which reach the promise.
#[test]
fn the_promise_is_kept_and_there_is_something_to_it() {
    let [all, plan_only] = never_killed(&mut fixed_runner(CASES), any_drawn(), Some("api"));
    assert!(all > CASES / 6 && plan_only > CASES / 60, "{all} {plan_only}");
}

#[test]
fn the_promise_is_kept_whatever_is_drawn() {
    never_killed(&mut random_runner(CASES), any_drawn(), Some("api"));
}
