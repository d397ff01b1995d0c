//! Checks that cannot be made.

use graceful_manifest::{Check, Error, ErrorKind, Source};

use crate::cases::{self, GOOD, KINDS, TEST_POD, program};

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

/// Each of these has to be rendered, and the message says how.
#[test]
fn what_is_no_complete_object() {
    let overlay = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n";
    let program = program();
    let build = "must be built before the check: `kustomize build";
    for (sources, kind, message) in [
        (
            &[("web/more.yaml", GOOD), ("web/kustomization.yaml", overlay)][..],
            ErrorKind::Kustomization,
            format!("web/kustomization.yaml:1:1: a Kustomization {build} web | cargo graceful check BINARY -f -`"),
        ),
        (
            &[("kustomization.yml", "resources: [../base]\n")],
            ErrorKind::Kustomization,
            format!("kustomization.yml:1:1: a Kustomization {build} . | cargo graceful check BINARY -f -`"),
        ),
        (
            &[("web/more.yaml", patch)],
            ErrorKind::Kustomization,
            format!(
                "web/more.yaml:1:1: Deployment/web has no `selector`, which Kubernetes requires: a patch {build} web | cargo \
                 graceful check BINARY -f -`"
            ),
        ),
        (
            &[("web.yaml", &patch.replace("replicas: 2", "selector: {}, replicas: ${N}, template: {spec: {containers: [{name: a}]}}"))],
            ErrorKind::Template,
            "web.yaml:4:32: the variables of a template must be replaced before the check: `envsubst < FILE | cargo graceful \
             check BINARY -f -`"
                .to_owned(),
        ),
        (
            &[("web.yaml", "spec:\n  replicas: @N@\n")],
            ErrorKind::Template,
            "web.yaml:2:13: the variables of a template must be replaced before the check: `envsubst < FILE | cargo graceful \
             check BINARY -f -`"
                .to_owned(),
        ),
    ] {
        let error = Check::new(&program).run(&cases::sources(sources)).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (kind, message));
    }
    // Flux has a kind of the same name, which is an object as any other.
    let flux = format!("{GOOD}---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n");
    assert_eq!(Check::new(&program).run(&[Source { name: "a.yaml", text: &flux }]).unwrap().findings, []);
}

#[test]
fn a_rollout_without_its_deployment_has_no_pods() {
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: cart}\nspec:\n  workloadRef: \
                   {apiVersion: apps/v1, kind: Deployment, name: cart}\n";
    let error = run(None, rollout);
    let end = "; Rollout/cart was skipped: its pods are those of Deployment/cart, which is not among the files";
    assert!(error.kind() == ErrorKind::NoWorkload && error.to_string().ends_with(end), "{error}");
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
        (None, "", ErrorKind::NoWorkload, "no pod template was found: it is in a Pod, Deployment, StatefulSet"),
        (None, "kind: ConfigMap\napiVersion: v1\n", ErrorKind::NoWorkload, "no pod template was found"),
        (
            None,
            "services: {}\n",
            ErrorKind::NoWorkload,
            "the files are read as those of Docker Compose, and run no program",
        ),
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
