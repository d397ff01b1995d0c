//! Variables from ConfigMaps: which of several counts.

use graceful_manifest::{Check, ErrorKind, Finding, Program, Rule, Source};

use crate::cases::{program, rules, secs};

/// `a` is in the pod's namespace, `b` has none, `c` is in another one; the keys of `d` need a prefix.
const MAPS: &str = "\
{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: shop }, data: { GRACEFUL_GRACE_PERIOD: 101s } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: b }, data: { GRACEFUL_GRACE_PERIOD: 102s, GRACEFUL_OTHER: $(X) } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: c, namespace: stage }, data: { GRACEFUL_GRACE_PERIOD: 103s } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: d, namespace: shop }, data: { GRACE_PERIOD: 104s, grace: 105s } }
";

fn run(container: &str, maps: &str) -> Result<Vec<Finding>, graceful_manifest::Error> {
    let pod = format!(
        "{{ apiVersion: v1, kind: Pod, metadata: {{ name: api, namespace: shop }}, spec: {{ terminationGracePeriodSeconds: \
         100, containers: [{{ name: api, {container} }}] }} }}"
    );
    let program = Program { grace_period: secs(99), handlers: None, ..program() };
    // The ConfigMaps are in another file, as in charts.
    let sources = [Source { name: "pod.yaml", text: &pod }, Source { name: "maps.yaml", text: maps }];
    Check::new(&program).run(&sources).map(|outcome| outcome.findings)
}

/// The seconds that the pod needs, if it is granted less: one more than the grace period.
fn needed(container: &str) -> Option<u64> {
    let findings = run(container, MAPS).unwrap();
    let short = findings.iter().find(|finding| finding.rule == Rule::GracePeriodTooShort)?;
    let (_, seconds) = short.advice.split_once("Seconds: ").unwrap();
    Some(seconds.split('`').next().unwrap().parse().unwrap())
}

#[test]
fn the_one_that_counts() {
    for (container, seconds) in [
        ("envFrom: [{ configMapRef: { name: a } }]", Some(102)),
        // The last ConfigMap counts, and `env` overrides both.
        ("envFrom: [{ configMapRef: { name: a } }, { configMapRef: { name: b } }]", Some(103)),
        ("envFrom: [{ configMapRef: { name: b } }, { configMapRef: { name: a } }]", Some(102)),
        ("envFrom: [{ configMapRef: { name: a } }], env: [{ name: GRACEFUL_GRACE_PERIOD, value: 98s }]", None),
        // A ConfigMap of another namespace, an unknown one, or a Secret.
        ("envFrom: [{ configMapRef: { name: c } }]", None),
        ("envFrom: [{ configMapRef: { name: e } }, { configMapRef: { name: e, optional: true } }]", None),
        ("envFrom: [{ secretRef: { name: a } }]", None),
        ("envFrom: [{ configMapRef: { name: a } }, { secretRef: { name: s } }]", Some(102)),
        // A prefix changes all names.
        ("envFrom: [{ configMapRef: { name: d }, prefix: GRACEFUL_ }]", Some(105)),
        ("envFrom: [{ configMapRef: { name: d } }]", None),
        ("envFrom: [{ configMapRef: { name: a }, prefix: MY_ }]", None),
        ("env: [{ name: GRACEFUL_GRACE_PERIOD, valueFrom: { configMapKeyRef: { name: d, key: grace } } }]", Some(106)),
        // An optional key that does not exist leaves the value of `envFrom`.
        (
            "envFrom: [{ configMapRef: { name: a } }], env: [{ name: GRACEFUL_GRACE_PERIOD, valueFrom: { configMapKeyRef: \
             { name: d, key: other, optional: true } } }]",
            Some(102),
        ),
    ] {
        assert_eq!(needed(container), seconds, "{container}");
    }
}

#[test]
fn what_cannot_be_known() {
    let rules = |container: &str| rules(&run(container, MAPS).unwrap());
    for reference in [
        "configMapKeyRef: { name: e, key: grace }",
        "configMapKeyRef: { name: e, key: grace, optional: true }",
        "configMapKeyRef: { name: c, key: GRACEFUL_GRACE_PERIOD }",
        // The container does not start.
        "configMapKeyRef: { name: d, key: other }",
        "secretKeyRef: { name: a, key: GRACEFUL_GRACE_PERIOD }",
    ] {
        let env = format!("env: [{{ name: GRACEFUL_GRACE_PERIOD, valueFrom: {{ {reference} }} }}]");
        assert_eq!(rules(&env), [Rule::EnvironmentUnknown], "{env}");
    }
    // It may set one of the program's variables. It hardly ever does.
    assert_eq!(rules("envFrom: [{ configMapRef: { name: e } }, { secretRef: { name: e } }]"), []);
}

#[test]
fn values_stand_where_they_are_written() {
    let findings = |value: &str| {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  GRACEFUL_GRACE_PERIOD: ";
        run("envFrom: [{ configMapRef: { name: a } }]", &format!("{map}{value}\n"))
    };
    for (value, rule) in [("30", Rule::InvalidValue), ("[]", Rule::InvalidValue), ("$(GRACE)", Rule::BadEnvironment)] {
        let findings = findings(value).unwrap();
        let shown: Vec<_> = findings.iter().map(|finding| (finding.rule, &*finding.source, finding.line)).collect();
        assert_eq!(shown, [(rule, "maps.yaml", 5)], "{value}");
    }
    // Of equal keys the last one counts.
    assert_eq!(findings("30\n  GRACE: 30\n  GRACEFUL_GRACE_PERIOD: 30s\n  GRACEFUL_PROBES: \"off\""), Ok(vec![]));
    // What is empty counts as unset.
    assert_eq!(findings("null\n  GRACEFUL_PROBES: \"\""), Ok(vec![]));
    let error = findings("'{{ .Values.grace }}'").unwrap_err();
    assert_eq!(
        (error.kind(), error.source_name(), error.position()),
        (ErrorKind::Template, Some("maps.yaml"), Some((5, 26)))
    );
}

/// Each prefix that makes a name begin with the program's.
#[test]
fn unknown_names() {
    let maps = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: shop }, data: { FUL_PROBS: '', GRACE: '', \
                GRACEFUL_A: [], PROBES: '', PROBS: '', Z: '' } }\n";
    let unknown = |prefix: &str| -> Vec<String> {
        let container = format!("envFrom: [{{ configMapRef: {{ name: a }}, prefix: {prefix} }}]");
        let findings = run(&container, maps).unwrap();
        let unknown = findings.into_iter().filter(|finding| finding.rule == Rule::UnknownVariable);
        unknown.map(|finding| finding.message.split('`').nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(unknown("''"), ["GRACEFUL_A"]);
    assert_eq!(unknown("GRACE"), ["GRACEFUL_PROBS"]);
    assert_eq!(unknown("OTHER_"), [""; 0]);
    let all = ["FUL_PROBS", "GRACE", "GRACEFUL_A", "PROBS", "Z"].map(|name| format!("GRACEFUL_{name}"));
    assert_eq!(unknown("GRACEFUL_"), all);
    assert_eq!(unknown("GRACEFUL_X").len(), 6);
}

/// A pod without a namespace, and two ConfigMaps of one name.
#[test]
fn where_nothing_is_said() {
    let pod = "{ apiVersion: v1, kind: Pod, spec: { containers: [{ name: api, envFrom: [{ configMapRef: { name: a } }] }] } }";
    let map = |namespace: &str, value: &str| {
        format!(
            "{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: a{namespace} }}, data: {{ GRACEFUL_GRACE_PERIOD: {value} }} }}"
        )
    };
    let program = Program { grace_period: secs(20), handlers: None, ..program() };
    let is_short = |maps: &[String]| {
        let text = format!("{pod}\n---\n{}", maps.join("\n---\n"));
        let findings = Check::new(&program).run(&[Source { name: "all.yaml", text: &text }]).unwrap().findings;
        findings.iter().any(|finding| finding.rule == Rule::GracePeriodTooShort)
    };
    let [long, short] = ["90s", "10s"];
    assert!(is_short(&[map(", namespace: shop", long)]));
    assert!(is_short(&[map("", short), map("", long)]), "applied one after the other");
    assert!(!is_short(&[map("", long), map("", short)]));
    assert!(is_short(&[map(", namespace: shop", short), map("", long)]), "the one that is as silent comes first");
    assert!(is_short(&[map("", long), map(", namespace: shop", short)]));
}
