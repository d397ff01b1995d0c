//! Programs and manifests around the line between enough and too little.

use std::net::SocketAddr;
use std::time::Duration;

use graceful_manifest::{Handler, HandlerPhase, Program};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::secs;

/// A manifest, and the program that it is for.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) program: Program,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

pub(crate) fn any_program() -> impl Strategy<Value = Program> {
    let duration = || prop_oneof![8 => (0..60_u64).prop_map(secs), 2 => (0..60_000_u64).prop_map(Duration::from_millis), 1 => Just(Duration::MAX)];
    let phase = prop::sample::select(&HandlerPhase::ALL[..]);
    let handler =
        (-2..2_i32, prop::option::of((0..10_u64).prop_map(secs)), phase).prop_map(|(priority, timeout, phase)| {
            Handler { name: "handler".to_owned(), priority, timeout, phase, after: Vec::new() }
        });
    let signals = prop::collection::vec(
        prop::sample::select(&["SIGTERM", "SIGINT", "SIGUSR1"][..]).prop_map(str::to_owned),
        0..3,
    );
    let signals = prop_oneof![3 => Just(Program::default().signals), 1 => signals];
    let probes = prop_oneof![Just("0.0.0.0:8081"), Just("127.0.0.1:8081"), Just("[::]:9000"), Just("0.0.0.0:0")]
        .prop_map(|address| address.parse::<SocketAddr>().unwrap());
    let lame_duck = prop_oneof![Just(Duration::ZERO), duration()];
    let handlers = prop::option::of(prop::collection::vec(handler, 0..4));
    (duration(), lame_duck, prop::option::of(duration()), signals, prop::option::of(probes), handlers)
        .prop_filter("a grace period of zero is refused", |(grace_period, ..)| !grace_period.is_zero())
        .prop_map(|(grace_period, lame_duck, drain_timeout, signals, probes, handlers)| Program {
            grace_period,
            lame_duck,
            drain_timeout,
            handler_timeout: None,
            signals,
            probes,
            handlers,
            ..Program::default()
        })
}

/// One whose plan fits its grace period: each part takes some tenths of it.
fn fitting_program() -> impl Strategy<Value = Program> {
    let grace_period =
        prop_oneof![3 => (1..60_u64).prop_map(secs), 1 => (1..60_000_u64).prop_map(Duration::from_millis)];
    (grace_period, 0..4_u32, prop::option::of(1..6_u32), 0..3_usize).prop_map(
        |(grace_period, lame, drain, handlers)| {
            let tenths = |count| grace_period / 10 * count;
            let handler = |priority| Handler {
                name: "handler".to_owned(),
                priority,
                timeout: Some(tenths(1)),
                phase: HandlerPhase::Teardown,
                after: Vec::new(),
            };
            Program {
                grace_period,
                lame_duck: tenths(lame),
                drain_timeout: drain.map(tenths),
                handlers: Some((0..).map(handler).take(handlers).collect()),
                ..Program::default()
            }
        },
    )
}

pub(crate) fn mostly_fitting_program() -> impl Strategy<Value = Program> {
    prop_oneof![9 => fitting_program(), 1 => any_program()]
}

/// preStop, and how long it takes at least.
fn any_pre_stop() -> impl Strategy<Value = (Value, u64)> {
    let exec = |command: Value| json!({ "exec": { "command": command } });
    (0..10_usize, 0..40_u64).prop_map(move |(which, time)| match which {
        0..4 => (json!({ "sleep": { "seconds": time } }), time),
        4 => (exec(json!(["sleep", time.to_string()])), time),
        5 => (exec(json!(["sh", "-c", format!("sleep {time}; sleep 2")])), time + 2),
        6 => (exec(json!(["env", "bash", "-eo", "pipefail", "-c", format!("sleep {time}")])), time),
        7 => (exec(json!(["sh", "-c", format!("sleep {time}; leave")])), time),
        8 => (exec(json!(["sh", "/app/leave"])), 0),
        _ => (json!({ "httpGet": { "port": 80 } }), 0),
    })
}

/// `command` and `args`: what starts the program.
fn any_start() -> impl Strategy<Value = (Value, Value)> {
    prop_oneof![
        4 => Just(Value::Null),
        4 => Just(json!(["/app/api"])),
        1 => Just(json!(["tini", "--", "/app/api"])),
        1 => Just(json!(["sh", "-c", "migrate; exec /app/api"])),
        1 => Just(json!(["sh", "-ec", "migrate; exec /app/api > /log 2>&1"])),
        2 => Just(json!(["env", "A=1", "bash", "-euo", "pipefail", "-c", "exec /app/api"])),
        1 => Just(json!(["sh", "-c", "migrate; /app/api"])),
        1 => Just(json!(["sh", "-c", "exec /app/api | tee /log"])),
        1 => Just(json!(["env", "A=1", "bash", "-e", "-c", "/app/api"])),
        1 => Just(json!(["tini", "--", "sh", "-c", "migrate; /app/api"])),
        1 => Just(json!(["sh", "/app/start"])),
    ]
    .prop_flat_map(|words| (Just(words), any::<bool>()))
    .prop_map(|(words, is_command)| if is_command { (words, Value::Null) } else { (Value::Null, words) })
}

/// What overrides the program's grace period.
#[derive(Debug, Clone)]
struct Environment {
    env: Value,
    env_from: Value,
    /// The ConfigMaps that are named, as documents.
    maps: String,
    /// What becomes of it: the last one counts, and `env` comes after `envFrom`.
    sets: Option<u64>,
}

fn any_environment() -> impl Strategy<Value = Environment> {
    let time = 1..60_u64;
    let env = prop::option::weighted(0.15, prop::collection::vec(time.clone(), 1..3));
    let from = prop::option::weighted(0.15, prop::collection::vec(0..3_usize, 1..4));
    (env, from, time.clone(), time).prop_map(|(env, from, a, b)| {
        let (env, from) = (env.unwrap_or_default(), from.unwrap_or_default());
        // The map, the prefix, what is set by both.
        let maps = [("a", "", Some(a)), ("b", "", None), ("b", "GRACEFUL_", Some(b))];
        let map = |name: &str, key: &str, time: u64| {
            let data = json!({ key: format!("{time}s") });
            let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data });
            format!("---\n{map}\n")
        };
        let variable = |time: &u64| json!({ "name": "GRACEFUL_GRACE_PERIOD", "value": format!("{time}s") });
        let source = |&from: &usize| {
            let (name, prefix, _) = maps[from];
            json!({ "configMapRef": { "name": name }, "prefix": prefix })
        };
        Environment {
            env: env.iter().map(variable).collect(),
            env_from: from.iter().map(source).collect(),
            maps: map("a", "GRACEFUL_GRACE_PERIOD", a) + &map("b", "GRACE_PERIOD", b),
            sets: env.last().copied().or_else(|| from.iter().rev().find_map(|&from| maps[from].2)),
        }
    })
}

/// The API version of each kind.
const KINDS: [(&str, &str); 13] = [
    ("Pod", "v1"),
    ("Deployment", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("ReplicaSet", "apps/v1"),
    ("ReplicationController", "v1"),
    ("DeploymentConfig", "apps.openshift.io/v1"),
    ("Rollout", "argoproj.io/v1alpha1"),
    ("CloneSet", "apps.kruise.io/v1alpha1"),
    ("Job", "batch/v1"),
    ("CronJob", "batch/v1"),
    ("ScaledJob", "keda.sh/v1alpha1"),
    ("Service", "serving.knative.dev/v1"),
];

/// Where the pod's spec stands in an object of this kind.
pub(crate) fn path_of(kind: &str) -> &'static str {
    match kind {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "ScaledJob" => "/spec/jobTargetRef/template/spec",
        _ => "/spec/template/spec",
    }
}

fn object((kind, version): (&str, &str), mut spec: Value) -> Value {
    let labels = json!({ "app": "api" });
    if kind.ends_with("Job") {
        spec["restartPolicy"] = json!("Never");
    }
    let template = json!({ "metadata": { "labels": labels }, "spec": spec });
    let spec = match kind {
        "Pod" => spec,
        "Job" => json!({ "template": template }),
        "CronJob" => json!({ "schedule": "@daily", "jobTemplate": { "spec": { "template": template } } }),
        "ScaledJob" => json!({ "jobTargetRef": { "template": template } }),
        _ => json!({ "selector": { "matchLabels": labels }, "template": template }),
    };
    json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "api" }, "spec": spec })
}

/// The program is a sidecar.
const SIDECAR: usize = 9;

/// The containers: the program's, and others around it.
fn containers(api: &Value, around: usize) -> (Value, Value) {
    let proxy = json!({ "name": "proxy", "image": "proxy", "lifecycle": { "preStop": { "sleep": { "seconds": 9 } } } });
    let sidecar = |mut container: Value| {
        container["restartPolicy"] = json!("Always");
        container
    };
    match around {
        0..4 => (json!([api]), Value::Null),
        4 | 5 => (json!([api, proxy]), Value::Null),
        6 | 7 => (json!([proxy, api]), Value::Null),
        8 => (json!([api]), json!([sidecar(proxy)])),
        _ => (json!([proxy]), json!([sidecar(api.clone())])),
    }
}

pub(crate) fn any_drawn() -> impl Strategy<Value = Drawn> {
    // As much more than needed, or whatever.
    let spare = || -3..6_i64;
    let granted = prop_oneof![
        8 => spare().prop_map(Ok),
        1 => prop_oneof![Just(None), Just(Some(0)), Just(Some(-1)), (1..90_i64).prop_map(Some)].prop_map(Err),
    ];
    let signal = prop::option::weighted(0.15, prop::sample::select(&["SIGTERM", "SIGINT", "SIGUSR1", "SIGKILL"][..]));
    let pod = (
        granted,
        prop::option::weighted(0.7, any_pre_stop()),
        signal,
        any_environment(),
        prop::option::weighted(0.3, spare()),
        any_start(),
        0..10_usize,
    );
    (mostly_fitting_program(), prop::sample::select(&KINDS[..]), pod).prop_map(|(program, kind, pod)| {
        let (granted, pre_stop, signal, environment, liveness, (command, args), around) = pod;
        let is_knative = kind.0 == "Service";
        // Knative's own preStop takes at least 30 s, and the main containers before a sidecar count with 30 s.
        let (pre_stop, signal, around, key, before) = match pre_stop {
            _ if is_knative => (Value::Null, None, 0, "timeoutSeconds", 30),
            None => (Value::Null, signal, around, "terminationGracePeriodSeconds", 0),
            Some((action, time)) => (action, signal, around, "terminationGracePeriodSeconds", time),
        };
        let at_least = if around == SIDECAR { before + 30 } else { before };
        let grace_period = environment.sets.map_or(program.grace_period, secs);
        let needed = secs(at_least + 1).saturating_add(grace_period).as_nanos().div_ceil(1_000_000_000);
        // More than any pod is granted, where the program's never ends.
        let needed = i64::try_from(needed).unwrap_or(i64::MAX / 2);
        let granted = granted.map_or_else(|fixed| fixed, |spare| Some(needed + spare));
        let liveness = liveness.map(
            |spare| json!({ "tcpSocket": { "port": 8080 }, "terminationGracePeriodSeconds": (needed + spare).max(1) }),
        );
        let api = json!({
            "name": "api",
            "image": "api",
            "command": command,
            "args": args,
            "env": environment.env,
            "envFrom": environment.env_from,
            "lifecycle": { "preStop": pre_stop, "stopSignal": signal },
            "livenessProbe": liveness,
        });
        let (containers, init) = containers(&api, around);
        let spec = json!({ key: granted, "containers": containers, "initContainers": init });
        let text = format!("{}\n{}", object(kind, spec), environment.maps);
        Drawn { program, kind: kind.0, text }
    })
}
