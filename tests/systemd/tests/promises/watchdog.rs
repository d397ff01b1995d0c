//! The watchdog of systemd.

use crate::boot;

const UNIT: [&str; 4] = ["WatchdogSec=2", "Restart=on-failure", "RestartSec=0", "LimitCORE=0"];

#[test]
fn a_program_that_is_blocked_is_restarted() {
    let Some((systemd, processes)) = boot("", &UNIT) else { return };
    let start = systemd.begin("start web");
    let mut service = processes.next();
    service.ask("ready");
    assert!(start.output().status.success());
    service.ask("block");
    let mut next = processes.next();
    next.ask("ready");
    systemd.wait_to_show("web", "ActiveState", "active");
    systemd.shows("web", &[("NRestarts", "1"), ("Result", "success")]);
    // The first one did not shut down.
    assert!(!service.end().contains(&"teardown".to_owned()));
}

/// The deadline is the limit of a shutdown.
#[test]
fn a_shutdown_that_takes_longer_than_the_watchdog_is_not_disturbed() {
    let lines = UNIT.into_iter().chain(["Environment=GRACEFUL_GRACE_PERIOD=4s"]).collect::<Vec<_>>();
    let Some((systemd, processes)) = boot("", &lines) else { return };
    let start = systemd.begin("start web");
    let mut service = processes.next();
    service.ask("ready");
    assert!(start.output().status.success());
    service.ask("block");
    systemd.systemctl("stop web");
    systemd.shows("web", &[("Result", "exit-code"), ("ExecMainStatus", "124")]);
}
