//! A good manifest, and the findings of changed copies.

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use graceful_manifest::{Check, Finding, Handler, HandlerPhase, Outcome, Program, Rule, Source};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub(crate) const GOOD: &str = include_str!("../manifests/good.yaml");
pub(crate) const GUIDE: &str = include_str!("../manifests/guide.yaml");
pub(crate) const KINDS: &str = include_str!("../manifests/kinds.yaml");

/// The configuration of a random test: `PROPTEST_CASES` cases, or this many.
pub(crate) fn random(cases: u32) -> Config {
    if env::var_os("PROPTEST_CASES").is_some() { Config::default() } else { Config::with_cases(cases) }
}

/// Runs the same cases each time.
pub(crate) fn fixed_runner(cases: u32) -> TestRunner {
    let config = Config { failure_persistence: None, ..Config::with_cases(cases) };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Runs other cases each time, as many as [`random`] says.
pub(crate) fn random_runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { failure_persistence: None, ..random(cases) })
}

/// A change: the first text, which the manifest has once, is replaced with the second.
pub(crate) type Change = (&'static str, &'static str);

/// A rule, changes that break it, and the nearest changes that do not.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) rule: Rule,
    /// Changes the program.
    pub(crate) program: fn(&mut Program),
    pub(crate) shows: &'static [Change],
    pub(crate) does_not: &'static [Change],
    pub(crate) message: &'static str,
}

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The duration of a text such as `9s`.
pub(crate) fn whole_seconds(text: &str) -> Duration {
    secs(text.strip_suffix('s').unwrap().parse().unwrap())
}

/// The program that `good.yaml` is written for.
pub(crate) fn program() -> Program {
    Program {
        grace_period: secs(28),
        probes: Some(SocketAddr::from(([0, 0, 0, 0], 8081))),
        handlers: Some(vec![teardown("flush", 20, 5), teardown("close", 10, 4)]),
        ..Program::default()
    }
}

pub(crate) fn teardown(name: &str, priority: i32, timeout: u64) -> Handler {
    Handler {
        name: name.to_owned(),
        priority,
        timeout: Some(secs(timeout)),
        phase: HandlerPhase::Teardown,
        after: Vec::new(),
    }
}

pub(crate) fn changed(changes: &[Change]) -> String {
    changed_in(GOOD, changes)
}

/// The text with these changes.
pub(crate) fn changed_in(text: &str, changes: &[Change]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?} is not there once");
        text.replace(from, to)
    })
}

pub(crate) fn check(program: &Program, text: &str) -> Vec<Finding> {
    Check::new(program).run(&[Source { name: "api.yaml", text }]).unwrap().findings
}

pub(crate) fn sources<'t>(files: &'t [(&'t str, impl AsRef<str>)]) -> Vec<Source<'t>> {
    files.iter().map(|(name, text)| Source { name, text: text.as_ref() }).collect()
}

pub(crate) fn rules(findings: &[Finding]) -> Vec<Rule> {
    findings.iter().map(|finding| finding.rule).collect()
}

/// The skipped objects with the reasons.
pub(crate) fn skipped(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.skipped.iter().map(|skipped| (&*skipped.object, &*skipped.reason)).collect()
}

/// A text, changes that show exactly this message, and the nearest changes that do not show its rule.
pub(crate) type Shown = (&'static str, &'static [Change], &'static [Change], &'static str);

pub(crate) fn each_is_shown(cases: impl Iterator<Item = Shown>, lines: impl Fn(&str) -> Vec<String>) {
    let mut wrong = Vec::new();
    for (text, shows, does_not, message) in cases {
        let shown = lines(&changed_in(text, shows));
        if shown != [message] {
            wrong.push(format!("{shows:?} shows {shown:#?}, not {message:?}"));
        }
        let others = lines(&changed_in(text, does_not));
        let rule = message.rsplit(" [").next().unwrap_or_default();
        if others.iter().any(|line| line.ends_with(rule)) {
            wrong.push(format!("{does_not:?} shows {others:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SAME: fn(&mut Program) = |_| {};

const UNKNOWN_HANDLERS: fn(&mut Program) = |program| program.handlers = None;

const LAME: fn(&mut Program) = |program| program.lame_duck = secs(3);

const PRE_STOP: &str = "            preStop:\n              sleep:\n                seconds: 5\n";

const NO_PRE_STOP: Change = (PRE_STOP, "            {}\n");

const LIFECYCLE: &str =
    "          lifecycle:\n            preStop:\n              sleep:\n                seconds: 5\n";

const GRANTED: &str = "terminationGracePeriodSeconds: 34";

const LINUX: Change = (GRANTED, "os: { name: linux }\n      terminationGracePeriodSeconds: 34");

const READINESS: &str = "          readinessProbe:\n            httpGet: { path: /ready, port: probes }\n            periodSeconds: \
                         2\n            failureThreshold: 2\n";

const RUST_LOG: &str = "            - name: RUST_LOG\n              value: info\n";

const BUDGET: &str = "kind: PodDisruptionBudget\nmetadata:\n  name: api\n  namespace: shop";

const ENV_FROM: Change = ("          env:\n", "          envFrom: [{ configMapRef: { name: api } }]\n          env:\n");

const CONFIG_MAP: Change = (
    END,
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: api, namespace: shop }\ndata:\n  GRACEFUL_GRACE_PERIOD: 29s\n---\n",
);

/// The place where another object can be added.
pub(crate) const END: &str = "# Skipped: not a kind that has pods.\n";

pub(crate) const TEST_POD: Change = (
    END,
    "apiVersion: v1\nkind: Pod\nmetadata: { name: test, namespace: shop, labels: { app: api, tier: front } }\nspec:\n  \
     containers: [{ name: test, image: test }]\n---\n",
);

const DAEMON_SET: Change = (
    END,
    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: agent, namespace: shop }\nspec:\n  selector: { matchLabels: { \
     app: api } }\n  template:\n    metadata: { labels: { app: api, tier: front } }\n    spec: { containers: [{ name: agent, \
     image: agent }] }\n---\n",
);

/// A ReplicaSet that the Deployment has created.
pub(crate) const MADE: Change = (
    END,
    "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: api-5d9\n  namespace: shop\n  ownerReferences:\n    - { \
     apiVersion: apps/v1, kind: Deployment, name: api, controller: true, uid: u }\nspec:\n  replicas: 3\n  selector: { \
     matchLabels: { app: api } }\n  template:\n    metadata: { labels: { app: api, tier: front } }\n    spec:\n      \
     terminationGracePeriodSeconds: 34\n      containers: [{ name: api, image: api }]\n---\n",
);

/// The ReplicaSet belongs to another controller.
pub(crate) const NOT_BY_IT: Change = ("{ apiVersion: apps/v1, kind", "{ apiVersion: example.com/v1, kind");

pub(crate) const CASES: &[Case] = &[
    Case {
        rule: Rule::GracePeriodTooShort,
        program: SAME,
        // The plan does not fit a shorter grace period, so a shorter one is not proposed.
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 23")],
        does_not: &[],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 23 s but needs 34 s: preStop 5 s + grace period \
                  28 s + 1 s to spare; write `terminationGracePeriodSeconds: 34` [grace-period-too-short]",
    },
    // The plan takes 23 s.
    Case {
        rule: Rule::GracePeriodTooShort,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 28")],
        does_not: &[(GRANTED, "terminationGracePeriodSeconds: 29")],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 28 s but needs 34 s: preStop 5 s + grace period \
                  28 s + 1 s to spare; write `terminationGracePeriodSeconds: 34`, or lower the program's grace period to \
                  22s [grace-period-too-short]",
    },
    Case {
        rule: Rule::ForcedExitTooLate,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 33")],
        does_not: &[],
        message: "api.yaml:20:7: warning: Deployment/api: the pod is granted 33 s, which is enough for the plan, but the \
                  forced exit needs 34 s: preStop 5 s + grace period 28 s + 1 s to spare; write \
                  `terminationGracePeriodSeconds: 34`, or lower the program's grace period to 27s [forced-exit-too-late]",
    },
    Case {
        rule: Rule::ForcedExitTooLate,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 29")],
        does_not: &[(GRANTED, "terminationGracePeriodSeconds: 28")],
        message: "api.yaml:20:7: warning: Deployment/api: the pod is granted 29 s, which is enough for the plan, but the \
                  forced exit needs 34 s: preStop 5 s + grace period 28 s + 1 s to spare; write \
                  `terminationGracePeriodSeconds: 34`, or lower the program's grace period to 23s [forced-exit-too-late]",
    },
    // Nothing is known of the handlers, so the grace period counts.
    Case {
        rule: Rule::GracePeriodTooShort,
        program: UNKNOWN_HANDLERS,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 33")],
        does_not: &[],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 33 s but needs 34 s: preStop 5 s + grace period \
                  28 s + 1 s to spare; write `terminationGracePeriodSeconds: 34`, or lower the program's grace period to \
                  27s [grace-period-too-short]",
    },
    // A plan that does not fit is cut off by the forced exit.
    Case {
        rule: Rule::GracePeriodTooShort,
        program: |program| program.handlers = Some(vec![teardown("flush", 20, 100)]),
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 33")],
        does_not: &[],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 33 s but needs 34 s: preStop 5 s + grace period \
                  28 s + 1 s to spare; write `terminationGracePeriodSeconds: 34` [grace-period-too-short]",
    },
    // The default is 30 s.
    Case {
        rule: Rule::ForcedExitTooLate,
        program: SAME,
        shows: &[("      terminationGracePeriodSeconds: 34\n", "")],
        does_not: &[("      terminationGracePeriodSeconds: 34\n", ""), ("seconds: 5", "seconds: 1")],
        message: "api.yaml:19:5: warning: Deployment/api: the pod is granted 30 s, the default, which is enough for the \
                  plan, but the forced exit needs 34 s: preStop 5 s + grace period 28 s + 1 s to spare; write \
                  `terminationGracePeriodSeconds: 34`, or lower the program's grace period to 24s [forced-exit-too-late]",
    },
    // A variable of the environment counts.
    Case {
        rule: Rule::GracePeriodTooShort,
        program: UNKNOWN_HANDLERS,
        shows: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 28500ms }\n")],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 27s }\n")],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 34 s but needs 34.5 s: preStop 5 s + grace period \
                  28.5 s + 1 s to spare; write `terminationGracePeriodSeconds: 35`, or set `GRACEFUL_GRACE_PERIOD` to `28s` \
                  [grace-period-too-short]",
    },
    // A variable from a ConfigMap counts.
    Case {
        rule: Rule::GracePeriodTooShort,
        program: UNKNOWN_HANDLERS,
        shows: &[ENV_FROM, CONFIG_MAP],
        does_not: &[
            ENV_FROM,
            CONFIG_MAP,
            ("metadata: { name: api, namespace: shop }", "metadata: { name: api, namespace: stage }"),
        ],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 34 s but needs 35 s: preStop 5 s + grace period \
                  29 s + 1 s to spare; write `terminationGracePeriodSeconds: 35`, or set `GRACEFUL_GRACE_PERIOD` to `28s` \
                  [grace-period-too-short]",
    },
    // A `sleep` program takes its time.
    Case {
        rule: Rule::GracePeriodTooShort,
        program: UNKNOWN_HANDLERS,
        shows: &[(PRE_STOP, "            preStop: { exec: { command: [sh, -c, sleep 6] } }\n")],
        does_not: &[(PRE_STOP, "            preStop: { exec: { command: [sh, -c, sleep 5] } }\n")],
        message: "api.yaml:20:7: error: Deployment/api: the pod is granted 34 s but needs 35 s: preStop 6 s + grace period \
                  28 s + 1 s to spare; write `terminationGracePeriodSeconds: 35`, or lower the program's grace period to \
                  27s [grace-period-too-short]",
    },
    Case {
        rule: Rule::ZeroGracePeriod,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 0")],
        does_not: &[(GRANTED, "terminationGracePeriodSeconds: 1")],
        message: "api.yaml:20:7: error: Deployment/api: `terminationGracePeriodSeconds` is 0: Kubernetes kills the \
                  program at once and skips preStop; write `terminationGracePeriodSeconds: 34` [zero-grace-period]",
    },
    Case {
        rule: Rule::PlanTooLong,
        program: |program| program.handlers = Some(vec![teardown("flush", 20, 10), teardown("close", 10, 5)]),
        shows: &[],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_DRAIN_TIMEOUT, value: 13s }\n")],
        message: "api.yaml:22:11: error: Deployment/api: the program's plan takes 29 s in the worst case (drain 14 s + \
                  teardown 15 s), 1 s more than its grace period of 28 s; raise the program's grace period to 29s and \
                  `terminationGracePeriodSeconds` to at least 35, or lower the timeouts [plan-too-long]",
    },
    Case {
        rule: Rule::PlanTooLong,
        program: |program| {
            let flush = Handler { phase: HandlerPhase::Flush, ..teardown("flush", 0, 10) };
            program.handlers = Some(vec![teardown("close", 10, 5), flush]);
        },
        shows: &[],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_DRAIN_TIMEOUT, value: 13s }\n")],
        message: "api.yaml:22:11: error: Deployment/api: the program's plan takes 29 s in the worst case (drain 14 s + \
                  teardown 5 s + flush 10 s), 1 s more than its grace period of 28 s; raise the program's grace period to 29s \
                  and `terminationGracePeriodSeconds` to at least 35, or lower the timeouts [plan-too-long]",
    },
    Case {
        rule: Rule::PlanTooLong,
        program: SAME,
        shows: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 17s }\n")],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 18s }\n")],
        message: "api.yaml:27:46: error: Deployment/api: the program's plan takes 17.5 s in the worst case (drain 8.5 s + \
                  teardown 9 s), 500 ms more than its grace period of 17 s; set `GRACEFUL_GRACE_PERIOD` to `17s 500ms` and \
                  `terminationGracePeriodSeconds` to at least 24, or lower the drain timeout [plan-too-long]",
    },
    Case {
        rule: Rule::ConfigurationRefused,
        program: |program| program.drain_timeout = Some(secs(15)),
        shows: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 15s }\n")],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 16s }\n")],
        message: "api.yaml:27:46: error: Deployment/api: the lame duck of 0 s and the drain timeout of 15 s leave \
                  nothing of the grace period of 15 s for the shutdown handlers, so the program does not start; make \
                  their sum less than 15s [configuration-refused]",
    },
    Case {
        rule: Rule::BadEnvironment,
        program: SAME,
        shows: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: \"28\" }\n")],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 28s }\n")],
        message: "api.yaml:27:46: error: Deployment/api: `GRACEFUL_GRACE_PERIOD` is `28`: it lacks a unit, so the program does \
                  not start; write `24s` [bad-environment]",
    },
    // An empty value counts as unset.
    Case {
        rule: Rule::BadEnvironment,
        program: SAME,
        shows: &[(RUST_LOG, "            - { name: GRACEFUL_PROBES, value: \"8081\" }\n")],
        does_not: &[(
            RUST_LOG,
            "            - name: GRACEFUL_PROBES\n            - { name: GRACEFUL_REPORT, value: \" \" }\n",
        )],
        message: "api.yaml:27:40: error: Deployment/api: `GRACEFUL_PROBES` is `8081`: it is neither an address with a port \
                  nor `off`, so the program does not start; write `0.0.0.0:8081` [bad-environment]",
    },
    Case {
        rule: Rule::UnknownVariable,
        program: SAME,
        shows: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PEROID, value: 27s }\n")],
        does_not: &[(RUST_LOG, "            - { name: GRACEFUL_GRACE_PERIOD, value: 27s }\n")],
        message: "api.yaml:27:15: warning: Deployment/api: `GRACEFUL_GRACE_PEROID` has no effect, because graceful has no \
                  such variable; did you mean `GRACEFUL_GRACE_PERIOD`? [unknown-variable]",
    },
    Case {
        rule: Rule::UnknownVariable,
        program: SAME,
        shows: &[ENV_FROM, CONFIG_MAP, ("GRACEFUL_GRACE_PERIOD: 29s", "GRACEFUL_LAMEDUCK: 1s")],
        does_not: &[ENV_FROM, CONFIG_MAP, ("GRACEFUL_GRACE_PERIOD: 29s", "LAMEDUCK: 1s")],
        message: "api.yaml:77:3: warning: Deployment/api: `GRACEFUL_LAMEDUCK` has no effect, because graceful has no such \
                  variable; did you mean `GRACEFUL_LAME_DUCK`? [unknown-variable]",
    },
    Case {
        rule: Rule::BadEnvironment,
        program: SAME,
        shows: &[ENV_FROM, CONFIG_MAP, ("29s", "\"29\"")],
        does_not: &[ENV_FROM, CONFIG_MAP, ("29s", "\"29 s\"")],
        message: "api.yaml:77:3: error: Deployment/api: `GRACEFUL_GRACE_PERIOD` is `29`: it lacks a unit, so the program does not \
                  start; write `24s` [bad-environment]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: \"34\"")],
        does_not: &[],
        message: "api.yaml:20:7: error: Deployment/api: `terminationGracePeriodSeconds` is `34`, which Kubernetes refuses; \
                  write a whole number without quotes [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("replicas: 3", "replicas: \"3\"")],
        does_not: &[("replicas: 3", "replicas: 0x3")],
        message: "api.yaml:8:3: error: Deployment/api: `replicas` is `3`, which Kubernetes refuses; write a whole number, not \
                  negative, without quotes [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("maxSurge: 1", "maxSurge: \"0\"")],
        does_not: &[("maxSurge: 1", "maxSurge: \"0%\"")],
        message: "api.yaml:14:7: error: Deployment/api: `maxSurge` is `0`, which Kubernetes refuses; write a number of pods such \
                  as `1`, or a share such as `50%` [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("minAvailable: 2", "minAvailable: \"2\"")],
        does_not: &[("minAvailable: 2", "minAvailable: \"20%\"")],
        message: "api.yaml:65:3: error: PodDisruptionBudget/api: `minAvailable` is `2`, which Kubernetes refuses; write a \
                  number of pods such as `1`, or a share such as `50%` [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("minAvailable: 2", "minAvailable: 3\n  maxUnavailable: 1")],
        does_not: &[("minAvailable: 2", "minAvailable: null\n  maxUnavailable: 1")],
        message: "api.yaml:66:3: error: PodDisruptionBudget/api: `minAvailable` and `maxUnavailable` are both set, \
                  which Kubernetes refuses; remove one of them [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[(PRE_STOP, "            preStop: { sleep: { seconds: 5 }, exec: { command: [/app/leave] } }\n")],
        does_not: &[(
            PRE_STOP,
            "            preStop: { sleep: { seconds: 5 } }\n            postStart: { exec: { command: [/app/come] } }\n",
        )],
        message: "api.yaml:45:24: error: Deployment/api: `exec` and `sleep` are both set, which Kubernetes refuses; \
                  remove one of them [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[(PRE_STOP, "            preStop: { exec: { command: [sleep, 5] } }\n")],
        does_not: &[(PRE_STOP, "            preStop: { exec: { command: [sleep, 5s] } }\n")],
        message: "api.yaml:45:49: error: Deployment/api: `command` is `5`, which Kubernetes refuses; write a text, in quotes \
                  [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("args: [--port, \"8080\"]", "args: [--port, 8080]")],
        does_not: &[("args: [--port, \"8080\"]", "args: [--port, 0.0.0.0:8080, '{{ it }}']")],
        message: "api.yaml:25:26: error: Deployment/api: `args` is `8080`, which Kubernetes refuses; write a text, in quotes \
                  [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("command: [/app/api]", "command: /app/api")],
        does_not: &[("command: [/app/api]", "command: []")],
        message: "api.yaml:24:11: error: Deployment/api: `command` is `/app/api`, which Kubernetes refuses; write a list of \
                  texts [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("path: /livez, port: 8081", "path: /livez, port: 65536")],
        does_not: &[("path: /livez, port: 8081", "path: /livez, port: 65535")],
        message: "api.yaml:43:38: error: Deployment/api: `port` is `65536`, which Kubernetes refuses; write a port from 1 to \
                  65535 [invalid-value]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("containerPort: 8080", "containerPort: 0")],
        does_not: &[("containerPort: 8080", "containerPort: 1\n              hostPort: 0")],
        message: "api.yaml:31:15: error: Deployment/api: `containerPort` is `0`, which Kubernetes refuses; write a port from 1 to \
                  65535 [invalid-value]",
    },
    // An invalid `hostPort` must not hide the other finding.
    Case {
        rule: Rule::InvalidValue,
        program: LAME,
        shows: &[("containerPort: 8080", "containerPort: 8080\n              hostPort: \"80\"")],
        does_not: &[("containerPort: 8080", "containerPort: 8080\n              hostPort: 80")],
        message: "api.yaml:32:15: error: Deployment/api: `hostPort` is `80`, which Kubernetes refuses; write a whole number, not \
                  negative, without quotes [invalid-value]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[("path: /livez, port: 8081", "path: /live, port: 8081")],
        does_not: &[("path: /livez, port: 8081", "path: /live, port: 8080")],
        message: "api.yaml:43:24: error: Deployment/api: the `livenessProbe` requests `/live`, which the program does \
                  not serve on port 8081; write `path: /livez`, or one of the other paths that it serves: `/health`, \
                  `/ready`, `/readyz` and `/healthz` [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[("path: /livez, port: 8081", "path: /healthy, port: 8081")],
        does_not: &[("path: /livez, port: 8081", "path: /healthz, port: 8081")],
        message: "api.yaml:43:24: error: Deployment/api: the `livenessProbe` requests `/healthy`, which the program does \
                  not serve on port 8081; write `path: /livez`, or one of the other paths that it serves: `/health`, \
                  `/ready`, `/readyz` and `/healthz` [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[("path: /ready, port: probes", "path: /ready, port: health")],
        does_not: &[("path: /ready, port: probes", "path: readyz?verbose, port: http")],
        message: "api.yaml:39:38: error: Deployment/api: the `readinessProbe` uses the port `health`, which the \
                  container does not define; write `port: 8081`, or give that port this name in `ports` \
                  [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[
            (RUST_LOG, "            - { name: GRACEFUL_PROBES, value: \"0.0.0.0:9000\" }\n"),
            ("port: 8081 }", "port: 9000 }"),
        ],
        does_not: &[
            (RUST_LOG, "            - { name: GRACEFUL_PROBES, value: \"0.0.0.0:9000\" }\n"),
            ("containerPort: 8081", "containerPort: 9000"),
            ("port: 8081 }", "port: probes }"),
        ],
        message: "api.yaml:34:38: error: Deployment/api: the `startupProbe` uses port 8081, but `GRACEFUL_PROBES` \
                  moves the probes to 0.0.0.0:9000; write `port: 9000` [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: |program| program.probes = Some(SocketAddr::from(([127, 0, 0, 1], 8081))),
        shows: &[],
        does_not: &[(
            "      terminationGracePeriodSeconds",
            "      hostNetwork: true\n      terminationGracePeriodSeconds",
        )],
        message: "api.yaml:35:38: error: Deployment/api: the `startupProbe` uses port 8081, which the program serves \
                  only on 127.0.0.1: the kubelet connects from outside the pod; set the key `probes` or \
                  `GRACEFUL_PROBES` to `0.0.0.0:8081` [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[("httpGet: { path: /livez, port: 8081 }", "grpc: { port: 8081 }")],
        does_not: &[("httpGet: { path: /livez, port: 8081 }", "grpc: { port: 8080 }")],
        message: "api.yaml:43:21: error: Deployment/api: the `livenessProbe` uses gRPC on port 8081, where the program \
                  serves probes over HTTP; write `httpGet: { path: /livez, port: 8081 }` [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[("port: 8081 }", "port: 8081, scheme: HTTPS }")],
        does_not: &[("port: 8081 }", "port: 8081, scheme: HTTP }")],
        message: "api.yaml:43:38: error: Deployment/api: the `livenessProbe` uses HTTPS on port 8081, where the \
                  program serves plain HTTP; remove `scheme` [probe-not-served]",
    },
    // A TCP probe needs a listener.
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[("httpGet: { path: /livez, port: 8081 }", "tcpSocket: { port: web }")],
        does_not: &[("httpGet: { path: /livez, port: 8081 }", "tcpSocket: { port: probes }")],
        message: "api.yaml:43:26: error: Deployment/api: the `livenessProbe` uses the port `web`, which the container \
                  does not define; write `port: 8081`, or give that port this name in `ports` [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: SAME,
        shows: &[
            (RUST_LOG, "            - { name: GRACEFUL_PROBES, value: \"off\" }\n"),
            ("path: /livez, port: probes", "path: /livez, port: 8080"),
            ("path: /ready, port: probes", "path: /ready, port: 8080"),
            ("httpGet: { path: /livez, port: 8081 }", "tcpSocket: { port: 8081 }"),
        ],
        does_not: &[
            (RUST_LOG, "            - { name: GRACEFUL_PROBES, value: \"off\" }\n"),
            ("path: /livez, port: probes", "path: /livez, port: 8080"),
            ("path: /ready, port: probes", "path: /ready, port: 8080"),
            ("httpGet: { path: /livez, port: 8081 }", "tcpSocket: { port: 8080 }"),
        ],
        message: "api.yaml:42:26: error: Deployment/api: the `livenessProbe` uses port 8081, but `GRACEFUL_PROBES` \
                  turns the probes off; remove the variable [probe-not-served]",
    },
    Case {
        rule: Rule::ProbeNotServed,
        program: |program| program.probes = Some(SocketAddr::from(([127, 0, 0, 1], 8081))),
        shows: &[
            ("path: /livez, port: probes", "path: /livez, port: 8080"),
            ("path: /ready, port: probes", "path: /ready, port: 8080"),
            ("httpGet: { path: /livez, port: 8081 }", "tcpSocket: { port: 8081 }"),
        ],
        does_not: &[
            ("path: /livez, port: probes", "path: /livez, port: 8080"),
            ("path: /ready, port: probes", "path: /ready, port: 8080"),
            ("httpGet: { path: /livez, port: 8081 }", "tcpSocket: { port: 8081, host: 10.0.0.1 }"),
        ],
        message: "api.yaml:43:26: error: Deployment/api: the `livenessProbe` uses port 8081, which the program serves \
                  only on 127.0.0.1: the kubelet connects from outside the pod; set the key `probes` or \
                  `GRACEFUL_PROBES` to `0.0.0.0:8081` [probe-not-served]",
    },
    Case {
        rule: Rule::StopSignalNotHandled,
        program: SAME,
        shows: &[
            LINUX,
            (LIFECYCLE, "          lifecycle: { stopSignal: SIGQUIT, preStop: { sleep: { seconds: 5 } } }\n"),
        ],
        does_not: &[
            LINUX,
            (LIFECYCLE, "          lifecycle: { stopSignal: SIGINT, preStop: { sleep: { seconds: 5 } } }\n"),
        ],
        message: "api.yaml:45:24: error: Deployment/api: Kubernetes stops the pod with `SIGQUIT`, but the program \
                  handles only `SIGTERM` and `SIGINT`; remove `stopSignal`: the default is SIGTERM \
                  [stop-signal-not-handled]",
    },
    Case {
        rule: Rule::StopSignalNotHandled,
        program: |program| program.signals = vec!["SIGUSR1".to_owned()],
        shows: &[],
        does_not: &[
            LINUX,
            (LIFECYCLE, "          lifecycle: { stopSignal: SIGUSR1, preStop: { sleep: { seconds: 5 } } }\n"),
        ],
        message: "api.yaml:22:11: error: Deployment/api: Kubernetes stops the pod with `SIGTERM`, but the program \
                  handles only `SIGUSR1`; add `SIGTERM` to the key `signals`, or write `stopSignal: SIGUSR1`, and `os: \
                  { name: linux }` in the pod's `spec` [stop-signal-not-handled]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[(LIFECYCLE, "          lifecycle: { stopSignal: SIGTERM, preStop: { sleep: { seconds: 5 } } }\n")],
        does_not: &[
            LINUX,
            (LIFECYCLE, "          lifecycle: { stopSignal: SIGTERM, preStop: { sleep: { seconds: 5 } } }\n"),
        ],
        message: "api.yaml:44:24: error: Deployment/api: `stopSignal` is set and `os.name` is not, which Kubernetes \
                  refuses; write `os: { name: linux }` in the pod's `spec` [invalid-value]",
    },
    Case {
        rule: Rule::NoPreStopOrLameDuck,
        program: SAME,
        shows: &[NO_PRE_STOP],
        does_not: &[
            NO_PRE_STOP,
            ("            - name: http\n              containerPort: 8080\n", ""),
            ("  selector: { app: api }", "  selector: { app: other }"),
        ],
        message: "api.yaml:22:11: warning: Deployment/api: the pod has no preStop and the program no lame duck: \
                  connections that arrive while the listener closes are refused; write `lifecycle: { preStop: { sleep: \
                  { seconds: 5 } } }` and 5 s more `terminationGracePeriodSeconds`, or set the key `lame_duck = \
                  \"5s\"` [no-pre-stop-or-lame-duck]",
    },
    // No port is listed, but the readiness probe uses one.
    Case {
        rule: Rule::NoPreStopOrLameDuck,
        program: SAME,
        shows: &[
            NO_PRE_STOP,
            ("            - name: http\n              containerPort: 8080\n", ""),
            ("  selector: { app: api }", "  selector: { app: other }"),
            ("httpGet: { path: /ready, port: probes }", "tcpSocket: { port: 8080 }"),
        ],
        does_not: &[
            NO_PRE_STOP,
            ("            - name: http\n              containerPort: 8080\n", ""),
            ("  selector: { app: api }", "  selector: { app: other }"),
            ("httpGet: { path: /ready, port: probes }", "tcpSocket: { port: 8081 }"),
        ],
        message: "api.yaml:22:11: warning: Deployment/api: the pod has no preStop and the program no lame duck: \
                  connections that arrive while the listener closes are refused; write `lifecycle: { preStop: { sleep: \
                  { seconds: 5 } } }` and 5 s more `terminationGracePeriodSeconds`, or set the key `lame_duck = \
                  \"5s\"` [no-pre-stop-or-lame-duck]",
    },
    Case {
        rule: Rule::PreStopAndLameDuck,
        program: LAME,
        shows: &[],
        does_not: &[NO_PRE_STOP],
        message: "api.yaml:45:13: warning: Deployment/api: preStop waits 5 s, and the lame duck lasts another 3 s: for \
                  8 s the pod only waits for traffic to stop; remove one of them [pre-stop-and-lame-duck]",
    },
    // The interval of the kubelet's probe does not matter: the pod is not ready as soon as it terminates.
    Case {
        rule: Rule::BalancerIntervalUnknown,
        program: LAME,
        shows: &[
            NO_PRE_STOP,
            (
                "  selector: { app: api }",
                "  type: LoadBalancer\n  externalTrafficPolicy: Local\n  selector: { app: api }",
            ),
        ],
        does_not: &[
            NO_PRE_STOP,
            (
                "  selector: { app: api }",
                "  type: LoadBalancer\n  externalTrafficPolicy: Cluster\n  selector: { app: api }",
            ),
            ("containerPort: 8080", "containerPort: 8080\n              hostPort: 80"),
            ("periodSeconds: 2\n            failureThreshold: 2", "periodSeconds: 14\n            failureThreshold: 2"),
        ],
        message: "api.yaml:22:11: note: Deployment/api: the Service `api` has `externalTrafficPolicy: Local`: its load balancer \
                  learns that the pod ends by its own checks, whose interval is not in the files, and sends traffic until \
                  then; compare them with the 3 s for which the pod keeps serving [balancer-interval-unknown]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[("periodSeconds: 2\n", "periodSeconds: 2s\n")],
        does_not: &[("periodSeconds: 2\n", "periodSeconds: 20\n")],
        message: "api.yaml:40:13: error: Deployment/api: `periodSeconds` is `2s`, which Kubernetes refuses; write a whole number, \
                  not negative, without quotes [invalid-value]",
    },
    Case {
        rule: Rule::ExecSleep,
        program: SAME,
        shows: &[(PRE_STOP, "            preStop: { exec: { command: [/bin/sleep, \"5\"] } }\n")],
        does_not: &[(PRE_STOP, "            preStop: { exec: { command: [/app/leave, \"5\"] } }\n")],
        message: "api.yaml:45:13: warning: Deployment/api: preStop runs the program `sleep`: if the image lacks it, \
                  preStop fails and the signal follows at once; write `sleep: { seconds: 5 }` instead of `exec`: then \
                  the kubelet waits (Kubernetes 1.30 or later) [exec-sleep]",
    },
    Case {
        rule: Rule::PreStopUnknown,
        program: SAME,
        shows: &[(PRE_STOP, "            preStop: { exec: { command: [sh, -c, sleep 2; nginx -s quit] } }\n")],
        does_not: &[(PRE_STOP, "            preStop: { exec: { command: [sh, -c, sleep 2; sleep 3] } }\n")],
        message: "api.yaml:45:13: warning: Deployment/api: preStop takes an unknown time (at least 2 s) from \
                  `terminationGracePeriodSeconds`; write a `sleep` action, or the longest time as an annotation: \
                  `graceful/pre-stop: \"20s\"` [pre-stop-unknown]",
    },
    Case {
        rule: Rule::PreStopUnknown,
        program: SAME,
        shows: &[(PRE_STOP, "            preStop: { exec: { command: [sh, /app/leave] } }\n")],
        does_not: &[(PRE_STOP, "            preStop: { exec: { command: [sh, -e, -c, \"sleep '5' # s\", leave] } }\n")],
        message: "api.yaml:45:13: warning: Deployment/api: preStop takes an unknown time from \
                  `terminationGracePeriodSeconds`; write a `sleep` action, or the longest time as an annotation: \
                  `graceful/pre-stop: \"20s\"` [pre-stop-unknown]",
    },
    Case {
        rule: Rule::EnvironmentUnknown,
        program: SAME,
        shows: &[(
            RUST_LOG,
            "            - { name: GRACEFUL_GRACE_PERIOD, valueFrom: { configMapKeyRef: { name: api, key: grace } } }\n",
        )],
        does_not: &[(
            RUST_LOG,
            "            - { name: GRACE, valueFrom: { configMapKeyRef: { name: api, key: grace } } }\n",
        )],
        message: "api.yaml:27:15: warning: Deployment/api: the value of `GRACEFUL_GRACE_PERIOD` cannot be read from \
                  the files, so the check uses the program's own value; write it as a plain `value` \
                  [environment-unknown]",
    },
    Case {
        rule: Rule::Sidecar,
        program: SAME,
        shows: &[(
            "      containers:\n        - name: api",
            "      containers:\n        - { name: main, image: main }\n      initContainers:\n        - restartPolicy: Always\n          name: api",
        )],
        does_not: &[(
            "      containers:\n        - name: api",
            "      initContainers:\n        - { name: migrate, image: migrate }\n      containers:\n        - name: api",
        )],
        message: "api.yaml:24:11: warning: Deployment/api: the program is a sidecar: it is stopped after the other containers, \
                  which may take 30 s of the 34 s that the pod is granted, and it needs 34 s; write \
                  `terminationGracePeriodSeconds: 64` [sidecar]",
    },
    // A preStop of another container is longer than the default of a pod.
    Case {
        rule: Rule::Sidecar,
        program: SAME,
        shows: &[
            (
                "      containers:\n        - name: api",
                "      containers:\n        - { name: main, image: main, lifecycle: { preStop: { sleep: { seconds: 40 } } } }\n      initContainers:\n        - restartPolicy: Always\n          name: api",
            ),
            (GRANTED, "terminationGracePeriodSeconds: 73"),
        ],
        does_not: &[
            (
                "      containers:\n        - name: api",
                "      containers:\n        - { name: main, image: main, lifecycle: { preStop: { sleep: { seconds: 40 } } } }\n      initContainers:\n        - restartPolicy: Always\n          name: api",
            ),
            (GRANTED, "terminationGracePeriodSeconds: 74"),
        ],
        message: "api.yaml:24:11: warning: Deployment/api: the program is a sidecar: it is stopped after the other containers, \
                  which may take 40 s of the 1 min 13 s that the pod is granted, and it needs 34 s; write \
                  `terminationGracePeriodSeconds: 74` [sidecar]",
    },
    Case {
        rule: Rule::LivenessOnReady,
        program: SAME,
        shows: &[("path: /livez, port: 8081", "path: /ready, port: 8081")],
        does_not: &[("path: /livez, port: 8081", "path: /health, port: 8080")],
        message: "api.yaml:43:24: warning: Deployment/api: the `livenessProbe` requests `/ready`, which fails while \
                  the program starts or a component is unhealthy: Kubernetes then restarts the program; write `path: \
                  /livez` [liveness-on-ready]",
    },
    Case {
        rule: Rule::ProbeGracePeriodTooShort,
        program: SAME,
        shows: &[(
            "          livenessProbe:\n",
            "          livenessProbe:\n            terminationGracePeriodSeconds: 33\n",
        )],
        does_not: &[(
            "          livenessProbe:\n",
            "          livenessProbe:\n            terminationGracePeriodSeconds: 34\n",
        )],
        message: "api.yaml:43:13: warning: Deployment/api: if the `livenessProbe` fails, the program is granted 33 s \
                  but needs 34 s: preStop 5 s + grace period 28 s + 1 s to spare; write \
                  `terminationGracePeriodSeconds: 34` there, or remove the field from the probe \
                  [probe-grace-period-too-short]",
    },
    Case {
        rule: Rule::NoPodDuringUpdate,
        program: SAME,
        shows: &[
            ("replicas: 3", "replicas: 1"),
            ("maxSurge: 1", "maxSurge: 0"),
            ("maxUnavailable: 0", "maxUnavailable: 1"),
        ],
        does_not: &[("replicas: 3", "replicas: 1"), ("maxSurge: 1", "maxSurge: 1%")],
        message: "api.yaml:14:7: warning: Deployment/api: there is 1 replica and `maxSurge` is 0: an update ends the \
                  old pod before it starts the new one, so no pod serves in between; write `rollingUpdate: { maxSurge: \
                  1, maxUnavailable: 0 }` [no-pod-during-update]",
    },
    Case {
        rule: Rule::NoPodDuringUpdate,
        program: SAME,
        shows: &[
            ("  replicas: 3\n", ""),
            (
                "    type: RollingUpdate\n    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0\n",
                "    type: Recreate\n",
            ),
        ],
        // A new pod would wait for the disk of the old one.
        does_not: &[
            ("  replicas: 3\n", ""),
            (
                "    type: RollingUpdate\n    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0\n",
                "    type: Recreate\n",
            ),
            (
                GRANTED,
                "volumes: [{ name: d, persistentVolumeClaim: { claimName: d } }]\n      terminationGracePeriodSeconds: 34",
            ),
        ],
        message: "api.yaml:11:5: warning: Deployment/api: there is 1 replica and the strategy is `Recreate`: an update \
                  ends the old pod before it starts the new one, so no pod serves in between; write `strategy: { \
                  rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }`, without `type: Recreate` \
                  [no-pod-during-update]",
    },
    Case {
        rule: Rule::NoPodDuringUpdate,
        program: SAME,
        shows: &[(
            "    type: RollingUpdate\n    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0\n",
            "    type: Recreate\n",
        )],
        // Nothing scales it up.
        does_not: &[
            ("replicas: 3", "replicas: 0"),
            (
                "    type: RollingUpdate\n    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0\n",
                "    type: Recreate\n",
            ),
        ],
        message: "api.yaml:12:5: warning: Deployment/api: there are 3 replicas and the strategy is `Recreate`: an update ends all \
                  old pods before it starts the new ones, so no pod serves in between; write `strategy: { rollingUpdate: { \
                  maxSurge: 1, maxUnavailable: 0 } }`, without `type: Recreate` [no-pod-during-update]",
    },
    Case {
        rule: Rule::NoPodDuringUpdate,
        program: SAME,
        shows: &[("maxUnavailable: 0", "maxUnavailable: 100%")],
        does_not: &[("maxUnavailable: 0", "maxUnavailable: 99%")],
        message: "api.yaml:15:7: warning: Deployment/api: there are 3 replicas and `maxUnavailable` is 100%: an update may end all \
                  old pods before the new ones can serve, so no pod serves in between; write `rollingUpdate: { maxSurge: 1, \
                  maxUnavailable: 0 }` [no-pod-during-update]",
    },
    // A port of the node is taken until the old pod ends.
    Case {
        rule: Rule::NoPodDuringUpdate,
        program: SAME,
        shows: &[("replicas: 3", "replicas: 1"), ("maxUnavailable: 0", "maxUnavailable: 1")],
        does_not: &[
            ("replicas: 3", "replicas: 1"),
            ("maxUnavailable: 0", "maxUnavailable: 1"),
            ("containerPort: 8080", "containerPort: 8080\n              hostPort: 80"),
        ],
        message: "api.yaml:15:7: warning: Deployment/api: there is 1 replica and `maxUnavailable` is 1: an update may end the old \
                  pod before the new one can serve, so no pod serves in between; write `rollingUpdate: { maxSurge: 1, \
                  maxUnavailable: 0 }` [no-pod-during-update]",
    },
    Case {
        rule: Rule::ProbesNotAsked,
        program: SAME,
        shows: &[(READINESS, "")],
        does_not: &[
            (READINESS, ""),
            ("            - name: http\n              containerPort: 8080\n", ""),
            ("  selector: { app: api }", "  selector: { app: other }"),
        ],
        message: "api.yaml:22:11: warning: Deployment/api: there is no `readinessProbe`, and the program answers one on port 8081: \
                  traffic arrives before the program is ready; write `readinessProbe: { httpGet: { path: /ready, port: 8081 } \
                  }` [probes-not-asked]",
    },
    // The program itself may answer at another port.
    Case {
        rule: Rule::ProbesNotAsked,
        program: SAME,
        shows: &[("path: /ready, port: probes", "path: /, port: http")],
        does_not: &[("path: /ready, port: probes", "path: /readyz, port: http")],
        message: "api.yaml:38:11: warning: Deployment/api: the `readinessProbe` does not ask port 8081, where the program answers: \
                  traffic arrives before the program is ready; write `readinessProbe: { httpGet: { path: /ready, port: 8081 } \
                  }` [probes-not-asked]",
    },
    Case {
        rule: Rule::ProxyEndsFirst,
        program: SAME,
        shows: &[(
            "      containers:\n",
            "      containers:\n        - { name: proxy, image: \"istio/proxyv2:1.24\" }\n",
        )],
        does_not: &[(
            "      containers:\n",
            "      initContainers:\n        - { name: istio-proxy, image: proxy, restartPolicy: Always }\n      containers:\n",
        )],
        message: "api.yaml:22:11: warning: Deployment/api: the proxy `proxy` gets its stop signal together with the program and may \
                  end first, while the program still drains and its handlers still use the network; make it a sidecar, which \
                  ends after the program: an init container with `restartPolicy: Always` [proxy-ends-first]",
    },
    Case {
        rule: Rule::InvalidValue,
        program: SAME,
        shows: &[(GRANTED, "restartPolicy: OnFailure\n      terminationGracePeriodSeconds: 34")],
        does_not: &[(GRANTED, "restartPolicy: Always\n      terminationGracePeriodSeconds: 34")],
        message: "api.yaml:20:7: error: Deployment/api: `restartPolicy` is `OnFailure`, which Kubernetes refuses for a Deployment; \
                  write `Always` [invalid-value]",
    },
    Case {
        rule: Rule::NoPodDisruptionBudget,
        program: SAME,
        shows: &[("values: [front, back]", "values: [back]")],
        does_not: &[("values: [front, back]", "values: [back]"), ("replicas: 3", "replicas: 1")],
        message: "api.yaml:2:1: warning: Deployment/api: there are 3 replicas and no PodDisruptionBudget for them in \
                  the files: a drain of nodes may evict all of them at once; add a PodDisruptionBudget with \
                  `maxUnavailable: 1` that selects them [no-pod-disruption-budget]",
    },
    // The budget is in another namespace.
    Case {
        rule: Rule::NoPodDisruptionBudget,
        program: SAME,
        shows: &[(BUDGET, "kind: PodDisruptionBudget\nmetadata:\n  name: api\n  namespace: stage")],
        does_not: &[(BUDGET, "kind: PodDisruptionBudget\nmetadata:\n  name: api")],
        message: "api.yaml:2:1: warning: Deployment/api: there are 3 replicas and no PodDisruptionBudget for them in \
                  the files: a drain of nodes may evict all of them at once; add a PodDisruptionBudget with \
                  `maxUnavailable: 1` that selects them [no-pod-disruption-budget]",
    },
    Case {
        rule: Rule::PodDisruptionBudgetNeverMet,
        program: SAME,
        shows: &[("minAvailable: 2", "minAvailable: 4")],
        does_not: &[("minAvailable: 2", "minAvailable: 3")],
        message: "api.yaml:65:3: warning: PodDisruptionBudget/api: `minAvailable` is 4 of 3 replicas: this can never \
                  be met, so no pod can be evicted; write `minAvailable: 2`, or `maxUnavailable: 1` \
                  [pod-disruption-budget-never-met]",
    },
    Case {
        rule: Rule::PodDisruptionBudgetBlocks,
        program: SAME,
        shows: &[("minAvailable: 2", "minAvailable: 67%")],
        does_not: &[("minAvailable: 2", "minAvailable: 66%")],
        message: "api.yaml:65:3: warning: PodDisruptionBudget/api: `minAvailable` is 67%, that is 3, of 3 replicas: no \
                  pod can be evicted, so a node with one of them cannot be drained; write `minAvailable: 2`, or \
                  `maxUnavailable: 1` [pod-disruption-budget-blocks]",
    },
    Case {
        rule: Rule::PodDisruptionBudgetBlocks,
        program: SAME,
        shows: &[("minAvailable: 2", "maxUnavailable: 0%")],
        does_not: &[("minAvailable: 2", "maxUnavailable: 1%")],
        message: "api.yaml:65:3: warning: PodDisruptionBudget/api: `maxUnavailable` is 0: no pod can be evicted, so a \
                  node with one of them cannot be drained; write `maxUnavailable: 1` [pod-disruption-budget-blocks]",
    },
    // A pod that runs once does not count.
    Case {
        rule: Rule::PodDisruptionBudgetBlocks,
        program: SAME,
        shows: &[("minAvailable: 2", "minAvailable: 3"), TEST_POD],
        does_not: &[("minAvailable: 2", "minAvailable: 3"), DAEMON_SET],
        message: "api.yaml:65:3: warning: PodDisruptionBudget/api: `minAvailable` is 3 of 3 replicas: no pod can be \
                  evicted, so a node with one of them cannot be drained; write `minAvailable: 2`, or `maxUnavailable: \
                  1` [pod-disruption-budget-blocks]",
    },
    // The ReplicaSet's pods are the Deployment's.
    Case {
        rule: Rule::PodDisruptionBudgetNeverMet,
        program: SAME,
        shows: &[("minAvailable: 2", "minAvailable: 5"), MADE],
        does_not: &[("minAvailable: 2", "minAvailable: 5"), MADE, NOT_BY_IT],
        message: "api.yaml:65:3: warning: PodDisruptionBudget/api: `minAvailable` is 5 of 3 replicas: this can never \
                  be met, so no pod can be evicted; write `minAvailable: 2`, or `maxUnavailable: 1` \
                  [pod-disruption-budget-never-met]",
    },
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]", "command: [/bin/sh, -c, migrate && /app/api]")],
        does_not: &[("command: [/app/api]", "command: [/bin/sh, -c, migrate && exec /app/api]")],
        message: "api.yaml:24:11: warning: Deployment/api: process 1 is the shell `/bin/sh`, which gets the signal and does not \
                  pass it on; write the program itself as `command`, or `exec` before it in the script [shell-as-process-1]",
    },
    // A wrapper starts the shell, which has options.
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]", "command: [/usr/bin/env, bash, -euo, pipefail, -c, \"migrate; /app/api\"]")],
        does_not: &[(
            "command: [/app/api]",
            "command: [/usr/bin/env, bash, -euo, pipefail, -c, \"migrate; exec /app/api\"]",
        )],
        message: "api.yaml:24:11: warning: Deployment/api: process 1 is the shell `bash`, which gets the signal and does not \
                  pass it on; write the program itself as `command`, or `exec` before it in the script [shell-as-process-1]",
    },
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]", "command: [/sbin/tini, -g, --, sh, -c, \"migrate; /app/api\"]")],
        does_not: &[("command: [/app/api]", "command: [/sbin/tini, -g, --, /app/api, -c]")],
        message: "api.yaml:24:11: warning: Deployment/api: `/sbin/tini` runs the shell `sh`, which gets the signal with the \
                  program and ends at once, and the container with it; write `exec` before the program in the script, or \
                  `trap : TERM` at its beginning, so that the shell waits [shell-as-process-1]",
    },
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]\n          args: [--port, \"8080\"]", "args: [sh, -c, /app/api | tee /log]")],
        does_not: &[("command: [/app/api]\n          args: [--port, \"8080\"]", "args: [serve, sh, -c]")],
        message: "api.yaml:24:11: warning: Deployment/api: `args` run the shell `sh`, which gets the signal and does not pass \
                  it on; write the program itself as `command`, or `exec` before it in the script [shell-as-process-1]",
    },
    // A script in a file may be right.
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]", "command: [/bin/sh, -e, /app/start]")],
        does_not: &[("command: [/app/api]", "command: [/app/start]")],
        message: "api.yaml:24:11: warning: Deployment/api: process 1 is the shell `/bin/sh`, which gets the signal and \
                  may not pass it on: the files do not show how its script ends; write the program itself as \
                  `command`, or the script after `-c`, with `exec` before the program [shell-as-process-1]",
    },
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]", "command: [/app/start.sh]")],
        does_not: &[("command: [/app/api]", "command: [/app/start.sha]")],
        message: "api.yaml:24:11: warning: Deployment/api: process 1 is the script `/app/start.sh`, which gets the \
                  signal and may not pass it on: the files do not show how it ends; write the program itself as \
                  `command`, or the script after `-c`, with `exec` before the program [shell-as-process-1]",
    },
    // Quotes, redirections and continued lines do not end a command.
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[("command: [/app/api]", "command: [sh, -c, \"exec /app/api & wait > /log 2>&1\"]")],
        does_not: &[("command: [/app/api]", "command: [sh, -c, \"exec /app/api > /log 2>&1;\"]")],
        message: "api.yaml:24:11: warning: Deployment/api: process 1 is the shell `sh`, which gets the signal and does not \
                  pass it on; write the program itself as `command`, or `exec` before it in the script [shell-as-process-1]",
    },
    Case {
        rule: Rule::ShellAsProcess1,
        program: SAME,
        shows: &[(
            "command: [/app/api]",
            "command:\n            - sh\n            - -c\n            - |\n              /app/api \\\n                exec \"a&b=2\"",
        )],
        does_not: &[(
            "command: [/app/api]",
            "command:\n            - sh\n            - -c\n            - |\n              exec /app/api \\\n                --url \"a&b=2\"",
        )],
        message: "api.yaml:24:11: warning: Deployment/api: process 1 is the shell `sh`, which gets the signal and does not \
                  pass it on; write the program itself as `command`, or `exec` before it in the script [shell-as-process-1]",
    },
    Case {
        rule: Rule::BadDeclaration,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 34 # graceful: allow sidecar")],
        does_not: &[(GRANTED, "terminationGracePeriodSeconds: 34 # graceful: allowed sidecars")],
        message: "api.yaml:20:41: warning: graceful/allow: `sidecar` is allowed without a reason, so it is not allowed; write \
                  `sidecar: ` and the reason [bad-declaration]",
    },
    Case {
        rule: Rule::BadDeclaration,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 34 # graceful: allow exec-slep: busybox")],
        does_not: &[(GRANTED, "terminationGracePeriodSeconds: 34 # graceful: allow exec-sleep: busybox")],
        message: "api.yaml:20:41: warning: graceful/allow: no rule is called `exec-slep`, so nothing is allowed; did you mean \
                  `exec-sleep`? [bad-declaration]",
    },
    Case {
        rule: Rule::UnusedAllow,
        program: SAME,
        shows: &[(GRANTED, "terminationGracePeriodSeconds: 34 # graceful: allow forced-exit-too-late: tested")],
        does_not: &[(GRANTED, "terminationGracePeriodSeconds: 33 # graceful: allow forced-exit-too-late: tested")],
        message: "api.yaml:20:41: note: graceful/allow: `forced-exit-too-late` is allowed and finds nothing; remove it \
                  [unused-allow]",
    },
];

/// All manifests of the tests without those that Kubernetes refuses.
pub(crate) fn accepted() -> impl Iterator<Item = String> {
    let of_cases = CASES.iter().flat_map(|case| {
        let shows = (case.rule != Rule::InvalidValue).then_some(case.shows);
        shows.into_iter().chain([case.does_not]).map(changed)
    });
    [GOOD, GUIDE, KINDS].map(str::to_owned).into_iter().chain(of_cases)
}
