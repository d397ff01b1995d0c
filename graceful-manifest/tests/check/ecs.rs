//! Amazon ECS: each finding, its nearest neighbours, and the forms of a task definition.

mod random;

use graceful_manifest::{Check, Finding, Program, Rule, Source};

use crate::cases::{self, Change, program, secs};

pub(crate) const GOOD: &str = r#"{
  "family": "api",
  "requiresCompatibilities": ["FARGATE"],
  "containerDefinitions": [
    {
      "name": "api",
      "image": "api",
      "essential": true,
      "stopTimeout": 30,
      "entryPoint": ["/api"],
      "command": ["--port", "8080"],
      "linuxParameters": { "initProcessEnabled": true },
      "environment": [{ "name": "GRACEFUL_LAME_DUCK", "value": "0s" }],
      "secrets": [{ "name": "PASSWORD", "valueFrom": "arn:aws:ssm:x" }],
      "dependsOn": [{ "containerName": "proxy", "condition": "START" }],
      "healthCheck": { "command": ["CMD-SHELL", "curl -f http://localhost:8081/livez || exit 1"] }
    },
    { "name": "proxy", "image": "envoy" }
  ]
}
"#;

pub(crate) const TEMPLATE: &str = "\
Parameters:
  Grace: { Type: Number, Default: 30 }
  Signal: { Type: String }
Resources:
  Bucket: { Type: AWS::S3::Bucket }
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions:
        - Name: api
          Image: !Sub \"${AWS::AccountId}.dkr.ecr.amazonaws.com/api\"
          StopTimeout: 30
          EntryPoint: [/api]
          LinuxParameters: { InitProcessEnabled: true }
          Environment:
            - Name: GRACEFUL_LAME_DUCK
              Value: 0s
";

fn run(program: &Program, text: &str) -> Vec<Finding> {
    Check::new(program).container("api").run(&[Source { name: "task.json", text }]).unwrap().findings
}

fn lines(text: &str) -> Vec<String> {
    run(&program(), text).iter().map(ToString::to_string).collect()
}

struct Case {
    text: &'static str,
    shows: &'static [Change],
    does_not: &'static [Change],
    message: &'static str,
}

const JSON: Case = Case { text: GOOD, shows: &[], does_not: &[], message: "" };
const YAML: Case = Case { text: TEMPLATE, ..JSON };

const GRANTED: &str = "      \"stopTimeout\": 30,\n";
const ENTRY_POINT: &str = "[\"/api\"]";

const CASES: &[Case] = &[
    Case {
        shows: &[("30", "20")],
        does_not: &[("30", "29")],
        message: "task.json:9:7: error: container/api: the container is granted 20 s but needs 29 s: grace period \
                  28 s + 1 s to spare; write `\"stopTimeout\": 29`, or lower the program's grace period to 19s \
                  [grace-period-too-short]",
        ..JSON
    },
    Case {
        shows: &[("30", "28")],
        does_not: &[(GRANTED, "")],
        message: "task.json:9:7: warning: container/api: the container is granted 28 s, which is enough for the \
                  plan, but the forced exit needs 29 s: grace period 28 s + 1 s to spare; write `\"stopTimeout\": \
                  29`, or lower the program's grace period to 27s [forced-exit-too-late]",
        ..JSON
    },
    Case {
        shows: &[("30", "121")],
        does_not: &[("30", "120")],
        message: "task.json:9:7: error: container/api: `stopTimeout` is 2 min 1 s, but Fargate grants at most 2 \
                  min; write `\"stopTimeout\": 120` [invalid-value]",
        ..JSON
    },
    Case {
        shows: &[("30", "\"30\"")],
        does_not: &[("30", "0")],
        message: "task.json:9:7: error: container/api: `stopTimeout` is `30`, which Fargate refuses; write a \
                  whole number of seconds [invalid-value]",
        ..JSON
    },
    Case {
        shows: &[("30", "-1")],
        does_not: &[("30", "121"), ("FARGATE", "EC2")],
        message: "task.json:9:7: error: container/api: `stopTimeout` is `-1`, which Fargate refuses; write a \
                  whole number of seconds [invalid-value]",
        ..JSON
    },
    Case {
        shows: &[(ENTRY_POINT, "[\"sh\", \"-c\", \"/api\"]")],
        does_not: &[(ENTRY_POINT, "[\"sh\", \"-c\", \"exec /api\"]")],
        message: "task.json:10:7: warning: container/api: `docker-init` runs the shell `sh`, which gets the \
                  signal and does not pass it on; write the program itself as `entryPoint`, or `exec` before it in \
                  the script [shell-as-process-1]",
        ..JSON
    },
    Case {
        shows: &[(ENTRY_POINT, "[\"sh\", \"-c\", \"/api\"]"), ("ProcessEnabled\": true", "ProcessEnabled\": false")],
        does_not: &[],
        message: "task.json:10:7: warning: container/api: process 1 is the shell `sh`, which gets the signal and \
                  does not pass it on; write the program itself as `entryPoint`, or `exec` before it in the script \
                  [shell-as-process-1]",
        ..JSON
    },
    Case {
        shows: &[
            (ENTRY_POINT, "[]"),
            ("[\"--port\", \"8080\"]", "[\"sh\", \"/api.sh\"]"),
            ("ProcessEnabled\": true", "ProcessEnabled\": false"),
        ],
        does_not: &[(ENTRY_POINT, "[]")],
        message: "task.json:11:7: warning: container/api: `command` runs the shell `sh`, which gets the signal \
                  and may not pass it on: the files do not show how its script ends; write the program itself as \
                  `entryPoint`, or the script after `-c`, with `exec` before the program [shell-as-process-1]",
        ..JSON
    },
    Case {
        shows: &[("8081/livez", "8081/alive")],
        does_not: &[("8081/livez", "8080/alive")],
        message: "task.json:16:49: error: container/api: the `healthCheck` requests `/alive`, which the program \
                  does not serve on port 8081; request `/livez`, or one of the other paths that it serves: \
                  `/health`, `/ready`, `/readyz` and `/healthz` [probe-not-served]",
        ..JSON
    },
    Case {
        shows: &[("8081/livez", "8081/ready")],
        does_not: &[("8081/livez", "8081/ready"), ("\"essential\": true", "\"essential\": false")],
        message: "task.json:16:49: warning: container/api: the `healthCheck` requests `/ready`, which fails while \
                  the program starts or a component is unhealthy: Fargate then restarts the program; request \
                  `/livez` [liveness-on-ready]",
        ..JSON
    },
    Case {
        shows: &[("\"0s\"", "\"5\"")],
        does_not: &[("\"0s\"", "\"\"")],
        message: "task.json:13:55: error: container/api: `GRACEFUL_LAME_DUCK` is `5`: it lacks a unit, so the \
                  program does not start; write `5s` [bad-environment]",
        ..JSON
    },
    Case {
        shows: &[("\"PASSWORD\"", "\"GRACEFUL_PROBES\"")],
        does_not: &[],
        message: "task.json:14:19: warning: container/api: the value of `GRACEFUL_PROBES` cannot be read from the \
                  files, so the check uses the program's own value; write its value in the file \
                  [environment-unknown]",
        ..JSON
    },
    Case {
        shows: &[("LAME_DUCK", "LAME")],
        does_not: &[],
        message: "task.json:13:50: warning: container/api: `GRACEFUL_LAME` has no effect, because graceful has no \
                  such variable; did you mean `GRACEFUL_LAME_DUCK`? [unknown-variable]",
        ..JSON
    },
    Case {
        shows: &[("\"containerName\": \"proxy\"", "\"containerName\": \"log\"")],
        does_not: &[("\"containerName\": \"proxy\"", "\"containerName\": \"log\""), ("\"envoy\"", "\"fluent-bit\"")],
        message: "task.json:18:5: warning: container/api: the proxy `proxy` gets its stop signal together with the \
                  program and may end first, while the program still drains and its handlers still use the network; \
                  name it as `containerName` in the program's `dependsOn`: then it is stopped after the program \
                  [proxy-ends-first]",
        ..JSON
    },
    Case {
        shows: &[("StopTimeout: 30", "StopTimeout: 9")],
        does_not: &[("StopTimeout: 30", "StopTimeout: '30'")],
        message: "task.json:13:11: error: container/api: the container is granted 9 s but needs 29 s: grace \
                  period 28 s + 1 s to spare; write `StopTimeout: 29` [grace-period-too-short]",
        ..YAML
    },
    Case {
        shows: &[("StopTimeout: 30", "StopTimeout: !Ref Signal")],
        does_not: &[("StopTimeout: 30", "StopTimeout: !Ref Grace")],
        message: "task.json:13:11: warning: container/api: the value of `StopTimeout` is not in the files: it is \
                  `!Ref Signal`; write a whole number of seconds [value-unknown]",
        ..YAML
    },
    Case {
        shows: &[("StopTimeout: 30", "StopTimeout: { \"Fn::If\": [A, 30, 40] }")],
        does_not: &[("StopTimeout: 30", "StopTimeout: { Ref: Grace }")],
        message: "task.json:13:11: warning: container/api: the value of `StopTimeout` is not in the files: it is \
                  `Fn::If`; write a whole number of seconds [value-unknown]",
        ..YAML
    },
    Case {
        shows: &[("StopTimeout: 30", "StopTimeout: 180")],
        does_not: &[("[FARGATE]", "[EC2]"), ("StopTimeout: 30", "StopTimeout: 180")],
        message: "task.json:13:11: error: container/api: `StopTimeout` is 3 min, but Fargate grants at most 2 \
                  min; write `StopTimeout: 120` [invalid-value]",
        ..YAML
    },
    Case {
        shows: &[("Value: 0s", "Value: !Sub \"${Grace}s\"")],
        does_not: &[],
        message: "task.json:17:15: warning: container/api: the value of `GRACEFUL_LAME_DUCK` cannot be read from \
                  the files, so the check uses the program's own value; write its value in the file \
                  [environment-unknown]",
        ..YAML
    },
];

#[test]
fn nothing_is_found_in_what_fits() {
    assert_eq!(lines(GOOD), [""; 0]);
    assert_eq!(lines(TEMPLATE), [""; 0]);
}

#[test]
fn each_finding_is_shown_and_not_by_its_nearest_neighbour() {
    let cases = CASES.iter().map(|case| (case.text, case.shows, case.does_not, case.message));
    cases::each_is_shown(cases, lines);
}

/// What `register-task-definition` takes, what `describe-task-definition` prints, and what Terraform takes.
#[test]
fn each_form_is_read() {
    let short = GOOD.replace("\"stopTimeout\": 30", "\"stopTimeout\": 9");
    let list = &short[short.find('[').unwrap()..];
    let list = &list[list.find("[\n").unwrap()..=list.rfind(']').unwrap()];
    for text in [&*short, &format!("{{\"taskDefinition\": {short}}}"), list] {
        assert_eq!(cases::rules(&run(&program(), text)), [Rule::GracePeriodTooShort], "{text}");
    }
}

/// Names that a template composes. Without a parameter's value nothing is known of them.
#[test]
fn a_template_may_compose_the_name() {
    for name in ["!Sub \"${AWS::StackName}-api\"", "!Ref Signal", "{ \"Fn::Sub\": \"${A}-api\" }"] {
        let text = cases::changed_in(TEMPLATE, &[("StopTimeout: 30", "StopTimeout: 9")]);
        let text = text.replace("Name: api", &format!("Name: {name}"));
        let program = program();
        let outcome = Check::new(&program).run(&[Source { name: "template.yaml", text: &text }]).unwrap();
        assert_eq!(outcome.findings[0].rule, Rule::GracePeriodTooShort, "{name}");
    }
}

#[test]
fn defaults_of_the_program_fit_those_of_ecs() {
    let program = Program { handlers: Some(Vec::new()), ..Program::default() };
    let text = r#"{"containerDefinitions": [{"name": "api", "image": "api"}]}"#;
    assert_eq!(run(&program, text), []);
    let longer = Program { grace_period: secs(70), ..program };
    assert_eq!(run(&longer, text)[0].rule, Rule::GracePeriodTooShort);
}
