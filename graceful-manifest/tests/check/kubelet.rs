//! A kubelet, as far as it ends pods: what has no error is never killed.
//!
//! It reads the manifest with Kubernetes' own types and another YAML parser, so that a mistake of ours is not its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use graceful_manifest::{Handler, Phase, Program, Severity};
use k8s_openapi::api::core::v1::{ConfigMap, Container, Pod, Probe};
use proptest::prelude::*;
use serde::Deserialize;

use crate::cases::{check, program, secs};
use crate::kubernetes::documents;

/// The kubelet gives a program at least this long after the signal.
const LEAST: u64 = 2;

/// What it and the machine may take between two steps, on top of what the steps take.
const OVERHEAD: Duration = Duration::from_millis(900);

/// Why the pod is ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Why {
    Deleted,
    NotAlive,
}

#[derive(Debug, PartialEq)]
enum End {
    ByItself,
    Killed,
}

/// Ends the pod: preStop, signal, SIGKILL, on one clock that starts with the deletion.
fn end(pod: &Pod, why: Why, program: &Program, takes: Duration) -> End {
    let spec = pod.spec.as_ref().unwrap();
    let container = &spec.containers[0];
    let granted = grace(spec.termination_grace_period_seconds.unwrap_or(30), container, why);
    if granted == 0 {
        return End::Killed;
    }
    let granted = u64::try_from(granted).unwrap_or(1);

    let pre_stop = pre_stop(container).min(secs(granted));
    let signal_at = pre_stop + OVERHEAD;
    // The kubelet measures preStop in whole seconds.
    let left = granted.saturating_sub(signal_at.as_secs()).max(LEAST);
    let killed_at = signal_at + secs(left);

    if !handles(container, program) {
        return End::Killed;
    }
    // Killed just when it ends is killed.
    if signal_at + takes < killed_at { End::ByItself } else { End::Killed }
}

fn grace(of_pod: i64, container: &Container, why: Why) -> i64 {
    let of = |probe: &Option<Probe>| probe.as_ref().and_then(|probe| probe.termination_grace_period_seconds);
    match why {
        Why::Deleted => of_pod,
        Why::NotAlive => of(&container.liveness_probe).unwrap_or(of_pod),
    }
}

fn pre_stop(container: &Container) -> Duration {
    let handler = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    let Some(handler) = handler else { return Duration::ZERO };
    if let Some(sleep) = &handler.sleep {
        return secs(u64::try_from(sleep.seconds).unwrap());
    }
    match handler.exec.as_ref().and_then(|exec| exec.command.as_deref()) {
        // The shell and the program `sleep`, as far as these tests use them.
        Some([program, time]) if program == "sleep" => secs(time.parse().unwrap()),
        Some([_, _, script]) => script
            .split("; ")
            .filter_map(|command| command.strip_prefix("sleep "))
            .map(|time| secs(time.parse().unwrap()))
            .sum(),
        // It may take all the time there is.
        _ => Duration::MAX,
    }
}

/// Whether the signal starts the program's shutdown.
fn handles(container: &Container, program: &Program) -> bool {
    let signal =
        container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.stop_signal.as_deref()).unwrap_or("SIGTERM");
    program.signals.iter().any(|handled| handled == signal)
}

/// The program's grace period with what the manifest overrides; `None` when it would not start.
fn grace_period(pod: &Pod, maps: &[ConfigMap], program: &Program) -> Option<Duration> {
    let container = &pod.spec.as_ref().unwrap().containers[0];
    let mut environment = BTreeMap::new();
    for from in container.env_from.iter().flatten() {
        let name = &from.config_map_ref.as_ref().unwrap().name;
        let map = maps.iter().find(|map| map.metadata.name.as_ref() == Some(name)).unwrap();
        let prefix = from.prefix.as_deref().unwrap_or_default();
        environment.extend(map.data.iter().flatten().map(|(key, value)| (format!("{prefix}{key}"), &**value)));
    }
    for variable in container.env.iter().flatten() {
        environment.insert(variable.name.clone(), variable.value.as_deref().unwrap());
    }
    environment.get("GRACEFUL_GRACE_PERIOD").map_or(Some(program.grace_period), |value| humantime_of(value))
}

/// These tests write whole seconds.
fn humantime_of(text: &str) -> Option<Duration> {
    text.strip_suffix('s')?.parse().ok().map(secs)
}

pub(crate) fn any_program() -> impl Strategy<Value = Program> {
    let duration = || prop_oneof![8 => (0..60_u64).prop_map(secs), 2 => (0..60_000_u64).prop_map(Duration::from_millis), 1 => Just(Duration::MAX)];
    let phase = prop_oneof![Just(Phase::Drain), Just(Phase::Teardown)];
    let handler = (-2..2_i32, (0..10_u64).prop_map(secs), phase).prop_map(|(priority, timeout, phase)| Handler {
        name: "handler".to_owned(),
        priority,
        timeout,
        phase,
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
            signals,
            probes,
            handlers,
        })
}

/// Pods around the line between enough and too little.
fn any_pod() -> impl Strategy<Value = String> {
    let line = |strategy: BoxedStrategy<String>| prop_oneof![1 => Just(String::new()), 3 => strategy];
    let granted = prop_oneof![Just(0), Just(-1), 1..90_i64]
        .prop_map(|seconds| format!("  terminationGracePeriodSeconds: {seconds}\n"));
    let pre_stop = prop_oneof![
        (0..40_u64).prop_map(|seconds| format!("preStop: {{ sleep: {{ seconds: {seconds} }} }}")),
        (0..40_u64).prop_map(|seconds| format!("preStop: {{ exec: {{ command: [sleep, \"{seconds}\"] }} }}")),
        (0..40_u64)
            .prop_map(|seconds| format!("preStop: {{ exec: {{ command: [sh, -c, sleep {seconds}; sleep 2] }} }}")),
        (0..40_u64).prop_map(|seconds| format!("preStop: {{ exec: {{ command: [sh, -c, sleep {seconds}; leave] }} }}")),
        Just("preStop: { httpGet: { port: 80 } }".to_owned()),
    ];
    let signal = prop::sample::select(&["SIGTERM", "SIGINT", "SIGUSR1", "SIGKILL"][..])
        .prop_map(|signal| format!("stopSignal: {signal}"));
    let lifecycle = (prop::option::of(pre_stop), prop::option::weighted(0.3, signal)).prop_map(|(pre_stop, signal)| {
        let both: Vec<_> = pre_stop.into_iter().chain(signal).collect();
        format!("      lifecycle: {{ {} }}\n", both.join(", "))
    });
    let env = prop::collection::vec(
        (1..60_u64).prop_map(|seconds| format!("{{ name: GRACEFUL_GRACE_PERIOD, value: {seconds}s }}")),
        1..3,
    )
    .prop_map(|variables| format!("      env: [{}]\n", variables.join(", ")));
    let env_from = prop::collection::vec(
        prop::sample::select(&["{ name: a } }", "{ name: b } }", "{ name: b }, prefix: GRACEFUL_ }"][..]),
        1..4,
    )
    .prop_map(|maps| {
        let maps: Vec<_> = maps.into_iter().map(|map| format!("{{ configMapRef: {map}")).collect();
        format!("      envFrom: [{}]\n", maps.join(", "))
    });
    let maps = (1..60_u64, 1..60_u64).prop_map(|(a, b)| {
        format!(
            "---\n{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: a }}, data: {{ GRACEFUL_GRACE_PERIOD: {a}s }} }}\n\
             ---\n{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: b }}, data: {{ GRACE_PERIOD: {b}s }} }}\n"
        )
    });
    let liveness = (1..90_u64).prop_map(|seconds| {
        format!("      livenessProbe: {{ tcpSocket: {{ port: 8080 }}, terminationGracePeriodSeconds: {seconds} }}\n")
    });
    let env = (prop::option::of(env), prop::option::weighted(0.3, env_from))
        .prop_map(|(env, env_from)| format!("{}{}", env.unwrap_or_default(), env_from.unwrap_or_default()));
    (line(granted.boxed()), line(lifecycle.boxed()), env, line(liveness.boxed()), maps).prop_map(
        |(granted, lifecycle, env, liveness, maps)| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{ name: api }}\nspec:\n{granted}  containers:\n    - name: api\n      \
                 image: api\n{lifecycle}{env}{liveness}{maps}"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The whole promise.
    #[test]
    fn what_has_no_error_is_never_killed(program in any_program(), text in any_pod(), share in 0.0..=1.0) {
        let findings = check(&program, &text);
        if findings.iter().any(|finding| finding.severity == Severity::Error || finding.rule.is_doubt()) {
            return Ok(());
        }
        let documents = documents(&text);
        let pod = Pod::deserialize(&documents[0]).unwrap();
        let maps: Vec<_> = documents[1..].iter().map(|map| ConfigMap::deserialize(map).unwrap()).collect();
        let grace_period = grace_period(&pod, &maps, &program).expect("it starts");
        for takes in [grace_period, grace_period.mul_f64(share)] {
            prop_assert_eq!(end(&pod, Why::Deleted, &program, takes), End::ByItself, "{}", text);
            if findings.is_empty() {
                prop_assert_eq!(end(&pod, Why::NotAlive, &program, takes), End::ByItself, "{}", text);
            }
        }
    }

    /// And not by calling everything an error: one second more than needed is granted, and nothing is said.
    #[test]
    fn what_is_enough_is_no_error(grace_period in 1..1_000_u64, pre_stop in 0..1_000_u64) {
        let pod = |granted: u64| format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: api}}, spec: {{terminationGracePeriodSeconds: {granted}, containers: \
             [{{name: api, lifecycle: {{preStop: {{sleep: {{seconds: {pre_stop}}}}}}}}}]}}}}"
        );
        let program = Program { grace_period: secs(grace_period), handlers: None, ..program() };
        prop_assert_eq!(check(&program, &pod(grace_period + pre_stop + 1)), vec![]);
        prop_assert_eq!(check(&program, &pod(grace_period + pre_stop)).len(), 1);
    }
}

#[test]
fn what_has_one_may_be() {
    let text = |granted: u64| {
        format!(
            "{{apiVersion: v1, kind: Pod, spec: {{terminationGracePeriodSeconds: {granted}, containers: [{{name: api}}]}}}}"
        )
    };
    let ended = |granted| {
        let pod = Pod::deserialize(&documents(&text(granted))[0]).unwrap();
        end(&pod, Why::Deleted, &program(), secs(28))
    };
    assert_eq!(ended(29), End::ByItself);
    assert_eq!(ended(28), End::Killed);
    assert_eq!(ended(0), End::Killed);
}
