//! Calls of the command, as a person or a pipeline makes them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::sample::{HANDLER, MAIN, RUN, elf, records};

/// The folder of one test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("call").join(test);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        Self::once(test)
    }

    /// The folder with what is in it from an earlier call.
    pub(crate) fn once(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("call").join(test);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("app"), elf(&records())).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Exit code, standard output, standard error.
    pub(crate) fn call(&self, line: &str, stdin: &str) -> (i32, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-graceful"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The command may have ended without reading it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Exit code and standard output. Standard error has nothing unless the call failed.
    pub(crate) fn json(&self, line: &str, stdin: &str) -> (i32, Value) {
        let (code, output, errors) = self.call(line, stdin);
        assert_eq!(code == 2, !errors.is_empty(), "{errors}");
        (code, serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}")))
    }
}

/// Whether a terminal shows the character, and does nothing else with it.
pub(crate) fn is_harmless(c: char) -> bool {
    c == '\n' || !c.is_control() && c != '\u{202e}'
}

#[test]
fn plan() {
    let folder = Folder::new("plan");
    let expected = "\
shutdown plan: 1 handler, 15 s in the worst case, grace period 20 s
lame duck              4 s  ██████████                                      │
drain                  8 s            ███████████████████                   │
teardown, priority 10  3 s                               ███████            │
  db::close            3 s                               ━━━━━━━            │
                            0 s                             grace period 20 s
fits, with 5 s to spare

signals        SIGTERM, SIGINT
probes         0.0.0.0:8081
health checks  database (5 s)
";
    assert_eq!(folder.call("plan app", ""), (0, expected.to_owned(), String::new()));
    assert_eq!(folder.call("graceful plan app", ""), (0, expected.to_owned(), String::new()));
}

#[test]
fn plan_as_json() {
    let folder = Folder::new("plan_as_json");
    let expected = json!({
        "crate": "app",
        "location": "src/main.rs:9",
        "signals": ["SIGTERM", "SIGINT"],
        "probes": "0.0.0.0:8081",
        "health_checks": [{"name": "database", "timeout_ms": 5_000, "location": "src/db.rs:7"}],
        "plan": {
            "grace_period_ms": 20_000,
            "lame_duck_ms": 4_000,
            "drain_timeout_ms": 8_000,
            "worst_case_ms": 15_000,
            "fits": true,
            "handlers": [{
                "name": "db::close",
                "priority": 10,
                "phase": "teardown",
                "timeout_ms": 3_000,
                "after": [],
                "location": "src/db.rs:3",
            }],
            "warnings": [],
        },
    });
    assert_eq!(folder.json("plan app --json", ""), (0, expected));
}

/// The handler, after others with these paths. Their records may be missing.
fn after(function: &str, paths: &[&str]) -> String {
    let reference = |path: &&str| format!(r#"{{"path":"{path}","location":"src/db.rs:3"}}"#);
    let after: Vec<_> = paths.iter().map(reference).collect();
    HANDLER.replace("close", function).replace(r#""file""#, &format!(r#""after":[{}],"file""#, after.join(",")))
}

#[test]
fn handlers_that_run_after_others() {
    let folder = Folder::new("after");
    let [close, flush] =
        [after("close", &["app::db::stop", "app::db::flush", "app::gone"]), after("flush", &["app::db::stop"])];
    folder.write("app", elf(&format!("{MAIN}\n{close}\n{flush}\n{}\n", HANDLER.replace("close", "stop"))));
    let (code, output, errors) = folder.call("plan app", "");
    assert_eq!((code, &*errors), (0, ""));
    let picture = "
teardown, priority 10  9 s                             ███████████████████░░
  db::stop             3 s                             ━━━━━━━            │
  db::flush            3 s                                    ━━━━━━━     │
    after db::stop
  db::close            3 s                                           ━━━━━──
    after db::stop, db::flush
";
    assert!(output.contains(picture), "{output}");
    let (_, json) = folder.json("plan app --json", "");
    let plan = &json["plan"];
    assert_eq!((&plan["worst_case_ms"], &plan["handlers"][2]["name"]), (&21_000.into(), &"db::close".into()));
    assert_eq!(plan["handlers"][2]["after"], json!(["db::stop", "db::flush"]));
    let (_, output, _) = folder.call("check app -f -", &enough());
    assert!(output.contains("lame duck 4 s + drain 8 s + teardown 9 s"), "{output}");
}

/// The compiler rejects a cycle, so the binary is damaged.
#[test]
fn handlers_that_wait_in_a_cycle() {
    let folder = Folder::new("cycle");
    let [close, flush] = [after("close", &["app::db::flush", "app::db::close"]), after("flush", &["app::db::close"])];
    folder.write("app", elf(&format!("{MAIN}\n{close}\n{flush}\n")));
    let (code, output, _) = folder.call("plan app", "");
    assert_eq!(code, 0);
    assert!(output.starts_with("shutdown plan: 2 handlers, 15 s in the worst case"), "{output}");
}

#[test]
fn what_could_not_be_understood_is_a_warning() {
    let folder = Folder::new("warning");
    folder.write("app", elf(&format!("{MAIN}\n{{\"graceful\":2}}\n")));
    let (code, output, errors) = folder.call("plan app", "");
    assert_eq!(code, 0);
    assert!(output.starts_with("shutdown plan: 0 handlers"), "{output}");
    assert_eq!(
        errors,
        "warning: a record is left out, its version 2 is not known here (update cargo-graceful): {\"graceful\":2}\n"
    );
}

#[test]
fn a_program_without_main_has_a_plan_but_nothing_to_check() {
    let folder = Folder::new("without_main");
    folder.write("app", elf(&format!("{HANDLER}\n{RUN}\n")));
    let (code, output, errors) = folder.call("plan app", "");
    assert_eq!(code, 0);
    assert!(output.contains("grace period 24 s"), "{output}");
    assert!(errors.starts_with("warning: the program has no `#[graceful::main]`: "), "{errors}");
    for line in ["check app -f -", "snippet app"] {
        let (code, output, errors) = folder.call(line, "");
        assert_eq!((code, &*output), (2, ""), "{line}");
        assert!(errors.starts_with("error: `app` has no `#[graceful::main]`: "), "{errors}");
    }
}

#[test]
fn handlers_that_nothing_runs_are_an_error() {
    let folder = Folder::new("handlers_without_main");
    folder.write("app", elf(&format!("{HANDLER}\n{}\n", HANDLER.replace("close", "flush"))));
    let finding = "src/db.rs:3:1: error: handler/db::close: this handler and 1 more are linked, and nothing in the program \
                   runs them";
    let advice = "put `#[graceful::main]` on main, or call `Config::run` or `graceful::run_handlers`";
    let (code, output, errors) = folder.call("plan app", "");
    assert_eq!((code, &*errors), (1, &*format!("{finding}; {advice} [handlers-without-main]\n")));
    assert!(output.contains("db::flush"), "{output}");
    let (code, output, errors) = folder.call("check app -f -", "");
    assert_eq!((code, &*errors), (1, ""));
    let expected = "error: handler/db::close: this handler and 1 more are linked, and nothing in the program runs them \
                    [handlers-without-main]\n--> src/db.rs:3:1\n";
    assert!(output.starts_with(expected), "{output}");
    assert!(output.contains(&format!("= help: {advice}\n")), "{output}");
    assert!(output.ends_with("\n1 error, no warnings\n"), "{output}");
}

/// The record that is left out may be the handler that makes the plan too long.
#[test]
fn denied_warnings_are_those_of_the_binary_too() {
    let folder = Folder::new("denied");
    folder.write("app", elf(&format!("{MAIN}\n{{\"graceful\":2}}\n")));
    let manifests = format!("{}{BUDGET}", enough());
    let (code, output, errors) = folder.call("check app -f -", &manifests);
    assert_eq!((code, &*output), (0, "checked Deployment/api\nno errors, no warnings\n"));
    assert!(errors.starts_with("warning: a record is left out, "), "{errors}");
    let (code, ..) = folder.call("check app -f - --deny warnings", &manifests);
    assert_eq!(code, 1);
}

/// A program with a grace period of 20 s in a pod that is granted 15 s, and once more in one that is granted 30 s.
pub(crate) const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  replicas: 2
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      terminationGracePeriodSeconds: 15
      containers:
        - name: api
          image: api
          readinessProbe: { periodSeconds: 1, failureThreshold: 2, httpGet: { path: /ready, port: 8081 } }
";

const BUDGET: &str = "\
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: api }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: api } } }
";

pub(crate) fn enough() -> String {
    DEPLOYMENT.replace("Seconds: 15", "Seconds: 30")
}

#[test]
fn check() {
    let folder = Folder::new("check");
    folder.write("deploy/a.yaml", DEPLOYMENT);
    folder.write("deploy/b.yml", enough());
    folder.write("deploy/notes.md", "{{ not a manifest }}");
    folder.write("deploy/overlays/patch.yaml", DEPLOYMENT);
    folder.write("deploy/folder.yaml/patch.yaml", DEPLOYMENT);

    let (code, output, errors) = folder.call("check app -f deploy", "");
    assert_eq!((code, &*errors), (1, ""), "{output}");
    let expected = "\
error: Deployment/api: the pod is granted 15 s but needs 21 s: grace period 20 s + 1 s to spare [grace-period-too-short]
  --> deploy/a.yaml:10:7
   |
10 |       terminationGracePeriodSeconds: 15
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: write `terminationGracePeriodSeconds: 21`, or lower the program's grace period to 14s
";
    assert!(output.contains(expected), "{output}");
    assert_eq!(output.matches("error: ").count(), 1, "{output}");
    assert!(output.ends_with("\n1 error, 2 warnings\n"), "{output}");

    let (code, output, _) = folder.call("check app -f deploy/b.yml", "");
    assert_eq!(code, 0, "{output}");
    assert!(output.ends_with("\nno errors, 1 warning\n"), "{output}");
    let (code, _, _) = folder.call("check app -f deploy/b.yml --deny warnings", "");
    assert_eq!(code, 1);
    let (code, output, _) = folder.call("check app -f deploy/b.yml -f -", DEPLOYMENT);
    assert_eq!(code, 1);
    assert!(output.contains("\n  --> <stdin>:10:7\n"), "{output}");
}

/// The manifests without the two warnings of the test `check`.
#[test]
fn nothing_found() {
    let folder = Folder::new("nothing_found");
    let manifests = format!("{}{BUDGET}", enough());
    let expected = "checked Deployment/api\nno errors, no warnings\n";
    assert_eq!(folder.call("check app -f - --deny warnings", &manifests), (0, expected.to_owned(), String::new()));
    let expected = json!({
        "errors": 0,
        "warnings": 0,
        "notes": 0,
        "findings": [],
        "allowed": [],
        "checked": [{
            "platform": "Kubernetes",
            "object": "Deployment/api",
            "container": "api",
            "source": "<stdin>",
            "line": 1,
            "column": 1,
        }],
        "skipped": [],
    });
    assert_eq!(folder.json("check app -f - --format json", &manifests), (0, expected));
    let expected = "graceful: checked: 1; errors: 0, warnings: 0\n";
    assert_eq!(folder.call("check app -f - --format github", &manifests), (0, expected.to_owned(), String::new()));
}

#[test]
fn files_of_a_folder_come_by_name() {
    let folder = Folder::new("by_name");
    let names = ["c", "a", "e", "b", "d"].map(|name| format!("deploy/{name}.yaml"));
    names.iter().for_each(|name| folder.write(name, DEPLOYMENT));
    let (_, output, _) = folder.call("check app -f deploy", "");
    let found: Vec<_> =
        output.lines().filter_map(|line| line.trim().strip_prefix("--> ")?.strip_suffix(":10:7")).collect();
    assert_eq!(found, ["deploy/a.yaml", "deploy/b.yaml", "deploy/c.yaml", "deploy/d.yaml", "deploy/e.yaml"]);
}

#[test]
fn check_as_json() {
    let folder = Folder::new("check_as_json");
    folder.write("api.yaml", DEPLOYMENT);
    let (code, json) = folder.json("check app -f api.yaml --format json", "");
    assert_eq!((code, &json["errors"], &json["warnings"]), (1, &1.into(), &1.into()));
    let findings = json["findings"].as_array().unwrap();
    let error = findings.iter().find(|finding| finding["severity"] == "error").unwrap();
    for (member, value) in [("rule", "grace-period-too-short"), ("source", "api.yaml"), ("workload", "Deployment/api")]
    {
        assert_eq!(error[member], value);
    }
    assert_eq!((&error["line"], &error["column"]), (&10.into(), &7.into()));
    assert!(error["message"].as_str().unwrap().starts_with("the pod is granted 15 s"));
    assert!(error["advice"].as_str().unwrap().starts_with("write `terminationGracePeriodSeconds: 21`"));
}

// Windows does not allow the name of the file.
#[cfg(unix)]
#[test]
fn check_for_github() {
    let folder = Folder::new("check_for_github");
    let error = |output: &str| output.lines().find(|line| line.starts_with("::error ")).unwrap().to_owned();

    folder.write("a,b:100%.yaml", DEPLOYMENT);
    let (code, output, _) = folder.call("check app --format github -f a,b:100%.yaml", "");
    assert_eq!(code, 1);
    let place =
        "::error file=a%2Cb%3A100%25.yaml,line=10,col=7,title=graceful grace-period-too-short::Deployment/api: the";
    assert!(error(&output).starts_with(place), "{output}");

    let (code, output, _) = folder.call("check app --format github -f -", DEPLOYMENT);
    assert_eq!(code, 1);
    assert!(
        error(&output).starts_with("::error title=graceful grace-period-too-short::Deployment/api: the"),
        "{output}"
    );
}

/// The variables that the manifest sets also change the drain's default.
#[test]
fn the_environment_in_the_manifest_counts() {
    let folder = Folder::new("environment");
    let with =
        |value: &str| format!("{}          env: [{{ name: GRACEFUL_GRACE_PERIOD, value: {value} }}]\n", enough());
    let (code, output, _) = folder.call("check app -f -", &with("29s"));
    assert_eq!(code, 0, "{output}");
    // 4 s, half of what is left of 10 s, 3 s.
    let (code, output, _) = folder.call("check app -f -", &with("10s"));
    assert_eq!(code, 0, "{output}");
    let (code, output, _) = folder.call("check app -f -", &with("9s"));
    assert!(output.contains("[plan-too-long]"), "{output}");
    assert_eq!(code, 1);
    let (code, output, _) = folder.call("check app -f -", &with("30s"));
    assert!(output.contains("warning: ") && output.contains("[forced-exit-too-late]"), "{output}");
    assert_eq!(code, 0);
    // 4 s, half of what is left of 54 s, the 3 s of the handler, and a second to spare.
    let (code, output, _) = folder.call("check app -f -", &with("54s"));
    assert!(output.contains("[grace-period-too-short]"), "{output}");
    assert_eq!(code, 1);
}

#[test]
fn several_containers() {
    let folder = Folder::new("several_containers");
    let manifest = format!("{}        - {{ name: proxy, image: proxy }}\n", enough());
    let (code, output, errors) = folder.call("check app -f -", &manifest);
    assert_eq!((code, &*output), (2, ""));
    let expected = "error: the pods have several containers: `api` and `proxy`; choose the program's with `--container \
                    NAME`, or its object with `--workload KIND/NAME`\n";
    assert_eq!(errors, expected);
    let (code, output, _) = folder.call("check app --container api -f -", &manifest);
    assert_eq!(code, 0, "{output}");
}

#[test]
fn what_is_no_manifest() {
    let folder = Folder::new("no_manifest");
    for (text, why) in [
        ("", "no pod template was found"),
        ("kind: Service\n", "no pod template was found"),
        ("kind: [\n", "<stdin>:"),
        ("a: {{ .Values.x }}\n", "<stdin>:1:4: a template must be rendered "),
    ] {
        let (code, output, errors) = folder.call("check app -f -", text);
        assert_eq!((code, &*output), (2, ""), "{text}");
        assert!(errors.starts_with(&format!("error: {why}")), "{errors}");
    }
}

#[test]
fn snippet() {
    let folder = Folder::new("snippet");
    let (code, output, errors) = folder.call("snippet app", "");
    assert_eq!((code, &*errors), (0, ""));
    for line in
        ["terminationGracePeriodSeconds: 21", "- name: app", "containerPort: 8081", "path: /ready", "path: /livez"]
    {
        assert!(output.lines().any(|found| found.trim() == line), "{line}: {output}");
    }
    assert!(!output.contains("preStop"), "{output}");

    let (code, named, _) = folder.call("snippet app --container api", "");
    assert_eq!(code, 0);
    assert_eq!(named, output.replace("- name: app", "- name: api"));
}

/// The snippet cannot mend the program.
#[test]
fn what_no_snippet_mends_is_said_beside_it() {
    let folder = Folder::new("snippet_left");
    folder.write("app", elf(&format!("{MAIN}\n{}\n", HANDLER.replace("3000", "30000"))));
    let (code, output, errors) = folder.call("snippet app --container {{x}}", "");
    assert_eq!(code, 0);
    assert!(output.contains("- name: \"{{x}}\"\n"), "{output}");
    assert_eq!(
        errors,
        "warning: the program's plan takes 42 s in the worst case (lame duck 4 s + drain 8 s + teardown 30 s), 22 s more \
         than its grace period of 20 s; raise the program's grace period to 42s and `terminationGracePeriodSeconds` to at \
         least 43, or lower the timeouts\n"
    );
}

/// Without a lame duck the snippet has a preStop.
#[test]
fn what_the_snippet_says_passes_the_check() {
    let folder = Folder::new("snippet_passes");
    for (lame_duck, with_pre_stop) in [("4000", false), ("0", true)] {
        let main = MAIN.replace("\"lame_duck_ms\":4000", &format!("\"lame_duck_ms\":{lame_duck}"));
        folder.write("app", elf(&format!("{main}\n{HANDLER}\n")));
        let (_, snippet, _) = folder.call("snippet app", "");
        assert_eq!(snippet.contains("preStop"), with_pre_stop, "{snippet}");
        let indented: String = snippet.lines().map(|line| format!("    {line}\n")).collect();
        let (head, _) =
            enough().split_once("    spec:\n").map(|(head, rest)| (head.to_owned(), rest.to_owned())).unwrap();
        let (code, output, _) = folder.call("check app -f -", &format!("{head}{indented}"));
        assert_eq!(code, 0, "{output}");
        assert!(output.ends_with("\nno errors, 1 warning\n"), "{output}");
    }
}

#[test]
fn what_cannot_be_run() {
    let folder = Folder::new("cannot_run");
    folder.write("notes.txt", "a text of sixteen bytes, and some");
    folder.write("empty/x.txt", "");
    folder.write("latin.yaml", b"kind: Pod\nname: caf\xe9\n");
    for (line, why) in [
        ("plan .", "`.` is not a file: pass the finished program, such as target/release/app"),
        ("plan notes.txt", "cannot read `notes.txt`: it is not an ELF, Mach-O or PE file: pass the finished program"),
        ("check app -f empty", "the folder `empty` has no file *.yaml, *.yml or *.json"),
        ("check app -f - -f -", "standard input can be read only once"),
        ("check app -f latin.yaml", "cannot read `latin.yaml`: line 2 is not UTF-8"),
    ] {
        assert_eq!(folder.call(line, ""), (2, String::new(), format!("error: {why}\n")), "{line}");
    }
    let (code, _, errors) = folder.call("plan missing", "");
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: cannot open `missing`: "), "{errors}");
    let (code, _, errors) = folder.call("check app -f missing.yaml", "");
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: cannot open `missing.yaml`: "), "{errors}");
}

#[test]
fn help_and_version() {
    let folder = Folder::new("help");
    for line in ["--help", "graceful --help", "check app -h", "graceful check --help"] {
        let (code, output, errors) = folder.call(line, "");
        assert_eq!((code, &*errors), (0, ""));
        assert!(output.contains("Usage: cargo graceful ") && !output.contains('\x1b'), "{output}");
    }
    assert_eq!(folder.call("-V", ""), (0, "cargo-graceful 0.1.0\n".to_owned(), String::new()));
}

#[test]
fn wrong_arguments() {
    let folder = Folder::new("wrong_arguments");
    for (line, why) in [
        ("", "Usage: cargo graceful <COMMAND>"),
        ("paln app", "error: unrecognized subcommand 'paln'"),
        ("check app", "error: the following required arguments were not provided"),
        ("plan app --jsn", "error: unexpected argument '--jsn' found"),
        ("plan app --release", "error: the argument '[BINARY]' cannot be used with"),
    ] {
        let (code, output, errors) = folder.call(line, "");
        assert_eq!((code, &*output), (2, ""), "{line}");
        assert!(errors.contains(why), "{line}: {errors}");
    }
}

#[test]
fn pages_of_rules() {
    let folder = Folder::new("explain");
    let (code, page, errors) = folder.call("explain exec-sleep", "");
    assert_eq!((code, &*errors), (0, ""));
    assert!(page.starts_with("# exec-sleep\n\nwarning: preStop runs the program `sleep`"), "{page}");
    assert!(page.contains("\n## Mend\n"), "{page}");
    assert!(page.contains("`# graceful: allow exec-sleep: REASON`"), "{page}");
    let (_, page, _) = folder.call("explain plan-too-long", "");
    assert!(page.contains("\n```rust\n#[graceful::main"), "{page}");
    let (code, list, _) = folder.call("explain", "");
    assert_eq!(code, 0);
    assert!(list.contains("zero-grace-period                error    The granted time is 0:"), "{list}");
    let (code, _, errors) = folder.call("explain exec-slep", "");
    assert_eq!(code, 2);
    assert!(errors.contains("'exec-sleep'"), "{errors}");
}

#[test]
fn completions_and_man_pages() {
    let folder = Folder::new("completions");
    for (line, part) in [
        ("completions bash", "complete -F _cargo__graceful"),
        ("completions zsh", "#compdef cargo-graceful"),
        ("completions bash", "grace-period-too-short"),
        ("completions fish", "complete -c cargo-graceful"),
        ("man", ".TH cargo-graceful 1"),
        ("man check", ".TH cargo-graceful-check 1"),
    ] {
        let (code, output, errors) = folder.call(line, "");
        assert_eq!((code, &*errors), (0, ""), "{line}");
        assert!(output.contains(part), "{line}: {output}");
    }
    let (code, _, errors) = folder.call("man paln", "");
    assert_eq!((code, &*errors), (2, "error: no command is called `paln`\n"));
}

/// In CI a plan that does not fit is a failure.
#[test]
fn a_plan_that_does_not_fit_can_be_denied() {
    let folder = Folder::new("plan_denied");
    assert_eq!(folder.call("plan app --deny warnings", "").0, 0);
    folder.write("app", elf(&format!("{MAIN}\n{}\n", HANDLER.replace("3000", "30000"))));
    let (code, output, _) = folder.call("plan app", "");
    assert_eq!(code, 0);
    assert!(output.contains("42 s in the worst case"), "{output}");
    assert_eq!(folder.call("plan app --deny warnings", "").0, 1);
    // Nor may a record be left out.
    folder.write("app", elf(&format!("{MAIN}\n{{\"graceful\":2}}\n")));
    assert_eq!(folder.call("plan app --deny warnings --json", "").0, 1);
}

#[cfg(unix)]
#[test]
fn a_file_of_two_gibibytes() {
    let folder = Folder::new("two_gibibytes");
    let app = fs::File::options().append(true).open(folder.0.join("app")).unwrap();
    // The file is sparse, so it takes no space.
    app.set_len(2 << 30).unwrap();
    let (code, output, errors) = folder.call("plan app", "");
    fs::remove_file(folder.0.join("app")).unwrap();
    assert_eq!((code, &*errors), (0, ""));
    assert!(output.starts_with("shutdown plan: 1 handler"), "{output}");
}

/// A reader such as `head` has read enough.
#[test]
fn a_reader_that_goes_away() {
    let folder = Folder::new("goes_away");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_cargo-graceful"))
        .args(["plan", "app"])
        .current_dir(&folder.0)
        .stdout(writer)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
