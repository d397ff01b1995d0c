//! The formats of a check's outcome, and of an error of its input.

use serde_json::{Value, json};

use crate::call::{DEPLOYMENT, Folder, enough, is_harmless};
use crate::sample::{HANDLER, MAIN, elf};

/// What `helm template` writes.
fn rendered() -> String {
    format!("---\n# Source: shop/templates/api.yaml\n{DEPLOYMENT}")
}

#[test]
fn a_rendered_line_names_its_template() {
    let folder = Folder::new("rendered");
    let (_, output, _) = folder.call("check app -f -", &rendered());
    assert!(output.contains("   = note: rendered from shop/templates/api.yaml\n"), "{output}");
    let (_, output) = folder.json("check app -f - --format json", &rendered());
    assert_eq!(output["findings"][0]["template"], "shop/templates/api.yaml");
    let (_, output, _) = folder.call("check app -f - --format github", &rendered());
    assert!(output.starts_with("::warning file=shop/templates/api.yaml,title=graceful "), "{output}");
    let (_, output) = folder.json("check app -f - --format sarif", &rendered());
    let location = &output["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location, &json!({ "artifactLocation": { "uri": "shop/templates/api.yaml" } }));
    // The line of a file is right.
    folder.write("api.yaml", rendered());
    let (_, output, _) = folder.call("check app -f ./api.yaml --format github", "");
    assert!(output.starts_with("::warning file=api.yaml,line=3,col=1,"), "{output}");
    let (_, output, _) = folder.call("check app -f api.yaml", "");
    assert!(!output.contains("rendered"), "{output}");
}

#[test]
fn an_error_of_the_input_is_in_the_output() {
    let folder = Folder::new("input_error");
    let text = "# Source: shop/templates/api.yaml\na: {{ x }}\n";
    let message = "a template must be rendered before the check: `helm template . | cargo graceful check BINARY -f -`";
    let (code, output, errors) = folder.call("check app -f -", text);
    assert_eq!((code, &*output), (2, ""));
    assert_eq!(errors, format!("error: <stdin>:2:4: {message} (rendered from shop/templates/api.yaml)\n"));

    let (code, output) = folder.json("check app -f - --format json", text);
    let place = json!({
        "message": message, "source": "<stdin>", "line": 2, "column": 4, "template": "shop/templates/api.yaml",
    });
    assert_eq!((code, output), (2, json!({ "error": place })));

    folder.write("api.yaml", text);
    let (code, output, _) = folder.call("check app -f api.yaml --format github", "");
    assert_eq!((code, output), (2, format!("::error file=api.yaml,line=2,col=4,title=graceful::{message}\n")));

    let (code, output) = folder.json("check app -f api.yaml --format sarif", "");
    let invocation = &output["runs"][0]["invocations"][0];
    assert_eq!((code, &invocation["executionSuccessful"]), (2, &json!(false)));
    assert_eq!(invocation["toolExecutionNotifications"][0]["message"]["text"], message);

    let (code, output, _) = folder.call("check app -f api.yaml --format junit", "");
    assert_eq!(code, 2);
    assert!(
        output.contains("errors=\"1\"") && output.contains("<error message=\"api.yaml:2:4: a template"),
        "{output}"
    );

    // So is an error of the binary, which has no place.
    let (code, output, _) = folder.call("check missing -f - --format github", text);
    assert_eq!(code, 2);
    assert!(output.starts_with("::error title=graceful::cannot open `missing`: "), "{output}");
}

#[test]
fn sarif() {
    let folder = Folder::new("sarif");
    folder.write("a b.yaml", DEPLOYMENT);
    folder.write("deploy/a b.yaml", DEPLOYMENT);
    let (code, output) = folder.json("check app -f deploy --format sarif", "");
    assert_eq!(code, 1);
    let run = &output["runs"][0];
    assert_eq!((&output["version"], &run["tool"]["driver"]["name"]), (&json!("2.1.0"), &json!("cargo-graceful")));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["grace-period-too-short", "no-pod-disruption-budget"]);
    assert!(rules[0]["help"]["markdown"].as_str().unwrap().starts_with("## Why"));
    let result = &run["results"][1];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("grace-period-too-short"), &json!("error")));
    let place = json!({
        "logicalLocations": [{ "fullyQualifiedName": "Deployment/api" }],
        "physicalLocation": {
            "artifactLocation": { "uri": "deploy/a%20b.yaml" },
            "region": { "startLine": 10, "startColumn": 7, "endColumn": 36 },
        },
    });
    assert_eq!(result["locations"], json!([place]));
}

#[test]
fn junit() {
    let folder = Folder::new("junit");
    let other = DEPLOYMENT.replace("name: api", "name: job");
    folder.write("deploy.yaml", format!("{DEPLOYMENT}---\n{other}"));
    let (code, output, _) = folder.call("check app -f deploy.yaml --container api --format junit", "");
    assert_eq!(code, 1);
    let expected = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites>
  <testsuite name=\"cargo graceful check\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\">
    <testcase classname=\"deploy.yaml\" name=\"Deployment/api\">
      <failure type=\"grace-period-too-short\" message=\"the pod is granted 15 s but needs 21 s: ";
    assert!(output.starts_with(expected), "{output}");
    let expected = "
    <testcase classname=\"deploy.yaml\" name=\"Deployment/job\">
      <skipped message=\"it has no container `api`\"/>
    </testcase>
  </testsuite>
</testsuites>
";
    assert!(output.ends_with(expected), "{output}");
    // A warning does not fail a test, unless it is denied.
    let (code, output, _) = folder.call("check app -f - --format junit", &enough());
    assert_eq!(code, 0);
    assert!(output.contains("failures=\"0\"") && output.contains("<system-out>&lt;stdin&gt;:1:1: warning"), "{output}");
    let (code, output, _) = folder.call("check app -f - --format junit --deny warnings", &enough());
    assert_eq!(code, 1);
    assert!(output.contains("<failure type=\"no-pod-disruption-budget\""), "{output}");
}

#[test]
fn one_object_is_chosen_and_the_others_are_named() {
    let folder = Folder::new("chosen");
    let other = DEPLOYMENT.replace("metadata: { name: api }", "metadata: { name: cart }");
    let text = format!("{DEPLOYMENT}---\n{other}");
    let (code, output, _) = folder.call("check app -f - --workload Deployment/api", &text);
    assert_eq!(code, 1);
    assert!(output.contains("\nchecked Deployment/api\nnot checked: Deployment/cart: "), "{output}");
    assert_eq!(output.matches("error: ").count(), 1, "{output}");
    let (_, output) = folder.json("check app -f - --workload Deployment/api --format json", &text);
    assert_eq!(output["skipped"][0]["object"], "Deployment/cart");
    let (_, output, _) = folder.call("check app -f - --workload Deployment/api --format github", &text);
    assert!(output.ends_with("graceful: checked: 1, not checked: 1; errors: 1, warnings: 1\n"), "{output}");
    let (code, _, errors) = folder.call("check app -f - --workload Deployment/cat", &text);
    assert_eq!(code, 2);
    assert!(errors.contains("`Deployment/cat`"), "{errors}");
}

/// A folder is taken for one of Kubernetes, but the files of other platforms in it do not pass in silence.
#[test]
fn other_files_of_a_folder_are_named() {
    let folder = Folder::new("other_files");
    for (name, text) in [("api.yaml", DEPLOYMENT), ("fly.toml", "app = 1"), ("api.service", ""), ("notes.md", "")] {
        folder.write(&format!("deploy/{name}"), text);
    }
    let reason = "of a folder only *.yaml, *.yml and *.json are read: pass it with `-f`";
    let (_, output, _) = folder.call("check app -f deploy", "");
    let expected = format!("\nnot checked: deploy/api.service: {reason}\nnot checked: deploy/fly.toml: {reason}\n");
    assert!(output.contains(&expected) && !output.contains("notes.md"), "{output}");
    let (_, output) = folder.json("check app -f deploy --format json", "");
    let unread = |name: &str| json!({ "object": name, "reason": reason, "source": name, "line": null, "column": null });
    assert_eq!(output["skipped"], json!([unread("deploy/api.service"), unread("deploy/fly.toml")]));
    let (_, output) = folder.json("check app -f deploy --format sarif", "");
    assert!(output.to_string().contains("not checked: deploy/fly.toml"), "{output}");
}

#[test]
fn what_is_granted_without_a_file() {
    let folder = Folder::new("granted");
    for (line, code, text) in [
        ("check app --granted 21s", 0, "no errors, no warnings\n"),
        ("check app --granted 10s", 1, "is granted 10 s but needs 21 s"),
        ("check app --platform cloud-run", 1, "is granted 10 s"),
        ("check app --platform fly --granted 1m", 0, "no errors"),
        ("check app --granted 30s --signal INT", 0, "no errors"),
        ("check app --granted 30s --signal SIGQUIT", 1, "[stop-signal-not-handled]"),
    ] {
        let (found, output, errors) = folder.call(line, "");
        assert_eq!((found, &*errors), (code, ""), "{line}: {output}");
        assert!(output.contains(text), "{line}: {output}");
        assert!(!output.contains("-->"), "{line}: {output}");
    }
    let (_, output) = folder.json("check app --platform heroku --granted 1s --format json", "");
    let finding = &output["findings"][0];
    assert_eq!((&finding["source"], &finding["line"]), (&Value::Null, &Value::Null));
    let (_, output, _) = folder.call("check app --granted 1s --format github", "");
    assert!(output.starts_with("::error title=graceful grace-period-too-short::"), "{output}");
    let (_, output) = folder.json("check app --granted 1s --format sarif", "");
    assert_eq!(output["runs"][0]["results"][0]["locations"][0].get("physicalLocation"), None);
}

/// An allowed finding is listed with its reason, and does not count.
#[test]
fn what_is_allowed() {
    let folder = Folder::new("allowed");
    let text = format!("# graceful: allow no-pod-disruption-budget: nobody <drains>\n{DEPLOYMENT}");
    let line = "check app -f - --allow grace-period-too-short --deny warnings";
    let (code, output, errors) = folder.call(line, &text);
    assert_eq!((code, &*errors), (0, ""), "{output}");
    let lines: Vec<_> = output.lines().collect();
    assert!(lines[0].ends_with("[no-pod-disruption-budget]: nobody <drains>"), "{output}");
    assert!(lines[1].ends_with("[grace-period-too-short]: by `--allow`"), "{output}");
    assert_eq!(lines[2..], ["checked Deployment/api", "no errors, no warnings, 2 allowed"]);

    let (code, output) = folder.json(&format!("{line} --format json"), &text);
    assert_eq!((code, &output["errors"], &output["warnings"]), (0, &json!(0), &json!(0)));
    let allowed = &output["allowed"];
    assert_eq!((&allowed[0]["reason"], &allowed[1]["reason"]), (&json!("nobody <drains>"), &Value::Null));
    assert_eq!(allowed[1]["rule"], "grace-period-too-short");

    let (_, output) = folder.json(&format!("{line} --format sarif"), &text);
    let suppressions: Vec<_> = output["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| &result["suppressions"][0]["kind"])
        .collect();
    assert_eq!(suppressions, ["inSource", "external"]);

    let (_, output, _) = folder.call(&format!("{line} --format github"), &text);
    assert_eq!(output, "graceful: checked: 1; errors: 0, warnings: 0, allowed: 2\n");

    let (_, output, _) = folder.call(&format!("{line} --format junit"), &text);
    assert!(output.contains("failures=\"0\"") && output.contains("nobody &lt;drains&gt;"), "{output}");

    // What allows nothing is a note, which no one can deny.
    let (code, output, _) = folder.call("check app -f - --allow exec-sleep", &enough());
    assert_eq!(code, 0);
    assert!(output.ends_with("\nno errors, 1 warning, 1 note\n"), "{output}");

    // So can a finding about the program.
    folder.write("app", elf(&format!("{HANDLER}\n")));
    let (code, output, _) = folder.call("check app -f - --allow handlers-without-main", DEPLOYMENT);
    assert_eq!(code, 0);
    assert!(output.starts_with("allowed: handler/db::close: "), "{output}");
}

/// Text of a file could move the cursor of a terminal, or end a command of a workflow.
#[test]
fn foreign_text_is_harmless() {
    let folder = Folder::new("foreign");
    folder.write("app", elf(&format!("{MAIN}\n")));
    let text = DEPLOYMENT.replace("{ name: api }\nspec", "{ name: \"\\e[2J\\u202e\\n::error::<&\" }\nspec");
    let text = text.replace("Seconds: 15", "Seconds: 15 # \u{202e}").replace("- name: api", "- name: \"\\u202e\\x7f\"");
    let text = format!("# graceful: allow no-pod-disruption-budget: \u{202e}\n{text}");
    for format in ["human", "json", "github", "sarif", "junit"] {
        let (code, output, errors) = folder.call(&format!("check app -f - --format {format}"), &text);
        assert_eq!((code, &*errors), (0, ""), "{format}");
        assert!(output.chars().all(is_harmless), "{format}: {output:?}");
    }
    // A reader of JSON gets it as it is.
    let (_, output) = folder.json("check app -f - --format json", &text);
    assert_eq!(output["checked"][0]["container"], "\u{202e}\x7f");
}
