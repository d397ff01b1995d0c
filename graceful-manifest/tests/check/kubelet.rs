//! A model of the kubelet, as far as it ends pods: it never kills a program whose manifest has no error.
//!
//! It reads the manifest with Kubernetes' own types and another YAML parser, so that it does not repeat our mistakes.

mod draw;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use graceful_manifest::{Check, Finding, HandlerPhase, Program, Rule, Severity, Source};
use k8s_openapi::api::core::v1::{ConfigMap, Container, PodSpec, Probe};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cases::{check, fixed_runner, program, random_runner, secs, whole_seconds};
use crate::kubernetes::documents;
use crate::platform::{End, OVERHEAD};

use self::draw::{Drawn, any_drawn, path_of};
pub(crate) use self::draw::{any_program, mostly_fitting_program};

/// The kubelet gives a program at least this long after the signal.
const LEAST: u64 = 2;

/// The reason for which the pod is ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Why {
    Deleted,
    NotAlive,
}

/// The objects with pods, then the ConfigMaps.
fn read(kind: &str, text: &str) -> (PodSpec, Vec<ConfigMap>) {
    let documents = documents(text);
    let (workload, maps) = documents.split_first().unwrap();
    let mut spec = workload.pointer(path_of(kind)).unwrap().clone();
    if kind == "Service" {
        as_knative_does(&mut spec);
    }
    let spec = PodSpec::deserialize(spec).unwrap();
    (spec, maps.iter().map(|map| ConfigMap::deserialize(map).unwrap()).collect())
}

/// Makes the pod of a revision: its timeout is the grace period, and preStop waits until the proxy has had no request for
/// 30 s.
fn as_knative_does(spec: &mut Value) {
    let timeout = spec["timeoutSeconds"].as_i64().unwrap_or(300);
    spec["terminationGracePeriodSeconds"] = timeout.into();
    for container in spec["containers"].as_array_mut().unwrap() {
        container["lifecycle"] = json!({ "preStop": { "sleep": { "seconds": 30 } } });
    }
}

/// The program's container, and how long it waits for the others.
fn container(spec: &PodSpec) -> (&Container, Duration) {
    let program = |container: &&Container| container.name == "api";
    if let Some(container) = spec.containers.iter().find(program) {
        return (container, Duration::ZERO);
    }
    // A sidecar. The others are assumed to take no longer than this.
    let longest = spec.containers.iter().map(pre_stop).fold(secs(30), Duration::max);
    (spec.init_containers.iter().flatten().find(program).unwrap(), longest)
}

/// Ends the pod: preStop, signal, SIGKILL, on one clock that starts with the deletion.
fn end(spec: &PodSpec, why: Why, program: &Program, takes: Duration) -> End {
    let (container, others) = container(spec);
    let granted = grace(spec.termination_grace_period_seconds.unwrap_or(30), container, why);
    if granted == 0 {
        return End::Killed;
    }
    let granted = u64::try_from(granted).unwrap_or(1);

    let others = if why == Why::Deleted { others } else { Duration::ZERO };
    let pre_stop = pre_stop(container).max(others).min(secs(granted));
    let signal_at = pre_stop + OVERHEAD;
    // The kubelet measures preStop in whole seconds.
    let left = granted.saturating_sub(signal_at.as_secs()).max(LEAST);
    let killed_at = signal_at + secs(left);

    if !gets_signal(container) || !handles(container, program) {
        return End::Killed;
    }
    // A program that ends at the moment of SIGKILL counts as killed.
    if signal_at + takes < killed_at { End::ByItself } else { End::Killed }
}

fn grace(of_pod: i64, container: &Container, why: Why) -> i64 {
    let of = |probe: &Option<Probe>| probe.as_ref().and_then(|probe| probe.termination_grace_period_seconds);
    match why {
        Why::Deleted => of_pod,
        Why::NotAlive => of(&container.liveness_probe).unwrap_or(of_pod),
    }
}

fn command_line(container: &Container) -> Vec<String> {
    container.command.iter().chain(&container.args).flatten().cloned().collect()
}

/// A script's commands. These tests write them one after another.
fn script(words: &[String]) -> Option<impl Iterator<Item = &str>> {
    let flag = words.iter().position(|word| matches!(&**word, "-c" | "-ec"))?;
    Some(words.get(flag + 1)?.split("; "))
}

fn pre_stop(container: &Container) -> Duration {
    let handler = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    let Some(handler) = handler else { return Duration::ZERO };
    if let Some(sleep) = &handler.sleep {
        return secs(u64::try_from(sleep.seconds).unwrap());
    }
    // A program other than `sleep` may take all the time.
    let time = |command: &str| command.strip_prefix("sleep ").map_or(Duration::MAX, |time| secs(time.parse().unwrap()));
    match handler.exec.as_ref().and_then(|exec| exec.command.as_deref()) {
        Some(words) => match script(words) {
            Some(commands) => commands.map(time).fold(Duration::ZERO, Duration::saturating_add),
            None => time(&words.join(" ")),
        },
        None => Duration::MAX,
    }
}

/// Whether the signal reaches the program. A shell that runs a file may pass it on or not.
fn gets_signal(container: &Container) -> bool {
    let words = command_line(container);
    match script(&words) {
        // In a pipe `exec` replaces a subshell.
        Some(commands) => commands.last().is_some_and(|last| last.starts_with("exec ") && !last.contains(" | ")),
        None => !words.iter().any(|word| word == "sh"),
    }
}

/// Whether the signal starts the program's shutdown.
fn handles(container: &Container, program: &Program) -> bool {
    let signal =
        container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.stop_signal.as_deref()).unwrap_or("SIGTERM");
    program.signals.iter().any(|handled| handled == signal)
}

/// The program's grace period after the manifest's overrides.
fn grace_period(container: &Container, maps: &[ConfigMap], program: &Program) -> Duration {
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
    environment.get("GRACEFUL_GRACE_PERIOD").map_or(program.grace_period, |value| whole_seconds(value))
}

/// How long the program takes if each part takes as long as it may. These tests override the grace period only.
pub(crate) fn worst_case(program: &Program, grace_period: Duration) -> Duration {
    let after_lame_duck = grace_period.saturating_sub(program.lame_duck);
    let handlers = program.handlers.as_ref().expect("the forced exit is beyond a plan that is known");
    let mut groups = BTreeMap::<_, Duration>::new();
    for handler in handlers.iter().filter(|handler| handler.phase == HandlerPhase::Teardown) {
        let timeout = handler.timeout.or(program.handler_timeout).unwrap_or(after_lame_duck / 8);
        let group = groups.entry(handler.priority).or_default();
        *group = timeout.max(*group);
    }
    let drain = program.drain_timeout.unwrap_or(after_lame_duck / 2);
    program.lame_duck + drain + groups.into_values().sum::<Duration>()
}

fn findings(drawn: &Drawn) -> Vec<Finding> {
    let source = Source { name: "api.yaml", text: &drawn.text };
    Check::new(&drawn.program).container("api").run(&[source]).unwrap().findings
}

/// The numbers of cases that reach the promise, by their contents.
#[derive(Debug, Default)]
struct Reached {
    all: Cell<u32>,
    pre_stop: Cell<u32>,
    script: Cell<u32>,
    liveness: Cell<u32>,
    /// A plan that fits, before a forced exit that does not.
    plan_only: Cell<u32>,
    /// A pod of a template that has several containers.
    template: Cell<u32>,
    sidecar: Cell<u32>,
    knative: Cell<u32>,
}

impl Reached {
    fn count(&self, spec: &PodSpec, container: &Container, kind: &str, by_liveness: bool) {
        let add = |counter: &Cell<u32>, counts: bool| counter.set(counter.get() + u32::from(counts));
        let words = command_line(container);
        add(&self.all, true);
        add(&self.pre_stop, pre_stop(container) > Duration::ZERO);
        add(&self.script, script(&words).is_some());
        add(&self.liveness, by_liveness && container.liveness_probe.is_some());
        add(&self.template, kind != "Pod" && spec.containers.len() > 1);
        add(&self.knative, kind == "Service");
    }
}

/// The whole promise.
fn what_has_no_error_is_never_killed(runner: &mut TestRunner) -> Reached {
    let reached = Reached::default();
    let result = runner.run(&(any_drawn(), 0.0..=1.0), |(drawn, share)| {
        let findings = findings(&drawn);
        if findings.iter().any(|finding| finding.severity == Severity::Error || finding.rule.is_doubt()) {
            return Ok(());
        }
        let Drawn { program, kind, text } = &drawn;
        let (spec, maps) = read(kind, text);
        let by_liveness = findings.iter().all(|finding| finding.rule != Rule::ProbeGracePeriodTooShort);
        let (container, others) = container(&spec);
        let grace_period = grace_period(container, &maps, program);
        reached.count(&spec, container, kind, by_liveness);
        reached.sidecar.set(reached.sidecar.get() + u32::from(!others.is_zero()));
        let fits_forced = findings.iter().all(|finding| finding.rule != Rule::ForcedExitTooLate);
        reached.plan_only.set(reached.plan_only.get() + u32::from(!fits_forced));
        let longest = if fits_forced { grace_period } else { worst_case(program, grace_period) };
        for takes in [longest, longest.mul_f64(share)] {
            prop_assert_eq!(end(&spec, Why::Deleted, program, takes), End::ByItself, "{}", text);
            if by_liveness {
                prop_assert_eq!(end(&spec, Why::NotAlive, program, takes), End::ByItself, "{}", text);
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    reached
}

const CASES: u32 = 2_000;

/// Runs the same cases each time, enough of which reach the promise.
#[test]
fn the_promise_is_kept_and_there_is_something_to_it() {
    let reached = what_has_no_error_is_never_killed(&mut fixed_runner(CASES));
    assert!(reached.all.get() > CASES / 6, "{reached:?}");
    assert!(reached.pre_stop.get() > CASES / 10, "{reached:?}");
    for part in [&reached.script, &reached.liveness, &reached.template, &reached.plan_only] {
        assert!(part.get() > CASES / 30, "{reached:?}");
    }
    for part in [&reached.sidecar, &reached.knative] {
        assert!(part.get() > CASES / 100, "{reached:?}");
    }
}

#[test]
fn the_promise_is_kept_whatever_is_drawn() {
    what_has_no_error_is_never_killed(&mut random_runner(CASES));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// A pod that is granted one second more than needed has no finding.
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
    let ended = |granted| end(&read("Pod", &text(granted)).0, Why::Deleted, &program(), secs(28));
    assert_eq!(ended(29), End::ByItself);
    assert_eq!(ended(28), End::Killed);
    assert_eq!(ended(0), End::Killed);
}
