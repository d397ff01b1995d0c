//! `podman kube play` of the shipped deployment, with requests in flight when its pod is stopped.
//!
//! Podman 4.3.1 cannot do all that the deployment says:
//!
//! - It publishes each `containerPort` as a port of the host, so a second replica finds the port in use. There is one here.
//! - It ignores `terminationGracePeriodSeconds`, which podman reads since 4.7. The test passes the number as `--time`.
//! - It makes a health check of the liveness probe, which needs systemd and, in the image, `curl`. Here podman says that
//!   systemd is missing, and checks nothing.
//! - It ignores the readiness probe.
#![cfg(target_os = "linux")]

use std::fs;

use graceful_container_tests::podman::build;
use graceful_container_tests::sandbox::Sandbox;
use graceful_process_tests::installed::{say, skip};

const DEPLOYMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/deployment.yaml");

#[test]
fn requests_are_answered_when_the_pod_is_stopped() {
    let Some(sandbox) = Sandbox::open() else { return };
    let deployment = fs::read_to_string(DEPLOYMENT).expect("the shipped deployment");
    // As that of `examples/deploy/Dockerfile`, which does not run it as root either.
    let lines = "USER 65532\nENTRYPOINT [\"/api\"]\nCMD [\"0.0.0.0:8080\"]";
    build(&sandbox, value(&deployment, "image"), &[(env!("CARGO_BIN_EXE_06_axum"), "/api")], lines);
    let replicas = format!("replicas: {}", value(&deployment, "replicas"));
    fs::write(sandbox.path("/run/deployment.yaml"), deployment.replace(&replicas, "replicas: 1")).expect("a file");

    let played = sandbox.command(&["podman", "kube", "play", "/run/deployment.yaml"]).run();
    if played.stderr.iter().any(|line| line.contains("error reopening /dev/null")) {
        // Of Debian 12's podman, with version 2 of cgroups and without systemd. Podman 5.0 is without this fault.
        say("skipped: this podman denies all devices to a pod");
        return;
    }
    if played.code != Some(0) {
        skip(format_args!("podman cannot run a pod here:\n{played}"));
        return;
    }
    let pod = &sandbox.run(&["podman", "pod", "ps", "--format", "{{.Name}}"]).stdout[0];
    let container = &format!("{pod}-api");
    let log = sandbox.command(&["podman", "logs", "--follow", container]).start();
    log.wait_for("listening on http://0.0.0.0:8080");

    let inspect = |what: &str| sandbox.run(&["podman", "inspect", "--format", what, container]).stdout.remove(0);
    let pid = inspect("{{.State.Pid}}");
    let (mut slow, mut events) = (sandbox.connect(&pid), sandbox.connect(&pid));
    events.begin("/events").expect("a request");
    assert!(events.hears("data: tick"));
    slow.begin("/slow").expect("a request");
    log.wait_for("slow request begun");

    let granted = value(&deployment, "terminationGracePeriodSeconds");
    let stop = sandbox.command(&["podman", "pod", "stop", "--time", granted, pod]).start();
    assert_eq!(slow.answer().expect("an answer").status, 200);
    assert!(events.hears("data: goodbye"), "cut off before the drain");
    stop.end().exits_with(0);
    assert_eq!(inspect("{{.State.ExitCode}}"), "0");
    log.wait_for("database closed");
}

/// Returns the value of the first line with this key.
#[track_caller]
fn value<'a>(yaml: &'a str, key: &str) -> &'a str {
    let value = yaml.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "));
    value.unwrap_or_else(|| panic!("no `{key}`"))
}
