//! The same with runc alone.
#![cfg(target_os = "linux")]

use std::fs;

use graceful_container_tests::root;
use graceful_container_tests::sandbox::Sandbox;
use graceful_process_tests::Running;
use graceful_process_tests::installed::skip;
use serde_json::{Value, json};

const SERVICE: &str = env!("CARGO_BIN_EXE_container_service");

const BUNDLE: &str = "/run/bundle";

#[test]
fn runc_shows_how_process_1_has_ended() {
    let Some(sandbox) = Sandbox::open() else { return };
    bundle(&sandbox);
    for (signal, code, lines) in [("TERM", 0, &["process 1", "SIGTERM", "closed"][..]), ("KILL", 137, &["process 1"])] {
        let Some(service) = start(&sandbox) else { return };
        let state = state(&sandbox);
        assert_eq!(state["status"], "running");
        assert!(sandbox.connect(&state["pid"].to_string()).ask("/").is_ok_and(|answer| answer.status == 404));
        sandbox.run(&["runc", "kill", "service", signal]);
        service.end().exits_with(code).says(lines);
        sandbox.command(&["runc", "state", "service"]).run().stderr_has("does not exist");
    }
}

/// Makes a folder that runc can run.
fn bundle(sandbox: &Sandbox) {
    let folder = sandbox.path(BUNDLE);
    root::add(&folder.join("rootfs"), SERVICE, "/service");
    sandbox.run(&["runc", "spec", "--bundle", BUNDLE]);
    let file = folder.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
    config["process"]["terminal"] = false.into();
    config["process"]["args"] = json!(["/service"]);
    // Otherwise below the cgroup of the process that calls runc, which is outside of the sandbox.
    config["linux"]["cgroupsPath"] = "/service".into();
    fs::write(file, config.to_string()).expect("a file");
}

/// `None`, and a line that says why, when no container can be run here.
#[track_caller]
fn start(sandbox: &Sandbox) -> Option<Running> {
    let running = sandbox.command(&["runc", "run", "--bundle", BUNDLE, "service"]).start();
    if running.prints("process 1") {
        return Some(running);
    }
    skip(format_args!("runc cannot run a container here:\n{}", running.end()));
    None
}

fn state(sandbox: &Sandbox) -> Value {
    let state = sandbox.run(&["runc", "state", "service"]).stdout.join("\n");
    serde_json::from_str(&state).expect("JSON")
}
