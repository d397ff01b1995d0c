//! The shipped unit, booted as it is by a real systemd. Only the output has a drop-in: the test reads it.
#![cfg(target_os = "linux")]

use std::process::Child;

use graceful_systemd_tests::systemd::connected;
use graceful_systemd_tests::{Machine, Process, Processes, Systemd};

const UNIT: &str = include_str!("../../deploy/api.service");

#[track_caller]
fn boot() -> Option<(Systemd, Processes)> {
    let machine = Machine::new()
        .program("api", env!("CARGO_BIN_EXE_06_axum"))
        .unit("api.service", UNIT)
        .unit("api.service.d/output.conf", &format!("[Service]\n{}", connected("output")));
    let processes = machine.processes("output");
    Some((machine.boot()?, processes))
}

#[track_caller]
fn listening(processes: &Processes) -> Process {
    let mut service = processes.next();
    service.wait_for("listening on http://127.0.0.1:8080");
    service
}

/// A request from inside of the namespaces.
fn get(systemd: &Systemd, path: &str) -> Child {
    let request = format!("GET {path} HTTP/1.1\\r\\nHost: test\\r\\nConnection: close\\r\\n\\r\\n");
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/8080; printf '{request}' >&3; cat <&3");
    systemd.command("bash").args(["-c", &script]).spawn().expect("bash")
}

#[track_caller]
fn assert_answered(request: Child, body: &str) {
    let output = request.wait_with_output().expect("bash");
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(body), "{output:?}");
}

#[test]
fn a_stop_of_the_shipped_unit_answers_what_is_in_flight() {
    let Some((systemd, processes)) = boot() else { return };
    systemd.systemctl("start api");
    let mut service = listening(&processes);
    assert_ne!(systemd.show("api", "UID"), "0");
    assert_answered(get(&systemd, "/"), "hello\n");
    let slow = get(&systemd, "/slow");
    service.wait_for("slow request begun");
    systemd.systemctl("stop api");
    assert_answered(slow, "visit 1\n");
    systemd.shows("api", &[("Result", "success"), ("ExecMainCode", "1"), ("ExecMainStatus", "0")]);
    let said = service.end();
    assert!(said.contains(&"database closed".to_owned()), "{said:?}");
    assert!(!processes.has_next());
}

#[test]
fn the_shipped_unit_restarts_the_service_after_a_crash() {
    let Some((systemd, processes)) = boot() else { return };
    systemd.systemctl("start api");
    let _ = listening(&processes);
    systemd.systemctl("kill --signal=KILL api");
    let _ = listening(&processes);
    assert_answered(get(&systemd, "/"), "hello\n");
    systemd.shows("api", &[("NRestarts", "1"), ("ActiveState", "active")]);
}
