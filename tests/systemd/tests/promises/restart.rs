//! `Restart=on-failure`.

use crate::boot;

const UNIT: [&str; 2] = ["Restart=on-failure", "RestartSec=0"];

#[test]
fn an_end_that_is_not_clean_is_a_reason_to_restart() {
    let Some((systemd, processes)) = boot("fails", &UNIT) else { return };
    let start = systemd.begin("start web");
    processes.next().ask("ready");
    assert!(start.output().status.success());
    systemd.systemctl("kill --kill-whom=main --signal=TERM web");
    processes.next().ask("ready");
    systemd.wait_to_show("web", "ActiveState", "active");
    systemd.shows("web", &[("NRestarts", "1")]);
}

#[test]
fn a_restart_waits_for_the_end_and_for_the_next_readiness() {
    let Some((systemd, processes)) = boot("", &UNIT) else { return };
    let start = systemd.begin("start web");
    let mut service = processes.next();
    service.ask("ready");
    assert!(start.output().status.success());
    service.ask("hold main");
    let mut restart = systemd.begin("restart web");
    service.wait_for("shutting down");
    assert!(restart.waits() && !processes.has_next());
    service.order("release main");
    let mut next = processes.next();
    next.wait_for("main");
    assert!(restart.waits());
    next.ask("ready");
    assert!(restart.output().status.success());
    systemd.shows("web", &[("ActiveState", "active"), ("NRestarts", "0")]);
}
