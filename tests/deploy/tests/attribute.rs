//! The key `manifest`: what contradicts the program doesn't compile.

use std::path::Path;

use graceful_deploy_tests::Package;

const MANIFEST: &str = r#"manifest = "deploy/deployment.yaml""#;

fn deployment(granted: u32, containers: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      terminationGracePeriodSeconds: {granted}
      containers:
{containers}  selector:
    matchLabels: {{ app: api }}
"
    )
}

const ONE: &str = "        - name: api\n";
const TWO: &str = "        - name: api\n        - name: proxy\n";

struct Case {
    keys: String,
    deployment: Option<String>,
    /// Parts of what the compiler says, and where it points to; nothing when it compiles.
    says: &'static [&'static str],
}

fn case(keys: &str, deployment: impl Into<Option<String>>, says: &'static [&'static str]) -> Case {
    Case { keys: keys.to_owned(), deployment: deployment.into(), says }
}

#[test]
fn the_compiler_holds_the_program_against_its_manifest() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attribute");
    let package = Package::new(&folder);
    let cases = [
        case(MANIFEST, deployment(25, ONE), &[]),
        // Nothing but the manifest has changed.
        case(
            MANIFEST,
            deployment(24, ONE),
            &["deploy/deployment.yaml:8:7: Deployment/api: the pod is granted 24 s but needs 25 s", "src/main.rs:1:29"],
        ),
        case(MANIFEST, format!("# graceful: allow grace-period-too-short: tested\n{}", deployment(24, ONE)), &[]),
        case(&format!("grace_period = \"20s\", {MANIFEST}"), deployment(21, ONE), &[]),
        case(
            &format!("signals = [SIGINT], {MANIFEST}"),
            deployment(60, ONE),
            &["deploy/deployment.yaml:", "SIGTERM", "src/main.rs:1:49"],
        ),
        case(
            MANIFEST,
            deployment(25, "        - name: api\n          env: [{ name: GRACEFUL_GRACE_PERIOD, value: 50s }]\n"),
            &["25 s but needs 51 s"],
        ),
        case(
            &format!("probes = \"0.0.0.0:8081\", {MANIFEST}"),
            deployment(25, "        - name: api\n          livenessProbe: { httpGet: { path: /alive, port: 8081 } }\n"),
            &["/alive", "/livez"],
        ),
        case(
            MANIFEST,
            deployment(25, TWO),
            &["several containers: `api` and `proxy`", "add the key `container`", "src/main.rs:1:29"],
        ),
        case(&format!("{MANIFEST}, container = \"api\""), deployment(25, TWO), &[]),
        case(
            &format!("{MANIFEST}, container = \"web\""),
            deployment(25, TWO),
            &["no container is called `web`: the pods have `api` and `proxy`", "src/main.rs:1:67"],
        ),
        case(
            MANIFEST,
            deployment(25, ONE).replace("25", "{{ .Values.grace }}"),
            &["deploy/deployment.yaml:8:", "helm template . | cargo graceful check", "src/main.rs:1:29"],
        ),
        case(MANIFEST, "a: [".to_owned(), &["deploy/deployment.yaml:", "not YAML", "src/main.rs:1:29"]),
        case("container = \"api\"", None, &["`container` needs `manifest`", "src/main.rs:1:30"]),
        case(&format!("{MANIFEST}, service = \"api\""), deployment(25, TWO), &[]),
        case("service = \"api\"", None, &["`service` needs `manifest`, such as `manifest = \"compose.yaml\"`"]),
        case(
            &format!("{MANIFEST}, service = \"api\", container = \"api\""),
            deployment(25, TWO),
            &["`container` means the same as `service`: keep one", "src/main.rs:1:72"],
        ),
        case("manifest = \"deploy/none.yaml\"", None, &["cannot read", "deploy/none.yaml", "relative to the package"]),
        case("manifest = \"/etc/hostname\"", None, &["`/etc/hostname`", "relative to the package", "src/main.rs:1:29"]),
        // The check needs the number.
        case(
            &format!("grace_period = GRACE, {MANIFEST}"),
            deployment(60, ONE),
            &["`grace_period` expects a duration in quotes", "of the manifest reads it here", "src/main.rs:1:33"],
        ),
        case("manifest = 30", None, &["`manifest` expects a string"]),
        // Other platforms' files, which the content shows.
        case(
            &format!("{MANIFEST}, service = \"api\""),
            "services:\n  api: { image: api }\n  db: { image: db }\n".to_owned(),
            &["the service is granted 10 s, the default, but needs 25 s", "write `stop_grace_period: 25s`"],
        ),
        case(
            &format!("grace_period = \"9s\", {MANIFEST}"),
            "[Service]\nExecStart=/usr/bin/api\nTimeoutStopSec=9\n".to_owned(),
            &["deploy/deployment.yaml:3:1: ", "is granted 9 s but needs 10 s", "write `TimeoutStopSec=10`"],
        ),
        case(
            &format!("grace_period = \"4s\", {MANIFEST}"),
            "app = \"api\"\n\n[env]\nGRACEFUL_GRACE_PERIOD = \"5s\"\n".to_owned(),
            &["the machine is granted 5 s, the default, but needs 6 s", "write `kill_timeout = 6`"],
        ),
        case(
            MANIFEST,
            "FROM debian\nSTOPSIGNAL SIGQUIT\nENTRYPOINT [\"/api\"]\n".to_owned(),
            &["deploy/deployment.yaml:2:", "Docker stops the container with `SIGQUIT`"],
        ),
    ];
    for Case { keys, deployment, says } in cases {
        package.main(&keys);
        if let Some(deployment) = &deployment {
            package.write("deploy/deployment.yaml", deployment);
        }
        let said = package.check().err().unwrap_or_default();
        let context = format!("{keys}\n{}\n---\n{said}", deployment.unwrap_or_default());
        assert_eq!(said.is_empty(), says.is_empty(), "{context}");
        for part in says {
            assert!(said.contains(part), "no `{part}`\n{context}");
        }
        // Nothing follows from the one mistake.
        let errors = said.lines().filter(|line| line.starts_with("error") && !line.contains("could not compile"));
        assert_eq!(errors.count(), usize::from(!says.is_empty()), "{context}");
    }
}
