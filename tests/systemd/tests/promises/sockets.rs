//! Restarts under load, with the units and the script that `cargo graceful units` prints.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use graceful_process_tests::installed::say;
use graceful_process_tests::place::Directory;
use graceful_systemd_tests::load::Counts;
use graceful_systemd_tests::priority::NICE;
use graceful_systemd_tests::systemd::connected;
use graceful_systemd_tests::{Load, Machine, Processes, Systemd};

const PROGRAM: &str = env!("CARGO_BIN_EXE_socket_service");
const A: &str = "socket_service@a";
const B: &str = "socket_service@b";

/// How much longer an answer may take during a restart.
const EXTRA: Duration = Duration::from_millis(50);

/// With the printed units and the load generator, and these lines for the instance `b`.
#[track_caller]
fn machine(lines_of_b: &str) -> Machine {
    let folder = Directory::create();
    let arguments = ["units", PROGRAM, "--output", &folder.file("")].map(OsString::from);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ending = cargo_graceful::run(arguments, &mut &b""[..], &mut stdout, &mut stderr);
    assert_eq!(ending.exit_code(), 0, "{}", String::from_utf8_lossy(&stderr));
    let mut machine = Machine::new().program("socket_service", PROGRAM).program("load", env!("CARGO_BIN_EXE_load"));
    for name in ["socket_service-http.socket", "socket_service-local.socket", "socket_service@.service"] {
        machine = machine.unit(name, &read(&folder.path(name)));
    }
    // Neither what else the machine does is measured, nor the delayed acknowledgements of TCP.
    let test = format!("[Service]\nNice={NICE}\n{}", connected("output"));
    machine
        .unit("socket_service@.service.d/test.conf", &test)
        .unit("socket_service-http.socket.d/test.conf", "[Socket]\nNoDelay=yes\n")
        .unit("socket_service@b.service.d/b.conf", &format!("[Service]\n{lines_of_b}\n"))
        .file("restart", &read(&folder.path("restart-socket_service")))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

/// With the instance `a`, as it is installed.
#[track_caller]
fn boot(lines_of_b: &str) -> Option<(Systemd, Processes)> {
    let machine = machine(lines_of_b);
    let processes = machine.processes("output");
    let systemd = machine.boot()?;
    systemd.systemctl("start socket_service-http.socket socket_service-local.socket socket_service@a");
    Some((systemd, processes))
}

/// The printed script.
fn restart(systemd: &Systemd) -> Output {
    systemd.command("sh").arg("/run/test/restart").output().expect("a shell")
}

#[track_caller]
fn counted(what: &str, load: Load) -> Counts {
    let counts = load.stop();
    say(format_args!("{what}:\n{counts}"));
    counts
}

#[test]
fn an_overlapping_restart_loses_no_request_and_delays_none() {
    let Some((systemd, processes)) = boot("") else { return };
    let mut load = Load::start(&systemd);
    load.wait(10);
    let without = counted("without a restart", load);
    assert_eq!(without.lost(), 0);

    let mut load = Load::start(&systemd);
    for number in 1..=10 {
        let restarted = restart(&systemd);
        assert!(restarted.status.success(), "{restarted:?}");
        let [active, inactive] = if number % 2 == 0 { [A, B] } else { [B, A] };
        systemd.shows(active, &[("ActiveState", "active")]);
        systemd.shows(inactive, &[("ActiveState", "inactive"), ("Result", "success"), ("ExecMainStatus", "0")]);
        load.wait(1);
    }
    let counts = counted("ten overlapping restarts", load);
    assert_eq!(counts.lost(), 0);
    assert!(counts.answered() > 1000);
    assert!(counts.slowest() <= without.median() + EXTRA);

    // systemd has started these and no other.
    for _ in 0..11 {
        let _ = processes.next();
    }
    assert!(!processes.has_next());
    assert_eq!(systemd.systemctl("list-units --type=service --no-legend --plain --state=active").lines().count(), 1);
}

/// So a loss would be noticed.
#[test]
fn a_restart_of_a_service_that_binds_loses_requests() {
    let unit = "[Service]\nType=notify\nExecStart=/usr/local/bin/socket_service\n";
    let Some(systemd) = machine("").unit("binds.service", unit).boot() else { return };
    systemd.systemctl("start binds");
    let mut load = Load::start(&systemd);
    for _ in 0..2 {
        systemd.systemctl("restart binds");
        load.wait(1);
    }
    let counts = counted("two restarts of a service that binds", load);
    assert!(counts.refused() > 10);
}

/// They wait in the queue of the socket, until the next process is ready.
#[test]
fn a_restart_of_the_one_instance_refuses_no_connection() {
    let Some((systemd, processes)) = boot("") else { return };
    let mut load = Load::start(&systemd);
    for _ in 0..3 {
        systemd.systemctl("restart socket_service@a");
        load.wait(1);
    }
    let counts = counted("three restarts of one instance with sockets", load);
    assert_eq!(counts.lost(), 0);
    for _ in 0..4 {
        let _ = processes.next();
    }
    assert!(!processes.has_next());
}

#[test]
fn an_instance_that_fails_to_start_leaves_the_old_one_serving() {
    old_one_serves("Environment=START=exit\nRestartSec=1h");
}

#[test]
fn an_instance_that_is_never_ready_leaves_the_old_one_serving() {
    old_one_serves("Environment=START=never\nTimeoutStartSec=2");
}

#[track_caller]
fn old_one_serves(lines_of_b: &str) {
    let Some((systemd, _processes)) = boot(lines_of_b) else { return };
    let old = systemd.show(A, "MainPID");
    let mut load = Load::start(&systemd);
    let restarted = restart(&systemd);
    assert_eq!(restarted.status.code(), Some(1), "{restarted:?}");
    load.wait(1);
    let counts = counted(lines_of_b, load);
    assert_eq!(counts.lost(), 0);
    systemd.shows(A, &[("ActiveState", "active"), ("MainPID", &old)]);
    systemd.shows("socket_service-http.socket", &[("Result", "success")]);
    assert_ne!(systemd.show(B, "ActiveState"), "active");
}

/// <https://github.com/systemd/systemd/issues/23815>
#[test]
fn an_instance_that_crashes_is_restarted_with_its_sockets() {
    let Some((systemd, processes)) = boot("") else { return };
    processes.next().wait_for("main");
    systemd.systemctl("kill --signal=KILL socket_service@a");
    let mut next = processes.next();
    next.wait_for("main");
    systemd.wait_to_show(A, "ActiveState", "active");
    systemd.shows(A, &[("NRestarts", "1")]);
    let mut load = Load::start(&systemd);
    load.wait(1);
    assert_eq!(counted("after a crash", load).lost(), 0);
    assert!(!processes.has_next());
}
