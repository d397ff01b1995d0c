//! The findings in fly.toml.

use std::net::SocketAddr;

use graceful_manifest::{Check, ErrorKind, Program, Rule, Source};

use crate::cases::{program, secs};
use crate::files::{Case, check_all, found, lines};

const FILE: &str = "fly.toml";

#[test]
fn times_and_signals() {
    let cases: &[Case] = &[
        ("kill_timeout = 29\n", &[]),
        ("kill_timeout = 28\n", &[(1, Rule::ForcedExitTooLate)]),
        ("kill_timeout = 20\n", &[(1, Rule::GracePeriodTooShort)]),
        ("kill_timeout = \"1m\"\n", &[]),
        ("kill_timeout = \"20s\"\n", &[(1, Rule::GracePeriodTooShort)]),
        ("kill_timeout = 0\n", &[(1, Rule::ZeroGracePeriod)]),
        ("kill_timeout = 600\n", &[(1, Rule::InvalidValue)]),
        ("kill_timeout = \"soon\"\n", &[(1, Rule::InvalidValue)]),
        ("kill_timeout = -1\n", &[(1, Rule::InvalidValue)]),
        ("kill_timeout = 29\nkill_signal = \"SIGTERM\"\n", &[]),
        ("kill_timeout = 29\nkill_signal = \"SIGQUIT\"\n", &[(2, Rule::StopSignalNotHandled)]),
        ("kill_timeout = 29\nkill_signal = 15\n", &[]),
        ("kill_timeout = 29\nkill_signal = [1]\n", &[(2, Rule::InvalidValue)]),
        ("app = \"a\"\n", &[(1, Rule::GracePeriodTooShort)]),
        // A key of a table is another one.
        ("kill_timeout = 29\n[env]\nkill_signal = \"SIGQUIT\"\n", &[]),
    ];
    check_all(&program(), FILE, cases);
    assert_eq!(
        lines(&program(), FILE, "app = \"shop\"\n"),
        [
            "fly.toml:1:1: error: app/shop: the machine is granted 5 s, the default, but needs 29 s: grace period 28 s + 1 s to spare; \
         write `kill_timeout = 29` [grace-period-too-short]"
        ]
    );
    let long = Program { grace_period: secs(400), handlers: None, ..program() };
    assert_eq!(
        lines(&long, FILE, "kill_timeout = 300\n"),
        [
            "fly.toml:1:1: error: app/: the machine is granted 5 min but needs 6 min 41 s: grace period 6 min 40 s + 1 s to spare; lower \
         the program's grace period to 4m 59s [grace-period-too-short]"
        ]
    );
    // SIGINT is the default.
    let program = Program { signals: vec!["SIGTERM".to_owned()], ..program() };
    assert_eq!(found(&program, &[(FILE, "kill_timeout = 29\n")]), [(1, Rule::StopSignalNotHandled)]);
    assert_eq!(found(&program, &[(FILE, "kill_timeout = 29\nkill_signal = \"SIGTERM\"\n")]), []);
}

#[test]
fn variables() {
    check_all(
        &program(),
        FILE,
        &[
            ("kill_timeout = 10\n[env]\nGRACEFUL_GRACE_PERIOD = \"9s\"\n", &[(3, Rule::PlanTooLong)]),
            ("kill_timeout = 29\n[env]\nGRACEFUL_GRACE_PERIOD = \"soon\"\n", &[(3, Rule::BadEnvironment)]),
            ("kill_timeout = 29\n[env]\nGRACEFUL_GRACE = \"9s\"\nA = \"1\"\n", &[(3, Rule::UnknownVariable)]),
        ],
    );
}

#[test]
fn checks() {
    check_all(
        &program(),
        FILE,
        &[
            (
                "kill_timeout = 29\n[http_service]\ninternal_port = 8080\n[[http_service.checks]]\npath = \"/any\"\n",
                &[],
            ),
            (
                "kill_timeout = 29\n[[services]]\ninternal_port = 8081\n[[services.http_checks]]\npath = \"/ready\"\n",
                &[],
            ),
            (
                "kill_timeout = 29\n[[services]]\ninternal_port = 8081\n[[services.http_checks]]\npath = \"/up\"\n",
                &[(5, Rule::ProbeNotServed)],
            ),
            (
                "kill_timeout = 29\n[[services]]\ninternal_port = 8081\n[[services.tcp_checks]]\ninterval = \"5s\"\n",
                &[],
            ),
            (
                "kill_timeout = 29\n[checks.health]\ntype = \"http\"\nport = 8081\npath = \"/up\"\n",
                &[(5, Rule::ProbeNotServed)],
            ),
            ("kill_timeout = 29\n[checks.health]\ntype = \"http\"\nport = 8081\npath = \"/readyz\"\n", &[]),
            (
                "kill_timeout = 29\n[checks.health]\ntype = \"http\"\nport = 8081\npath = \"/ready\"\nprotocol = \"https\"\n",
                &[(4, Rule::ProbeNotServed)],
            ),
        ],
    );
    let local = Program { probes: Some(SocketAddr::from(([127, 0, 0, 1], 8081))), ..program() };
    let text = "kill_timeout = 29\n[checks.health]\ntype = \"tcp\"\nport = 8081\n";
    assert_eq!(found(&local, &[(FILE, text)]), [(4, Rule::ProbeNotServed)]);
}

#[test]
fn process_groups() {
    let text = "app = 'shop'\nkill_timeout = 29\n[processes]\nweb = 'sh -c \"migrate; api\"'\nqueue = \"sh -c 'exec api'\"\n\
                [[services]]\nprocesses = ['web']\ninternal_port = 8081\n[[services.http_checks]]\npath = '/up'\n";
    let program = program();
    let sources = [Source { name: FILE, text }];
    let error = Check::new(&program).run(&sources).unwrap_err();
    assert_eq!(error.to_string(), "the files have several process groups: `queue` and `web`");
    assert_eq!(error.kind(), ErrorKind::SeveralContainers);
    let rules = |group| -> Vec<_> {
        let findings = Check::new(&program).service(group).run(&sources).unwrap().findings;
        findings.into_iter().map(|found| (found.line, found.rule)).collect()
    };
    assert_eq!(rules("web"), [(4, Rule::ShellAsProcess1), (10, Rule::ProbeNotServed)]);
    assert_eq!(rules("queue"), []);
}

#[test]
fn another_file_in_toml_is_skipped() {
    let program = program();
    let other = Source { name: "Cargo.toml", text: "[package]\nname = \"a\"\n" };
    let outcome = Check::new(&program).run(&[other, Source { name: "-", text: "app = \"a\"\n" }]).unwrap();
    assert_eq!((outcome.findings.len(), outcome.skipped.len()), (1, 1));
    assert_eq!(Check::new(&program).run(&[other]).unwrap_err().kind(), ErrorKind::NoWorkload);
}

#[test]
fn it_is_no_toml() {
    let program = program();
    let error = Check::new(&program).run(&[Source { name: FILE, text: "a = 1\nb = \n" }]).unwrap_err();
    assert_eq!((error.kind(), error.position()), (ErrorKind::Syntax, Some((2, 5))));
    assert!(error.to_string().starts_with("fly.toml:2:5: not TOML: "), "{error}");
}
