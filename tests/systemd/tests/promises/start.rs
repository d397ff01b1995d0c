//! From `systemctl start` to READY.

use crate::boot;

#[test]
fn a_start_returns_when_the_service_is_ready_and_not_before() {
    let Some((systemd, processes)) = boot("", &[]) else { return };
    let mut start = systemd.begin("start web");
    let mut service = processes.next();
    service.wait_for("main");
    assert_eq!(systemd.show("web", "ActiveState"), "activating");
    assert_eq!(systemd.show("web", "StatusText"), "");
    assert!(start.waits());

    service.ask("ready");
    assert!(start.output().status.success());
    systemd.shows("web", &[("ActiveState", "active"), ("SubState", "running"), ("StatusText", "running")]);
}

#[test]
fn the_status_names_what_is_not_ready() {
    let Some((systemd, processes)) = boot("", &[]) else { return };
    let start = systemd.begin("start web");
    let mut service = processes.next();
    service.ask("part filling");
    service.ask("ready");
    systemd.wait_to_show("web", "StatusText", "starting: cache: filling");
    systemd.shows("web", &[("ActiveState", "activating")]);

    service.ask("part");
    assert!(start.output().status.success());
    systemd.shows("web", &[("StatusText", "running")]);
    service.ask("part offline");
    systemd.wait_to_show("web", "StatusText", "not ready: cache: offline");
    systemd.shows("web", &[("ActiveState", "active")]);
}

#[test]
fn a_stop_before_ready_cancels_the_start_and_is_clean() {
    let Some((systemd, processes)) = boot("starting", &["Restart=on-failure"]) else { return };
    let start = systemd.begin("start web");
    let mut service = processes.next();
    service.wait_for("main");
    systemd.systemctl("stop web");
    assert!(!start.output().status.success());
    systemd.shows("web", &[("ActiveState", "inactive"), ("Result", "success"), ("ExecMainStatus", "143")]);
    assert!(service.end().contains(&"teardown".to_owned()));
    assert!(!processes.has_next());
}

#[test]
fn without_its_exit_code_in_the_unit_a_cancelled_start_is_a_failure() {
    let Some((systemd, processes)) = boot("starting", &["SuccessExitStatus="]) else { return };
    let start = systemd.begin("start web");
    processes.next().wait_for("main");
    systemd.systemctl("stop web");
    assert!(!start.output().status.success());
    systemd.shows("web", &[("ActiveState", "failed"), ("Result", "exit-code"), ("ExecMainStatus", "143")]);
}

#[test]
fn a_service_that_is_never_ready_is_stopped_at_the_timeout_of_its_start() {
    let Some((systemd, processes)) = boot("starting", &["TimeoutStartSec=1"]) else { return };
    let start = systemd.begin("start web").output();
    assert!(!start.status.success());
    assert!(processes.next().end().contains(&"teardown".to_owned()));
    systemd.wait_to_show("web", "ActiveState", "failed");
    systemd.shows("web", &[("Result", "timeout"), ("ExecMainStatus", "143")]);
}
