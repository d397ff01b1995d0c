//! The findings in jobs of Nomad, in both syntaxes.

use graceful_manifest::{Check, ErrorKind, Program, Rule, Source};

use crate::cases::{program, secs};
use crate::files::{Case, check_texts, found, lines};

const FILE: &str = "shop.nomad.hcl";

/// A job in HCL with these lines in the task. The lines start at line 5.
fn hcl(lines: &str) -> String {
    format!(
        "job \"shop\" {{\n  group \"web\" {{\n    count = 1\n    task \"api\" {{\n{lines}\n    }}\n    network {{\n      port \"http\" {{\n        to \
         = 8081\n      }}\n    }}\n  }}\n}}\n"
    )
}

/// A job that is granted enough time. The lines start at line 6.
fn with_enough_time(lines: &str) -> String {
    hcl(&format!("kill_timeout = \"29s\"\n{lines}"))
}

fn json(members: &str) -> String {
    format!(
        r#"{{"Job": {{"ID": "shop", "Name": "shop", "TaskGroups": [{{"Name": "web",
"Networks": [{{"DynamicPorts": [{{"Label": "http", "To": 8081, "Value": 0}}]}}],
"Tasks": [{{"Name": "api",
{members}
}}]}}]}}}}"#
    )
}

#[test]
fn times_and_signals_in_hcl() {
    let cases: &[Case] = &[
        ("kill_timeout = \"29s\"", &[]),
        ("kill_timeout = \"20s\"", &[(5, Rule::GracePeriodTooShort)]),
        ("kill_timeout = \"0s\"", &[(5, Rule::GracePeriodTooShort)]),
        ("kill_timeout = \"31s\"", &[(5, Rule::MaxKillTimeout)]),
        ("kill_timeout = \"soon\"", &[(5, Rule::InvalidValue)]),
        ("kill_timeout = var.time", &[(5, Rule::ValueUnknown)]),
        ("kill_timeout = \"${var.time}s\"", &[(5, Rule::ValueUnknown)]),
        ("driver = \"docker\"", &[(4, Rule::GracePeriodTooShort)]),
        ("kill_timeout = \"29s\"\nkill_signal = \"SIGTERM\"", &[]),
        ("kill_timeout = \"29s\"\nkill_signal = \"SIGQUIT\"", &[(6, Rule::StopSignalNotHandled)]),
        ("kill_timeout = \"29s\"\nkill_signal = var.signal", &[(6, Rule::ValueUnknown)]),
    ];
    check_texts(&program(), FILE, cases, hcl);
    assert_eq!(
        lines(&program(), FILE, &hcl("driver = \"exec\"")),
        [
            "shop.nomad.hcl:4:5: error: job/shop: the task is granted 5 s, the default, but needs 29 s: grace period 28 s + 1 s to spare; \
         write `kill_timeout = \"29s\"` [grace-period-too-short]"
        ]
    );
    assert_eq!(
        lines(&Program { grace_period: secs(40), ..program() }, FILE, &hcl("kill_timeout = \"60s\"")),
        [
            "shop.nomad.hcl:5:1: note: job/shop: the client grants at most its own `max_kill_timeout`, default 30 s, and not the 1 min of \
         the task; set `max_kill_timeout = \"60s\"` in the configuration of the clients [max-kill-timeout]"
        ]
    );
    // The default signal is the driver's.
    let program = Program { signals: vec!["SIGINT".to_owned()], ..program() };
    for (driver, is_handled) in [("exec", true), ("docker", false)] {
        let text = hcl(&format!("driver = \"{driver}\"\nkill_timeout = \"29s\""));
        assert_eq!(found(&program, &[(FILE, &text)]).is_empty(), is_handled, "{driver}");
    }
}

#[test]
fn a_delay_beside_a_lame_duck() {
    let text = hcl("kill_timeout = \"29s\"\nshutdown_delay = \"5s\"");
    assert_eq!(found(&program(), &[(FILE, &text)]), []);
    let program = Program { lame_duck: secs(3), ..program() };
    assert_eq!(
        lines(&program, FILE, &text),
        [
            "shop.nomad.hcl:6:1: warning: job/shop: Nomad waits 5 s before the signal, and the lame duck lasts another 3 s: for 8 s the \
         task only waits for traffic to stop; remove `shutdown_delay`, or the lame duck [pre-stop-and-lame-duck]"
        ]
    );
    let of_group = text
        .replace("group \"web\" {", "group \"web\" {\n shutdown_delay = \"1s\"")
        .replace("\nshutdown_delay = \"5s\"", "");
    assert_eq!(found(&program, &[(FILE, &of_group)]), [(3, Rule::PreStopAndLameDuck)]);
    assert_eq!(found(&program, &[(FILE, &text.replace("\"5s\"", "\"0s\""))]), []);
    let json = json("\"KillTimeout\": 29000000000, \"ShutdownDelay\": 5000000000");
    assert_eq!(found(&program, &[("job.json", &json)]), [(4, Rule::PreStopAndLameDuck)]);
}

#[test]
fn the_api_s_json() {
    let cases: &[Case] = &[
        ("\"KillTimeout\": 29000000000", &[]),
        ("\"KillTimeout\": 20000000000", &[(4, Rule::GracePeriodTooShort)]),
        ("\"KillTimeout\": \"20s\"", &[(4, Rule::GracePeriodTooShort)]),
        ("\"KillTimeout\": 0", &[(4, Rule::GracePeriodTooShort)]),
        ("\"KillTimeout\": 29000000000, \"KillSignal\": \"\"", &[]),
        ("\"KillTimeout\": 29000000000, \"KillSignal\": \"SIGQUIT\"", &[(4, Rule::StopSignalNotHandled)]),
        ("\"KillTimeout\": 29000000000, \"Env\": {\"GRACEFUL_LAME_DUCK\": \"soon\"}", &[(4, Rule::BadEnvironment)]),
        (
            "\"KillTimeout\": 29000000000, \"Driver\": \"exec\", \"Config\": {\"command\": \"sh\", \"args\": [\"-c\", \"api\"]}",
            &[(4, Rule::ShellAsProcess1)],
        ),
        (
            "\"KillTimeout\": 29000000000,\n\"Services\": [{\"PortLabel\": \"http\", \"Checks\": [\n{\"Type\": \"http\", \"Path\": \"/up\"}]}]",
            &[(6, Rule::ProbeNotServed)],
        ),
    ];
    check_texts(&program(), "job.json", cases, json);
    // What `nomad job inspect` of an older version prints.
    let bare = "{\"ID\": \"a\", \"TaskGroups\": [{\"Tasks\": [{\"Name\": \"b\"}]}]}";
    assert_eq!(found(&program(), &[("-", bare)]), [(1, Rule::GracePeriodTooShort)]);
}

#[test]
fn variables_and_commands() {
    let cases: &[Case] = &[
        ("env {\n GRACEFUL_LAME_DUCK = \"soon\"\n}", &[(7, Rule::BadEnvironment)]),
        ("env = { GRACEFUL_LAME_DUCK = \"soon\" }", &[(6, Rule::BadEnvironment)]),
        ("env {\n GRACEFUL_LAME_DUCK = \"${meta.time}\"\n}", &[(7, Rule::EnvironmentUnknown)]),
        ("env {\n GRACEFUL_LAME = \"1s\"\n}", &[(7, Rule::UnknownVariable)]),
        (
            "driver = \"exec\"\nconfig {\n command = \"/bin/sh\"\n args = [\"-c\", \"api\"]\n}",
            &[(8, Rule::ShellAsProcess1)],
        ),
        ("driver = \"exec\"\nconfig {\n command = \"/bin/sh\"\n args = [\"-c\", \"exec api\"]\n}", &[]),
        (
            "driver = \"docker\"\nconfig {\n entrypoint = [\"/bin/sh\", \"-c\", \"api\"]\n}",
            &[(8, Rule::ShellAsProcess1)],
        ),
    ];
    check_texts(&program(), FILE, cases, with_enough_time);
}

#[test]
fn checks_of_services() {
    let cases: &[Case] = &[
        ("service {\n port = \"http\"\n check {\n type = \"http\"\n path = \"/ready\"\n }\n}", &[]),
        (
            "service {\n port = \"http\"\n check {\n type = \"http\"\n path = \"/up\"\n }\n}",
            &[(10, Rule::ProbeNotServed)],
        ),
        ("service {\n port = \"other\"\n check {\n type = \"http\"\n path = \"/up\"\n }\n}", &[]),
        ("service {\n port = 8081\n check {\n type = \"http\"\n path = \"/up\"\n }\n}", &[(10, Rule::ProbeNotServed)]),
        ("service {\n port = \"http\"\n check {\n type = \"grpc\"\n }\n}", &[(7, Rule::ProbeNotServed)]),
        ("service {\n port = \"http\"\n check {\n type = \"tcp\"\n }\n}", &[]),
        ("service {\n port = \"http\"\n check {\n type = \"script\"\n }\n}", &[]),
        (
            "service {\n port = \"http\"\n check {\n type = \"http\"\n path = \"/ready\"\n check_restart {\n limit = 3\n }\n }\n}",
            &[(10, Rule::LivenessOnReady)],
        ),
    ];
    check_texts(&program(), FILE, cases, with_enough_time);
}

#[test]
fn several_tasks_and_groups() {
    let text = "job \"shop\" {\n group \"a\" {\n task \"api\" {\n kill_timeout = \"29s\"\n }\n task \"log\" {\n }\n }\n group \"b\" {\n \
                task \"api\" {\n }\n }\n}\n";
    let program = program();
    let run = |check: Check<'_>| check.run(&[Source { name: FILE, text }]);
    assert_eq!(run(Check::new(&program)).unwrap_err().to_string(), "the files have several tasks: `api` and `log`");
    let findings = run(Check::new(&program).container("api")).unwrap().findings;
    assert_eq!(findings.iter().map(|found| found.line).collect::<Vec<_>>(), [10]);
}

#[test]
fn names_and_texts_that_are_jobs() {
    for name in ["shop.nomad", "a/b.hcl", "-"] {
        assert_eq!(found(&program(), &[(name, &hcl(""))]), [(4, Rule::GracePeriodTooShort)], "{name}");
    }
    let program = program();
    let error = Check::new(&program).run(&[Source { name: FILE, text: "job \"a\" {\n" }]).unwrap_err();
    assert!(error.to_string().starts_with("shop.nomad.hcl:1:10: not HCL: invalid block body"), "{error}");
    let error = Check::new(&program).run(&[Source { name: FILE, text: "a = 1\n" }]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoWorkload);
}
