//! Checks that cannot be made.

use graceful_manifest::{Check, Error, ErrorKind, Source};

use crate::cases::{GOOD, KINDS, TEST_POD, program};

fn run(container: Option<&str>, text: &str) -> Error {
    let program = program();
    let check = Check::new(&program);
    let check = container.map_or(check, |name| check.container(name));
    check.run(&[Source { name: "deploy/\u{1b}api.yaml", text }]).unwrap_err()
}

#[test]
fn of_the_text() {
    for (text, kind, message) in [
        ("a: [\n", ErrorKind::Syntax, r"deploy/\u{1b}api.yaml:1:4: not YAML: unclosed bracket"),
        (
            &format!("{GOOD}---\nreplicas: {{{{ .Values.replicas }}}}\n"),
            ErrorKind::Template,
            r"deploy/\u{1b}api.yaml:83:11: a template",
        ),
        (
            &GOOD.replace("Seconds: 34", "Seconds: \"{{ .Values.grace }}\""),
            ErrorKind::Template,
            r"deploy/\u{1b}api.yaml:20:38: a template must be rendered before the check",
        ),
        (
            &GOOD.replace("- name: api\n          image", "- name: '{{ .Chart.Name }}'\n          image"),
            ErrorKind::Template,
            r"deploy/\u{1b}api.yaml:22:11: a template",
        ),
        (&format!("a: [{}]", "x,".repeat(2_000_000)), ErrorKind::TooLarge, r"deploy/\u{1b}api.yaml:1:"),
        (&format!("{KINDS}---\n{GOOD}---\n").repeat(1_500), ErrorKind::TooLarge, "too large: too many workloads"),
        (
            "a: &a [*a]",
            ErrorKind::Syntax,
            r"deploy/\u{1b}api.yaml:1:8: not YAML: an alias stands for a value that contains it",
        ),
    ] {
        let error = run(None, text);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

/// `helm create` writes such a pod, whose container does not run the program.
#[test]
fn the_test_of_a_chart_is_no_choice() {
    let chart = |hook: &str| {
        let (_, pod) = TEST_POD.1.split_once("name: test,").unwrap();
        let annotations = format!("annotations: {{ helm.sh/hook: \"{hook}\" }}");
        format!("{GOOD}---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: test, {annotations},{pod}")
    };
    let program = program();
    let run =
        |text: &str| Check::new(&program).run(&[Source { name: "api.yaml", text }]).map(|outcome| outcome.findings);
    for hook in ["test", "test-success", "post-install, test"] {
        assert_eq!(run(&chart(hook)), Ok(vec![]), "{hook}");
    }
    for hook in ["post-install", "test-data"] {
        assert_eq!(run(&chart(hook)).unwrap_err().kind(), ErrorKind::SeveralContainers, "{hook}");
    }
}

#[test]
fn of_the_choice() {
    let two = GOOD.replace("      containers:\n", "      containers:\n        - { name: proxy, image: proxy }\n");
    for (container, text, kind, message) in [
        (None, "", ErrorKind::NoWorkload, "no pod template was found: it is in a Deployment"),
        (None, "kind: ConfigMap\napiVersion: v1\n", ErrorKind::NoWorkload, "no pod template was found"),
        (Some("web"), GOOD, ErrorKind::NoSuchContainer, "no container is called `web`: the pods have `api`"),
        (Some("other"), GOOD, ErrorKind::NoSuchContainer, "no container is called `other`: the pods have `api`"),
        (None, &two, ErrorKind::SeveralContainers, "the pods have several containers: `api` and `proxy`"),
        (None, "{apiVersion: v1, kind: Pod, spec: {a: 1}}", ErrorKind::NoSuchContainer, "the pods have no containers"),
    ] {
        let error = run(container, text);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().starts_with(message), "{error}");
        assert_eq!(error.position(), None);
    }
    let program = program();
    let check = Check::new(&program).container("api");
    assert_eq!(check.run(&[Source { name: "api.yaml", text: &two }]).unwrap().findings, []);
}
