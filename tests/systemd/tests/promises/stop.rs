//! From SIGTERM to the end, as systemd sees it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use graceful_systemd_tests::{Process, Processes, Systemd};

use crate::boot;

fn started(systemd: &Systemd, processes: &Processes) -> Process {
    let start = systemd.begin("start web");
    let mut service = processes.next();
    service.ask("ready");
    assert!(start.output().status.success());
    service
}

#[test]
fn the_status_names_each_phase() {
    let Some((systemd, processes)) = boot("", &["Environment=GRACEFUL_LAME_DUCK=1s"]) else { return };
    let mut service = started(&systemd, &processes);
    service.ask("hold main");
    service.ask("hold teardown");
    let mut stop = systemd.begin("stop web");
    systemd.wait_to_show("web", "StatusText", "lame duck: not ready any more, still serving");
    service.wait_for("shutting down");
    systemd.wait_to_show("web", "StatusText", "draining: finishing the work in flight");
    service.ask("release main");
    service.wait_for("teardown");
    systemd.wait_to_show("web", "StatusText", "teardown: running the shutdown handlers");
    systemd.shows("web", &[("SubState", "stop-sigterm")]);
    assert!(stop.waits());
    service.order("release teardown");
    assert!(stop.output().status.success());
    systemd.shows("web", &[("Result", "success"), ("ExecMainStatus", "0"), ("SubState", "dead")]);
}

/// Somebody else has sent the signal: systemd knows of the stop from STOPPING alone.
#[test]
fn a_stop_by_a_signal_is_deactivating_and_no_restart() {
    let Some((systemd, processes)) = boot("", &["Restart=on-failure", "RestartSec=0"]) else { return };
    let mut service = started(&systemd, &processes);
    service.ask("hold main");
    systemd.systemctl("kill --kill-whom=main --signal=TERM web");
    systemd.wait_to_show("web", "ActiveState", "deactivating");
    service.order("release main");
    let _ = service.end();
    systemd.wait_to_show("web", "ActiveState", "inactive");
    systemd.shows("web", &[("Result", "success"), ("ExecMainStatus", "0"), ("NRestarts", "0")]);
    assert!(!processes.has_next());
}

/// The request takes longer than the unit grants.
#[test]
fn the_end_is_extended_until_a_request_in_flight_is_answered() {
    let Some((systemd, answer)) = stop_with_a_request("Type=notify") else { return };
    assert!(answer.ends_with("done"), "{answer}");
    systemd.shows("web", &[("Result", "success"), ("ExecMainStatus", "0")]);
}

#[test]
fn without_notifications_the_request_is_lost() {
    let Some((systemd, answer)) = stop_with_a_request("Type=exec") else { return };
    assert_eq!(answer, "");
    systemd.shows("web", &[("Result", "timeout"), ("ExecMainStatus", "9")]);
}

fn stop_with_a_request(kind: &str) -> Option<(Systemd, String)> {
    let (systemd, processes) = boot("http", &[kind, "TimeoutStopSec=1"])?;
    systemd.systemctl("start web");
    let mut service = processes.next();
    service.wait_for("serving");
    let mut client = UnixStream::connect(systemd.path("http")).expect("a connection");
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").expect("a request");
    service.wait_for("request");
    systemd.systemctl("stop web");
    let mut answer = String::new();
    // The connection is reset when the service is killed.
    let _ = client.read_to_string(&mut answer);
    Some((systemd, answer))
}

#[test]
fn with_the_mixed_kill_mode_work_in_flight_has_its_child() {
    let Some((systemd, processes)) = boot("", &["KillMode=mixed"]) else { return };
    let mut service = started(&systemd, &processes);
    service.ask("child");
    service.ask("hold main");
    let stop = systemd.begin("stop web");
    service.wait_for("shutting down");
    service.ask("child hello");
    service.wait_for("child: hello");
    service.order("release main");
    assert!(stop.output().status.success());
    // The child stays after the program: systemd kills it.
    let _ = service.end();
    systemd.shows("web", &[("Result", "success"), ("ExecMainStatus", "0")]);
}

#[test]
fn with_the_default_kill_mode_the_child_is_terminated_as_well() {
    let Some((systemd, processes)) = boot("", &[]) else { return };
    let mut service = started(&systemd, &processes);
    service.ask("child");
    service.ask("hold main");
    let stop = systemd.begin("stop web");
    service.wait_for("child: gone");
    service.order("release main");
    assert!(stop.output().status.success());
}

#[test]
fn a_failed_handler_is_a_failure() {
    let Some((systemd, processes)) = boot("fails", &["Restart=on-failure"]) else { return };
    let _service = started(&systemd, &processes);
    systemd.systemctl("stop web");
    systemd.shows("web", &[("Result", "exit-code"), ("ExecMainStatus", "1"), ("ActiveState", "failed")]);
    // A stop that was asked for is no reason to restart.
    assert!(!processes.has_next());
}

#[test]
fn a_forced_end_is_a_failure() {
    let Some((systemd, processes)) = boot("", &["Environment=GRACEFUL_GRACE_PERIOD=2s"]) else { return };
    let mut service = started(&systemd, &processes);
    service.ask("block");
    systemd.systemctl("stop web");
    systemd.shows("web", &[("Result", "exit-code"), ("ExecMainStatus", "124"), ("ActiveState", "failed")]);
}
