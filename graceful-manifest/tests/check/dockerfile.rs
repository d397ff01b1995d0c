//! The findings in Dockerfiles.

use graceful_manifest::{Check, ErrorKind, Program, Rule, Source};

use crate::cases::{program, secs};
use crate::files::{check_all, found, lines};

const FILE: &str = "Dockerfile";

/// A program for which the 10 s of `docker stop` are enough.
fn short() -> Program {
    Program { grace_period: secs(9), drain_timeout: Some(secs(2)), handlers: None, ..program() }
}

#[test]
fn signals() {
    check_all(
        &short(),
        FILE,
        &[
            ("FROM scratch\nENTRYPOINT [\"/api\"]\n", &[]),
            ("FROM scratch\nSTOPSIGNAL SIGTERM\nENTRYPOINT [\"/api\"]\n", &[]),
            ("FROM scratch\nSTOPSIGNAL 15\n", &[]),
            ("FROM scratch\nSTOPSIGNAL int\n", &[]),
            ("FROM scratch\n\nSTOPSIGNAL SIGQUIT\n", &[(3, Rule::StopSignalNotHandled)]),
            ("FROM scratch\nSTOPSIGNAL SIGQUIT\nSTOPSIGNAL SIGTERM\n", &[]),
            ("FROM scratch\nSTOPSIGNAL 9\n", &[(2, Rule::StopSignalNotHandled)]),
            ("FROM scratch\nARG S=SIGTERM\nSTOPSIGNAL $S\n", &[(3, Rule::ValueUnknown)]),
            // Of an earlier stage.
            ("FROM a AS b\nSTOPSIGNAL SIGQUIT\nFROM c\n", &[]),
            ("FROM a AS b\nSTOPSIGNAL SIGQUIT\nFROM c\nFROM B\n", &[(2, Rule::StopSignalNotHandled)]),
        ],
    );
    assert_eq!(
        lines(&short(), FILE, "FROM scratch\nSTOPSIGNAL SIGQUIT\n"),
        [
            "Dockerfile:2:1: error: image/Dockerfile: Docker stops the container with `SIGQUIT`, but the program handles only `SIGTERM` \
         and `SIGINT`; remove `STOPSIGNAL`: the default is SIGTERM [stop-signal-not-handled]"
        ]
    );
}

#[test]
fn what_is_process_1() {
    check_all(
        &short(),
        FILE,
        &[
            ("FROM a\nENTRYPOINT /api\n", &[(2, Rule::ShellAsProcess1)]),
            ("FROM a\nENTRYPOINT exec /api\n", &[]),
            ("FROM a\nENTRYPOINT exec /api --a \\\n  --b\n", &[]),
            ("FROM a\nCMD /api\n", &[(2, Rule::ShellAsProcess1)]),
            ("FROM a\nCMD [\"/api\"]\n", &[]),
            ("FROM a\nCMD ['/api']\n", &[(2, Rule::ShellAsProcess1)]),
            ("FROM a\nENTRYPOINT [\"/start.sh\"]\nCMD [\"/api\"]\n", &[(2, Rule::ShellAsProcess1)]),
            ("FROM a\nENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"exec /api\"]\n", &[]),
            ("FROM a\nENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"/api\"]\n", &[(2, Rule::ShellAsProcess1)]),
            ("FROM a\nENTRYPOINT [\"tini\", \"--\"]\nCMD /api\n", &[(2, Rule::ShellAsProcess1)]),
            // The shell form of the entry point takes no arguments.
            ("FROM a\nENTRYPOINT exec \"$0\"\nCMD /api\n", &[]),
            // An entry point drops the `CMD` of the stage before, and not the one beside it.
            ("FROM a AS b\nCMD /api\nFROM b\nENTRYPOINT [\"tini\", \"--\"]\nCMD [\"/api\"]\n", &[]),
            ("FROM a AS b\nCMD /api\nFROM b\nENTRYPOINT [\"tini\", \"--\"]\n", &[]),
            ("FROM a AS b\nCMD /api\nFROM b\nENTRYPOINT [\"/api\"]\n", &[]),
            ("FROM a\nCMD /api\nENTRYPOINT [\"tini\", \"--\"]\n", &[(3, Rule::ShellAsProcess1)]),
            ("FROM a AS b\nENTRYPOINT /api\nFROM b\nCMD [\"x\"]\n", &[(2, Rule::ShellAsProcess1)]),
            ("FROM a AS b\nENTRYPOINT /api\nFROM b\nENTRYPOINT []\nCMD [\"/api\"]\n", &[]),
            ("FROM a AS b\nENTRYPOINT /api\nFROM b\n entrypoint  [ ] \nCMD [\"/api\"]\n", &[]),
            ("FROM a\nENTRYPOINT [\"/api\"]\nCMD []\n", &[]),
            ("FROM a\nSHELL [\"/busybox\", \"sh\", \"-c\"]\nCMD /api\n", &[(3, Rule::ShellAsProcess1)]),
            ("FROM a\nSHELL [\"/api\"]\nCMD x\n", &[]),
        ],
    );
}

#[test]
fn variables() {
    check_all(
        &short(),
        FILE,
        &[
            ("FROM a\nENV GRACEFUL_GRACE_PERIOD=8s\n", &[]),
            ("FROM a\nENV A=1 GRACEFUL_GRACE_PERIOD=soon\n", &[(2, Rule::BadEnvironment)]),
            ("FROM a\nENV GRACEFUL_GRACE_PERIOD 28s\n", &[(1, Rule::TimeNotInFile)]),
            ("FROM a\nENV GRACEFUL_GRACE_PERIOD=28s\nENV GRACEFUL_GRACE_PERIOD=9s\n", &[]),
            ("FROM a\nENV GRACEFUL_GRACE_PERIOD=$GRACE\n", &[(2, Rule::EnvironmentUnknown)]),
            ("FROM a\nENV GRACEFUL_GRACE=9s\n", &[(2, Rule::UnknownVariable)]),
            ("FROM a AS b\nENV GRACEFUL_GRACE_PERIOD=soon\nFROM b AS c\nFROM c\n", &[(2, Rule::BadEnvironment)]),
        ],
    );
}

#[test]
fn the_time_is_set_where_the_image_is_run() {
    assert_eq!(
        lines(&program(), FILE, "FROM scratch\nENTRYPOINT [\"/api\"]\n"),
        [
            "Dockerfile:1:1: note: image/Dockerfile: the file that runs the container sets the time until SIGKILL: Docker grants 10 s \
         unless it says otherwise, but the program needs 29 s; check that file too, such as `compose.yaml` [time-not-in-file]"
        ]
    );
}

#[test]
fn another_stage_is_checked_if_its_name_is_given() {
    let text = "FROM a AS base\nSTOPSIGNAL SIGQUIT\nFROM base AS debug\nCMD /api\nFROM base\nSTOPSIGNAL SIGTERM\n";
    let program = short();
    let run = |check: Check<'_>| {
        check
            .run(&[Source { name: FILE, text }])
            .map(|outcome| outcome.findings.into_iter().map(|found| found.line).collect())
    };
    assert_eq!(run(Check::new(&program)), Ok(vec![]));
    assert_eq!(run(Check::new(&program).container("debug")), Ok(vec![2, 4]));
    let missing: Result<Vec<usize>, _> = run(Check::new(&program).container("test"));
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NoSuchContainer);
}

#[test]
fn it_goes_with_any_name() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: api }] }\n";
    for stage in ["", " AS run"] {
        let text = format!("FROM a AS debug\nSTOPSIGNAL SIGINT\nFROM b{stage}\nSTOPSIGNAL SIGQUIT\n");
        let sources = [Source { name: "pod.yaml", text: pod }, Source { name: FILE, text: &text }];
        let lines = |check: Check<'_>| -> Vec<_> {
            let findings = check.run(&sources).unwrap().findings;
            findings.iter().filter(|found| found.rule == Rule::StopSignalNotHandled).map(|found| found.line).collect()
        };
        let program = short();
        assert_eq!(lines(Check::new(&program)), [4]);
        assert_eq!(lines(Check::new(&program).container("api")), [4]);
        assert!(lines(Check::new(&program).container("debug")).is_empty());
    }
}

#[test]
fn names_and_texts_that_are_dockerfiles() {
    for name in ["Dockerfile", "deploy/Dockerfile.prod", "api.dockerfile", "Containerfile", "-"] {
        let text = "# syntax=docker/dockerfile:1\nFROM scratch\nSTOPSIGNAL SIGQUIT\n";
        assert_eq!(found(&short(), &[(name, text)]), [(3, Rule::StopSignalNotHandled)], "{name}");
    }
    let error = Check::new(&short()).run(&[Source { name: FILE, text: "FROM a\nFROMM b\n" }]).unwrap_err();
    assert_eq!((error.kind(), error.position()), (ErrorKind::Syntax, Some((2, 1))));
    assert_eq!(error.to_string(), "Dockerfile:2:1: not a Dockerfile: unknown instruction 'FROMM'");
    let stages = "FROM a\n".repeat(2_000);
    let error = Check::new(&short()).run(&[Source { name: FILE, text: &stages }]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}
