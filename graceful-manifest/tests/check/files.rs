//! Checks of files that are not YAML.

mod random;

use graceful_manifest::{Check, Finding, Program, Rule, Severity, Source};

use crate::cases::sources;

/// A file's text, and what is found in it: lines and rules.
pub(crate) type Case = (&'static str, &'static [(usize, Rule)]);

/// Whether the tests of these files have a case for the rule.
pub(crate) fn has_a_case(rule: Rule) -> bool {
    const OF_SYSTEMD: [Rule; 8] = [
        Rule::BlockingSocket,
        Rule::NoStopSignal,
        Rule::NotificationMissing,
        Rule::ServiceType,
        Rule::SocketNotPassed,
        Rule::SocketType,
        Rule::SuccessExitStatus,
        Rule::UnknownSocket,
    ];

    OF_SYSTEMD.contains(&rule) || matches!(rule, Rule::MaxKillTimeout | Rule::TimeNotInFile)
}

/// The findings in files, each with its name.
pub(crate) fn findings(program: &Program, files: &[(&str, &str)]) -> Vec<Finding> {
    Check::new(program).run(&sources(files)).unwrap_or_else(|error| panic!("{error}\n{files:?}")).findings
}

pub(crate) fn found(program: &Program, files: &[(&str, &str)]) -> Vec<(usize, Rule)> {
    findings(program, files).into_iter().map(|finding| (finding.line, finding.rule)).collect()
}

/// Each text under the same name.
pub(crate) fn check_all(program: &Program, name: &str, cases: &[Case]) {
    check_texts(program, name, cases, str::to_owned);
}

/// Each text as a part of a whole file.
pub(crate) fn check_texts(program: &Program, name: &str, cases: &[Case], whole: impl Fn(&str) -> String) {
    for (part, expected) in cases {
        let text = whole(part);
        let findings = findings(program, &[(name, &text)]);
        let found: Vec<_> = findings.iter().map(|finding| (finding.line, finding.rule)).collect();
        assert_eq!(found, *expected, "{text}\n{findings:#?}");
    }
}

pub(crate) fn lines(program: &Program, name: &str, text: &str) -> Vec<String> {
    findings(program, &[(name, text)]).iter().map(ToString::to_string).collect()
}

const FILES: [(&str, &str); 6] = [
    (
        "Dockerfile",
        "# escape=\\\nARG V=1\nFROM a:$V AS b\nSHELL [\"sh\", \"-c\"]\nENV GRACEFUL_GRACE_PERIOD=9s A=\"é c\" \\\n  D=e\nSTOPSIGNAL \
         SIGQUIT\nRUN <<E\nx\nE\nfrom B\nENTRYPOINT []\nCMD exec /api\n",
    ),
    (
        "api.service",
        "[Unit]\n[Service]\nType=notify\nExecStart=@/bin/sh é -c 'migrate; api' \\\n# c\n  d\nExecStop=/bin/kill -s QUIT $MAINPID\n\
         Environment=\"GRACEFUL_GRACE_PERIOD=9s\" A=b\nTimeoutStopSec=1min 20s\nKillMode=mixed\nKillSignal=INT\n",
    ),
    (
        "api.socket",
        "[Socket]\nListenStream=%t/é\nListenDatagram=53\nAccept=yes\nFileDescriptorName=é \\\n d\nService=%p@a.service\n",
    ),
    (
        "fly.toml",
        "app = \"é\"\nkill_timeout = \"1m\"\n[env]\nGRACEFUL_LAME_DUCK = '1s'\n[processes]\napi = \"sh -c 'api'\"\n[[services]]\n\
         processes = [\"api\"]\n[[services.http_checks]]\npath = \"/up\"\n[checks.a]\ntype = \"tcp\"\nport = 1\n",
    ),
    (
        "api.nomad.hcl",
        "job \"é\" {\n group b {\n network {\n port \"http\" {\n to = 8081\n }\n }\n service {\n check {\n type = \"http\" /* c */\n }\n }\n task \
         \"api\" {\n kill_timeout = \"${var.t}s\" # c\n kill_signal = f(var.s, [1])\n config {\n args = [\"-c\", <<E\nexec api\nE\n]\n \
         }\n env = { GRACEFUL_LAME_DUCK : \"1s\" }\n }\n }\n}\n",
    ),
    (
        "job.json",
        "{\"Job\": {\"ID\": \"é\", \"TaskGroups\": [{\"Networks\": [{\"DynamicPorts\": [{\"Label\": \"http\", \"To\": 1}]}], \"Tasks\": \
         [{\"Name\": \"api\", \"KillTimeout\": 1, \"Env\": {\"GRACEFUL_LAME_DUCK\": \"1s\"}, \"Services\": [{\"PortLabel\": \"http\", \
         \"Checks\": [{\"Type\": \"http\"}]}]}]}]}}",
    ),
];

/// Each file cut off at each character, and with each character left out or replaced.
#[test]
fn damaged_files_are_survived() {
    let program = Program::default();
    for (name, text) in FILES {
        let run = |text: &str| {
            if let Ok(outcome) = Check::new(&program).run(&[Source { name, text }]) {
                let lines = text.lines().count() + 1;
                assert!(outcome.findings.iter().all(|found| found.line <= lines), "{name}\n{text}");
            }
        };
        for (at, c) in text.char_indices() {
            let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
            run(before);
            run(after);
            for other in ["", "\"", "\n", "[", "}", "é"] {
                run(&format!("{before}{other}{after}"));
            }
        }
    }
}

#[test]
fn a_comment_allows_a_finding() {
    let program = Program::default();
    for (name, text) in [
        ("Dockerfile", "FROM a\n# graceful: allow stop-signal-not-handled: read by a wrapper\nSTOPSIGNAL SIGQUIT\n"),
        (
            "api.service",
            "# graceful: allow no-stop-signal: stopped by hand\n[Service]\nKillMode=none\nSuccessExitStatus=143\n",
        ),
        ("fly.toml", "app = \"a\" # graceful: allow grace-period-too-short: nothing to finish\n"),
        (
            "a.hcl",
            "# graceful: allow grace-period-too-short: nothing to finish\njob \"a\" {\n group \"b\" {\n task \"c\" {\n }\n }\n}\n",
        ),
    ] {
        let outcome = Check::new(&program).run(&[Source { name, text }]).unwrap();
        let errors = outcome.findings.iter().filter(|finding| finding.severity == Severity::Error);
        assert_eq!((errors.count(), outcome.allowed.len()), (0, 1), "{name}: {:#?}", outcome.findings);
    }
}
