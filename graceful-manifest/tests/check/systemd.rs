//! The findings in units of systemd.

use graceful_manifest::{Check, ErrorKind, Program, Rule, Source};

use crate::cases::{program, secs, skipped};
use crate::files::{Case, check_all, findings, found, lines};

const FILE: &str = "api.service";

#[test]
fn times() {
    let cases: &[Case] = &[
        ("[Service]\nSuccessExitStatus=143\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=29\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=28\n", &[(3, Rule::ForcedExitTooLate)]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=20s\n", &[(3, Rule::GracePeriodTooShort)]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=20s\nTimeoutSec=1min\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutSec=20s\n", &[(3, Rule::GracePeriodTooShort)]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=20s\nTimeoutStopSec=\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=infinity\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=0\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=20s\nSendSIGKILL=no\n", &[]),
        ("[Service]\nSuccessExitStatus=143\nTimeoutStopSec=soon\n", &[(3, Rule::InvalidValue)]),
        // Only the section of the service counts.
        ("[Unit]\nTimeoutStopSec=1\n[Service]\nSuccessExitStatus=143\n", &[]),
    ];
    check_all(&program(), FILE, cases);
    let program = Program { grace_period: secs(120), handlers: None, ..program() };
    assert_eq!(
        lines(&program, FILE, "[Unit]\n[Service]\nSuccessExitStatus=143\n"),
        [
            "api.service:2:1: error: unit/api.service: the unit is granted 1 min 30 s, the default, but needs 2 min 1 s: grace period \
         2 min + 1 s to spare; write `TimeoutStopSec=121`, or lower the program's grace period to 1m 29s [grace-period-too-short]"
        ]
    );
}

#[test]
fn a_program_that_notifies_systemd_extends_the_time() {
    let text = "[Service]\nType=notify\nSuccessExitStatus=143\nTimeoutStopSec=5\nWatchdogSec=20s\n";
    let of = |notifies_systemd| found(&Program { notifies_systemd, ..program() }, &[(FILE, text)]);
    assert_eq!(of(Some(true)), []);
    assert_eq!(of(None), []);
    assert_eq!(
        of(Some(false)),
        [(2, Rule::NotificationMissing), (4, Rule::GracePeriodTooShort), (5, Rule::NotificationMissing)]
    );
    // Without `Type=notify` systemd does not read it.
    let exec = text.replace("notify", "exec");
    let program = Program { notifies_systemd: Some(true), ..program() };
    assert_eq!(found(&program, &[(FILE, &exec)]), [(4, Rule::GracePeriodTooShort)]);
    let off = text.replace("20s", "0");
    assert_eq!(found(&Program { notifies_systemd: Some(false), ..program }, &[(FILE, &off)]).len(), 2);
}

#[test]
fn signals() {
    check_all(
        &program(),
        FILE,
        &[
            ("[Service]\nKillSignal=SIGINT\nSuccessExitStatus=130\n", &[]),
            ("[Service]\nKillSignal=TERM\nSuccessExitStatus=143\n", &[]),
            ("[Service]\nKillSignal=SIGQUIT\nSuccessExitStatus=131\n", &[(2, Rule::StopSignalNotHandled)]),
            ("[Service]\nKillSignal=SIGQUIT\nKillSignal=\nSuccessExitStatus=143\n", &[]),
            ("[Service]\nRestartKillSignal=SIGQUIT\nSuccessExitStatus=143\n", &[(2, Rule::StopSignalNotHandled)]),
            ("[Service]\nSendSIGHUP=yes\nSuccessExitStatus=143\n", &[(2, Rule::StopSignalNotHandled)]),
            ("[Service]\nSendSIGHUP=no\nSuccessExitStatus=143\n", &[]),
            (
                "[Service]\nExecStop=/bin/kill -s QUIT $MAINPID\nSuccessExitStatus=143\n",
                &[(2, Rule::StopSignalNotHandled)],
            ),
            (
                "[Service]\nExecStop=-/bin/kill -9 ${MAINPID}\nSuccessExitStatus=143\n",
                &[(2, Rule::StopSignalNotHandled)],
            ),
            ("[Service]\nExecStop=/bin/kill $MAINPID\nSuccessExitStatus=143\n", &[]),
            ("[Service]\nExecStop=/bin/kill -9 1\nExecStop=/usr/bin/curl localhost\nSuccessExitStatus=143\n", &[]),
            ("[Service]\nKillMode=none\nSuccessExitStatus=143\n", &[(2, Rule::NoStopSignal)]),
            ("[Service]\nKillMode=none\nExecStop=/bin/stop\nSuccessExitStatus=143\n", &[]),
            ("[Service]\nKillMode=all\nSuccessExitStatus=143\n", &[(2, Rule::InvalidValue)]),
        ],
    );
    let program = Program { signals: vec!["SIGTERM".to_owned(), "SIGHUP".to_owned()], ..program() };
    assert_eq!(found(&program, &[(FILE, "[Service]\nSendSIGHUP=yes\nSuccessExitStatus=143\n")]), []);
}

#[test]
fn who_gets_the_signal() {
    check_all(
        &program(),
        FILE,
        &[
            // The default sends it to each process.
            ("[Service]\nExecStart=/bin/sh -c \"migrate; api\"\nSuccessExitStatus=143\n", &[]),
            (
                "[Service]\nKillMode=mixed\nExecStart=/bin/sh -c \"migrate; api\"\nSuccessExitStatus=143\n",
                &[(3, Rule::ShellAsProcess1)],
            ),
            ("[Service]\nKillMode=mixed\nExecStart=/bin/sh -c 'migrate; exec api'\nSuccessExitStatus=143\n", &[]),
            (
                "[Service]\nKillMode=process\nExecStart=@/bin/sh api -c api\nSuccessExitStatus=143\n",
                &[(3, Rule::ShellAsProcess1)],
            ),
            ("[Service]\nKillMode=mixed\nExecStart=sh a\nExecStart=\nExecStart=!/api\nSuccessExitStatus=143\n", &[]),
            // The main process is the one that is to be ready.
            (
                "[Service]\nType=notify\nExecStart=/bin/sh -c 'migrate; api'\nSuccessExitStatus=143\n",
                &[(2, Rule::NotificationMissing)],
            ),
            (
                "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'migrate; api'\nSuccessExitStatus=143\n",
                &[],
            ),
            ("[Service]\nType=notify\nExecStart=/bin/sh -c 'exec api'\nSuccessExitStatus=143\n", &[]),
            ("[Service]\nType=forking\nSuccessExitStatus=143\n", &[(2, Rule::ServiceType)]),
        ],
    );
}

#[test]
fn exit_statuses() {
    assert_eq!(
        lines(&program(), FILE, "[Service]\nSuccessExitStatus=1 2\n"),
        [
            "api.service:1:1: note: unit/api.service: a stop before the program is ready ends it with the exit code 143, which systemd \
         counts as a failure; write `SuccessExitStatus=143` [success-exit-status]"
        ]
    );
    check_all(&program(), FILE, &[("[Service]\nSuccessExitStatus=1\nSuccessExitStatus=TEMPFAIL 143\n", &[])]);
}

#[test]
fn variables() {
    check_all(
        &program(),
        FILE,
        &[
            (
                "[Service]\nSuccessExitStatus=143\nEnvironment=\"GRACEFUL_GRACE_PERIOD=90s\" A=1\n",
                &[(1, Rule::ForcedExitTooLate)],
            ),
            (
                "[Service]\nSuccessExitStatus=143\nEnvironment=A=1 'GRACEFUL_LAME_DUCK=soon'\n",
                &[(3, Rule::BadEnvironment)],
            ),
            ("[Service]\nSuccessExitStatus=143\nEnvironment=GRACEFUL_LAME_DUCK=%i\n", &[(3, Rule::EnvironmentUnknown)]),
            (
                "[Service]\nSuccessExitStatus=143\nPassEnvironment=GRACEFUL_LAME_DUCK\n",
                &[(3, Rule::EnvironmentUnknown)],
            ),
            ("[Service]\nSuccessExitStatus=143\nEnvironment=GRACEFUL_GRACE=1s\n", &[(3, Rule::UnknownVariable)]),
            ("[Service]\nSuccessExitStatus=143\nEnvironment=GRACEFUL_LAME_DUCK=x\nEnvironment=\n", &[]),
            (
                "[Service]\nSuccessExitStatus=143\nEnvironment=GRACEFUL_LAME_DUCK=x\nUnsetEnvironment=GRACEFUL_LAME_DUCK\n",
                &[],
            ),
        ],
    );
}

#[test]
fn drop_ins_come_after_the_unit() {
    let unit = ("units/api.service", "[Service]\nTimeoutStopSec=10\nSuccessExitStatus=143\n");
    let last = ("units/api.service.d/20-time.conf", "[Service]\nTimeoutStopSec=30\n");
    let first = ("units/api.service.d/10-time.conf", "[Service]\nTimeoutStopSec=20\n");
    assert_eq!(found(&program(), &[unit]), [(2, Rule::GracePeriodTooShort)]);
    assert_eq!(found(&program(), &[last, unit, first]), []);
    let places: Vec<_> =
        findings(&program(), &[first, unit]).into_iter().map(|found| (found.source, found.line)).collect();
    assert_eq!(places, [("units/api.service.d/10-time.conf".to_owned(), 2)]);
    let of_all = ("service.d/time.conf", "[Service]\nTimeoutStopSec=5min\n");
    assert_eq!(found(&program(), &[unit, of_all]), []);

    let program = program();
    let other = Source { name: "web.service.d/time.conf", text: "[Service]\nTimeoutStopSec=30\n" };
    let outcome = Check::new(&program).run(&[Source { name: unit.0, text: unit.1 }, other]).unwrap();
    assert_eq!(outcome.findings.len(), 1);
    assert_eq!(skipped(&outcome), [("drop-in/time.conf", "the unit that it belongs to was not given")]);
    assert_eq!(Check::new(&program).run(&[other]).unwrap_err().kind(), ErrorKind::NoWorkload);
}

#[test]
fn a_unit_of_several() {
    let unit = |name| Source { name, text: "[Service]\nTimeoutStopSec=10\nSuccessExitStatus=143\n" };
    let socket = Source { name: "api.socket", text: "[Socket]\nListenStream=80\n" };
    let program = program();
    let timer = Source { name: "api.timer", text: "[Timer]\nOnCalendar=daily\n" };
    let sources = [unit("api.service"), unit("web.service"), socket, timer];
    let error = Check::new(&program).run(&sources).unwrap_err();
    assert_eq!(error.to_string(), "the files have several units: `api` and `web`");
    let outcome = Check::new(&program).container("web").run(&sources).unwrap();
    assert_eq!(outcome.findings.iter().map(|found| &*found.source).collect::<Vec<_>>(), ["web.service"]);
    assert_eq!(
        skipped(&outcome),
        [("unit/api.timer", "it has no section `[Service]`"), ("unit/api.service", "it has no unit `web`")]
    );
    // A text without a name.
    assert_eq!(found(&program, &[("-", "# a\n[Unit]\nA=1\n[Service]\nTimeoutStopSec=10\n")]).len(), 2);
}
