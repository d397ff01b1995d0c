//! Docker Compose: each finding, its nearest neighbours, and how files are merged.

mod random;

use graceful_manifest::{Check, ErrorKind, Finding, Program, Rule, Source};

use crate::cases::{self, Change, program, secs};

pub(crate) const GOOD: &str = "\
services:
  base:
    image: api
    environment:
      RUST_LOG: info
  api:
    extends: base
    stop_grace_period: 30s
    stop_signal: SIGTERM
    init: true
    entrypoint: [\"/api\"]
    command: --port 8080
    environment:
      GRACEFUL_LAME_DUCK: 0s
    healthcheck:
      test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:8081/ready\"]
    restart: always
";

fn changed(changes: &[Change]) -> String {
    cases::changed_in(GOOD, changes)
}

fn run(program: &Program, sources: &[(&str, &str)]) -> Vec<Finding> {
    Check::new(program).service("api").run(&cases::sources(sources)).unwrap().findings
}

fn lines(sources: &[(&str, &str)]) -> Vec<String> {
    run(&program(), sources).iter().map(ToString::to_string).collect()
}

struct Case {
    shows: &'static [Change],
    does_not: &'static [Change],
    message: &'static str,
}

const GRANTED: &str = "    stop_grace_period: 30s\n";
const ENTRYPOINT: &str = "entrypoint: [\"/api\"]";
const REQUEST: &str = "http://localhost:8081/ready";
const LAME_DUCK: &str = "GRACEFUL_LAME_DUCK: 0s";

const CASES: &[Case] = &[
    Case {
        shows: &[(GRANTED, "")],
        does_not: &[(GRANTED, "    stop_grace_period: 29s\n")],
        message: "compose.yaml:6:3: error: service/api: the service is granted 10 s, the default, but needs 29 s: \
                  grace period 28 s + 1 s to spare; write `stop_grace_period: 29s` [grace-period-too-short]",
    },
    Case {
        shows: &[("30s", "28900ms")],
        does_not: &[("30s", "29000ms")],
        message: "compose.yaml:8:5: warning: service/api: the service is granted 28 s, which is enough for the \
                  plan, but the forced exit needs 29 s: grace period 28 s + 1 s to spare; write \
                  `stop_grace_period: 29s`, or lower the program's grace period to 27s [forced-exit-too-late]",
    },
    Case {
        shows: &[("30s", "900ms")],
        does_not: &[("30s", "-1s")],
        message: "compose.yaml:8:5: error: service/api: `stop_grace_period` is 0: Docker Compose kills the \
                  program at once; write `stop_grace_period: 29s` [zero-grace-period]",
    },
    Case {
        shows: &[("30s", "30")],
        does_not: &[("30s", "0.5m")],
        message: "compose.yaml:8:5: error: service/api: `stop_grace_period` is `30`, which Docker Compose \
                  refuses; write a duration with a unit, such as `30s` [invalid-value]",
    },
    Case {
        shows: &[("30s", "30 s")],
        does_not: &[("30s", "\"30s\"")],
        message: "compose.yaml:8:5: error: service/api: `stop_grace_period` is `30 s`, which Docker Compose \
                  refuses; write a duration with a unit, such as `30s` [invalid-value]",
    },
    Case {
        shows: &[("30s", "${GRACE}")],
        does_not: &[("30s", "${GRACE:-30s}")],
        message: "compose.yaml:8:5: warning: service/api: the value of `stop_grace_period` is not in the files: \
                  it is `${GRACE}`; write a duration with a unit, such as `30s`, or a default: `${NAME:-default}` \
                  [value-unknown]",
    },
    Case {
        shows: &[("30s", "${GRACE:-9s}")],
        does_not: &[],
        message: "compose.yaml:8:5: error: service/api: the service is granted 9 s but needs 29 s: grace period \
                  28 s + 1 s to spare; write `stop_grace_period: 29s` [grace-period-too-short]",
    },
    Case {
        shows: &[("SIGTERM", "SIGQUIT")],
        does_not: &[("SIGTERM", "int")],
        message: "compose.yaml:9:5: error: service/api: Docker Compose stops the service with `SIGQUIT`, but the \
                  program handles only `SIGTERM` and `SIGINT`; remove `stop_signal`: the default is SIGTERM \
                  [stop-signal-not-handled]",
    },
    Case {
        shows: &[("SIGTERM", "\"9\"")],
        does_not: &[("SIGTERM", "\"15\"")],
        message: "compose.yaml:9:5: error: service/api: Docker Compose stops the service with `SIGKILL`, but the \
                  program handles only `SIGTERM` and `SIGINT`; remove `stop_signal`: the default is SIGTERM \
                  [stop-signal-not-handled]",
    },
    Case {
        shows: &[("SIGTERM", "15")],
        does_not: &[("SIGTERM", "${SIGNAL:-TERM}")],
        message: "compose.yaml:9:5: error: service/api: `stop_signal` is `15`, which Docker Compose refuses; \
                  write a signal in quotes, such as `\"SIGTERM\"` [invalid-value]",
    },
    Case {
        shows: &[("SIGTERM", "$SIGNAL")],
        does_not: &[],
        message: "compose.yaml:9:5: warning: service/api: the value of `stop_signal` is not in the files: it is \
                  `$SIGNAL`; write a signal in quotes, such as `\"SIGTERM\"`, or a default: `${NAME:-default}` \
                  [value-unknown]",
    },
    Case {
        shows: &[(ENTRYPOINT, "entrypoint: sh -c \"/api $$0 --fast\"")],
        does_not: &[(ENTRYPOINT, "entrypoint: sh -c \"exec /api $$0 --fast\"")],
        message: "compose.yaml:11:5: warning: service/api: `docker-init` runs the shell `sh`, which gets the \
                  signal and does not pass it on; write the program itself as `entrypoint`, or `exec` before it in \
                  the script [shell-as-process-1]",
    },
    Case {
        shows: &[(ENTRYPOINT, "entrypoint: [sh, -c, \"/api\"]"), ("init: true", "init: false")],
        does_not: &[(ENTRYPOINT, "entrypoint: /api"), ("init: true", "init: false")],
        message: "compose.yaml:11:5: warning: service/api: process 1 is the shell `sh`, which gets the signal and \
                  does not pass it on; write the program itself as `entrypoint`, or `exec` before it in the script \
                  [shell-as-process-1]",
    },
    Case {
        shows: &[(ENTRYPOINT, "entrypoint:"), ("--port 8080", "sh /api.sh"), ("init: true", "init: \"${INIT:-}\"")],
        does_not: &[(ENTRYPOINT, "entrypoint: []")],
        message: "compose.yaml:12:5: warning: service/api: `command` runs the shell `sh`, which gets the signal \
                  and may not pass it on: the files do not show how its script ends; write the program itself as \
                  `entrypoint`, or the script after `-c`, with `exec` before the program [shell-as-process-1]",
    },
    Case {
        shows: &[(REQUEST, "http://localhost:8081/alive")],
        does_not: &[(REQUEST, "http://localhost:8080/alive")],
        message: "compose.yaml:16:35: error: service/api: the `healthcheck` requests `/alive`, which the program \
                  does not serve on port 8081; request `/ready`, or one of the other paths that it serves: \
                  `/health`, `/readyz`, `/livez` and `/healthz` [probe-not-served]",
    },
    Case {
        shows: &[(
            "[\"CMD\", \"curl\", \"-f\", \"http://localhost:8081/ready\"]",
            "wget -q 127.0.0.1:8081/ok || exit 1",
        )],
        does_not: &[(
            "[\"CMD\", \"curl\", \"-f\", \"http://localhost:8081/ready\"]",
            "wget -q example.com:8081/ok || exit 1",
        )],
        message: "compose.yaml:16:7: error: service/api: the `healthcheck` requests `/ok`, which the program does \
                  not serve on port 8081; request `/ready`, or one of the other paths that it serves: `/health`, \
                  `/readyz`, `/livez` and `/healthz` [probe-not-served]",
    },
    Case {
        shows: &[("\"-f\"", "\"-s\"")],
        does_not: &[("\"-f\"", "\"-sfS\"")],
        message: "compose.yaml:16:7: warning: service/api: the `healthcheck` does not fail when the program answers that it \
                  is not ready: `curl` without `-f` accepts every status; write `curl -f` [health-check-ignores-status]",
    },
    Case {
        shows: &[(
            "[\"CMD\", \"curl\", \"-f\", \"http://localhost:8081/ready\"]",
            "curl -s localhost:8081/ready || exit 1",
        )],
        does_not: &[(
            "[\"CMD\", \"curl\", \"-f\", \"http://localhost:8081/ready\"]",
            "curl -s localhost:8081/ready | grep ready",
        )],
        message: "compose.yaml:16:7: warning: service/api: the `healthcheck` does not fail when the program answers that it \
                  is not ready: `curl` without `-f` accepts every status; write `curl -f` [health-check-ignores-status]",
    },
    Case {
        shows: &[(REQUEST, "https://localhost:8081/ready")],
        does_not: &[],
        message: "compose.yaml:16:35: error: service/api: the `healthcheck` uses HTTPS on port 8081, where the \
                  program serves plain HTTP; request `http://` [probe-not-served]",
    },
    Case {
        shows: &[(LAME_DUCK, "GRACEFUL_LAME_DUCK: 5")],
        does_not: &[(LAME_DUCK, "GRACEFUL_LAME_DUCK: ${LAME:-5s}")],
        message: "compose.yaml:14:7: error: service/api: `GRACEFUL_LAME_DUCK` is `5`: it lacks a unit, so the \
                  program does not start; write `5s` [bad-environment]",
    },
    Case {
        shows: &[(LAME_DUCK, "GRACEFUL_GRACE_PERIOD: 40s")],
        does_not: &[(LAME_DUCK, "OTHER: 40s")],
        message: "compose.yaml:8:5: warning: service/api: the service is granted 30 s, which is enough for the \
                  plan, but the forced exit needs 41 s: grace period 40 s + 1 s to spare; write \
                  `stop_grace_period: 41s`, or set `GRACEFUL_GRACE_PERIOD` to `29s` [forced-exit-too-late]",
    },
    Case {
        shows: &[("\n      GRACEFUL_LAME_DUCK: 0s", "\n      - GRACEFUL_LAME_DUCK=5")],
        does_not: &[("\n      GRACEFUL_LAME_DUCK: 0s", "\n      - GRACEFUL_LAME_DUCK=5s")],
        message: "compose.yaml:14:9: error: service/api: `GRACEFUL_LAME_DUCK` is `5`: it lacks a unit, so the \
                  program does not start; write `5s` [bad-environment]",
    },
    Case {
        shows: &[("\n      GRACEFUL_LAME_DUCK: 0s", "\n      - GRACEFUL_LAME_DUCK")],
        does_not: &[],
        message: "compose.yaml:14:9: warning: service/api: the value of `GRACEFUL_LAME_DUCK` cannot be read from \
                  the files, so the check uses the program's own value; write its value in the file \
                  [environment-unknown]",
    },
    Case {
        shows: &[(LAME_DUCK, "GRACEFUL_LAMEDUCK: 0s")],
        does_not: &[],
        message: "compose.yaml:14:7: warning: service/api: `GRACEFUL_LAMEDUCK` has no effect, because graceful \
                  has no such variable; did you mean `GRACEFUL_LAME_DUCK`? [unknown-variable]",
    },
    Case {
        shows: &[("extends: base", "extends: { file: base.yaml, service: base }")],
        does_not: &[],
        message: "compose.yaml:7:5: warning: service/api: the service extends `base` of `base.yaml`, which is not \
                  among the files; check that file too, with another `-f` [value-unknown]",
    },
    Case {
        shows: &[("extends: base", "extends: bases")],
        does_not: &[],
        message: "compose.yaml:7:5: error: service/api: the service extends `bases`, which this file does not \
                  define; name one of its services, or write `file` too [invalid-value]",
    },
    Case {
        shows: &[("extends: base", "extends: api")],
        does_not: &[],
        message: "compose.yaml:7:5: error: service/api: the service `api` extends itself, which Compose refuses; \
                  remove one `extends` [invalid-value]",
    },
];

pub(crate) fn has_a_case(rule: Rule) -> bool {
    CASES.iter().any(|case| case.message.ends_with(&format!("[{rule}]")))
}

#[test]
fn nothing_is_found_in_what_fits() {
    assert_eq!(lines(&[("compose.yaml", GOOD)]), [""; 0]);
}

#[test]
fn each_finding_is_shown_and_not_by_its_nearest_neighbour() {
    let cases = CASES.iter().map(|case| (GOOD, case.shows, case.does_not, case.message));
    cases::each_is_shown(cases, |text| lines(&[("compose.yaml", text)]));
}

#[test]
fn later_files_override_earlier_ones() {
    let rules = |text: &str| cases::rules(&run(&program(), &[("compose.yaml", GOOD), ("compose.override.yaml", text)]));
    let service = |keys: &str| rules(&format!("services:\n  api:\n    {keys}\n"));
    assert_eq!(service("image: other"), []);
    assert_eq!(service("stop_grace_period: 9s"), [Rule::GracePeriodTooShort]);
    assert_eq!(service("stop_grace_period:"), []);
    assert_eq!(service("stop_grace_period: !reset null"), [Rule::GracePeriodTooShort]);
    assert_eq!(service("entrypoint: sh -c /api"), [Rule::ShellAsProcess1]);
    // Without an entrypoint the image decides.
    assert_eq!(service("entrypoint:"), []);
    assert_eq!(service("environment: [GRACEFUL_GRACE_PERIOD=40s]"), [Rule::ForcedExitTooLate]);
    assert_eq!(service("environment: !override { GRACEFUL_GRACE_PERIOD: 29s }"), []);
    assert_eq!(service("healthcheck: { disable: true, test: curl localhost:8081/no }"), []);
    assert_eq!(service("healthcheck: { test: curl -f localhost:8081/no }"), [Rule::ProbeNotServed]);
}

#[test]
fn the_finding_is_where_the_value_counts() {
    let place = |sources: &[(&str, &str)]| -> Vec<String> {
        let findings = run(&program(), sources);
        findings.iter().map(|finding| format!("{}:{}:{}", finding.source, finding.line, finding.column)).collect()
    };
    let short = changed(&[("30s", "9s")]);
    let other = "services:\n  api:\n    image: api\n";
    assert_eq!(place(&[("compose.yaml", &short), ("other.yaml", other)]), ["compose.yaml:8:5"]);
    // A missing key could be in the last file.
    assert_eq!(place(&[("compose.yaml", &changed(&[(GRANTED, "")])), ("other.yaml", other)]), ["other.yaml:2:3"]);
}

#[test]
fn a_service_may_extend_one_of_another_file() {
    let base = "services:\n  base:\n    stop_grace_period: 9s\n    extends: { file: ../root.yaml, service: root }\n";
    let root = "services:\n  root:\n    stop_signal: SIGQUIT\n";
    let api = "services:\n  api:\n    extends: { file: ./common/base.yaml, service: base }\n";
    let rules = |sources: &[(&str, &str)]| cases::rules(&run(&program(), sources));
    let all = [("deploy/compose.yaml", api), ("deploy/common/base.yaml", base), ("deploy/root.yaml", root)];
    assert_eq!(rules(&all), [Rule::GracePeriodTooShort, Rule::StopSignalNotHandled]);
    assert_eq!(rules(&all[..2]), [Rule::GracePeriodTooShort, Rule::ValueUnknown]);
    // A file that is only extended adds no service.
    let program = program();
    assert_eq!(Check::new(&program).run(&cases::sources(&all)).unwrap().findings.len(), 2);
}

#[test]
fn variables_of_files_count_less_than_those_of_the_service() {
    let service = |keys: &str| GOOD.replace("    extends: base\n", &format!("    extends: base\n{keys}"));
    let rules = |keys: &str, file: &str| {
        let sources = [("deploy/compose.yaml", &*service(keys)), ("deploy/env/api.env", file), ("deploy/.env", file)];
        cases::rules(&run(&program(), &sources))
    };
    let long = "GRACEFUL_GRACE_PERIOD=40s\n";
    assert_eq!(rules("", long), []);
    assert_eq!(rules("    env_file: ./env/api.env\n", long), [Rule::ForcedExitTooLate]);
    assert_eq!(rules("    env_file: [other.env, { path: .env }]\n", long), [Rule::ForcedExitTooLate]);
    assert_eq!(rules("    env_file: .env\n", "GRACEFUL_LAME_DUCK=5"), []);
    assert_eq!(rules("    env_file: .env\n", "GRACEFUL_DRAIN_TIMEOUT=5"), [Rule::BadEnvironment]);
    let outcome = Check::new(&program())
        .service("api")
        .run(&[Source { name: "compose.yaml", text: &service("    env_file: secret.env\n") }])
        .unwrap();
    assert_eq!(outcome.skipped[0].object, "env_file/secret.env");
}

#[test]
fn what_is_not_looked_at_is_said() {
    let text = format!("include: [other.yaml, {{ path: [a.yaml] }}]\n{GOOD}  cloud: {{ provider: {{ type: x }} }}\n");
    let outcome = Check::new(&program()).service("api").run(&[Source { name: "compose.yaml", text: &text }]).unwrap();
    let skipped: Vec<_> = outcome.skipped.iter().map(|skipped| &*skipped.object).collect();
    assert_eq!(skipped, ["include/other.yaml", "include/a.yaml", "service/cloud", "service/base"]);
    assert_eq!(outcome.findings, []);
}

#[test]
fn defaults_of_the_program_do_not_fit_those_of_compose() {
    let program = Program { handlers: Some(Vec::new()), ..Program::default() };
    let text = "services: { api: { image: api } }\n";
    assert_eq!(cases::rules(&run(&program, &[("compose.yaml", text)])), [Rule::GracePeriodTooShort]);
    let shorter = Program { grace_period: secs(9), ..program };
    assert_eq!(run(&shorter, &[("compose.yaml", text)]), []);
}

/// Each of these takes minutes if a file of some megabytes is looked at more than once per service.
#[test]
fn large_projects_are_read_or_refused() {
    let services = |count: usize, keys: &str| -> String {
        (0..count).fold("services:\n".to_owned(), |text, index| text + &format!("  s{index}: {keys}\n"))
    };
    let many_documents = format!("---\n{}", services(1, "{ extends: s0 }")).repeat(50_000);
    let documents: String =
        (0..50_000).map(|index| format!("---\nservices: {{ s{index}: {{ image: a }} }}\n")).collect();
    let base = format!("  base: {{ environment: {{ {} }} }}\n", "A: b, ".repeat(100_000));
    let extending = services(50_000, "{ extends: base }") + &base;
    let chained: String = (0..50_000).map(|index| format!("  s{index}: {{ extends: s{} }}\n", index + 1)).collect();
    let program = program();
    for text in [many_documents, documents, extending, format!("services:\n{chained}")] {
        let outcome = Check::new(&program).service("s0").run(&[Source { name: "compose.yaml", text: &text }]);
        assert!(outcome.is_ok() || outcome.unwrap_err().kind() == ErrorKind::TooLarge);
    }
}
