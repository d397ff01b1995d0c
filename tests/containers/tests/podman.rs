//! How podman stops a program that is process 1 of its container, and what it finds afterwards.
#![cfg(target_os = "linux")]

use std::fs;

use graceful_container_tests::podman::{Container, build};
use graceful_container_tests::sandbox::Sandbox;
use serde_json::Value;

const SERVICE: (&str, &str) = (env!("CARGO_BIN_EXE_container_service"), "/service");

/// The code of a container that was ended by SIGKILL.
const KILLED: i32 = 137;

#[test]
fn process_1_ends_by_sigterm_and_its_log_has_the_handlers() {
    let Some(sandbox) = Sandbox::open() else { return };
    build(&sandbox, "service", &[SERVICE], r#"ENTRYPOINT ["/service"]"#);
    let Some(service) = Container::start(&sandbox, "service", &["service"], "process 1") else { return };
    let lines = ["process 1", "SIGTERM", "closed"];
    service.stop(&[]).exits_with(0).says(&lines);
    sandbox.run(&["podman", "logs", "service"]).says(&lines);
}

#[test]
fn the_stop_signal_of_the_image_reaches_the_program() {
    let Some(sandbox) = Sandbox::open() else { return };
    for signal in ["SIGINT", "SIGQUIT"] {
        let image = signal.to_lowercase();
        build(&sandbox, &image, &[SERVICE], &format!("STOPSIGNAL {signal}\nENTRYPOINT [\"/service\"]"));
        let Some(service) = Container::start(&sandbox, signal, &[&image], "process 1") else { return };
        service.stop(&[]).exits_with(0).says(&["process 1", signal, "closed"]);
    }
}

#[test]
fn a_stop_signal_that_the_program_does_not_handle_has_no_effect() {
    let Some(sandbox) = Sandbox::open() else { return };
    build(&sandbox, "service", &[SERVICE], "STOPSIGNAL SIGUSR1\nENTRYPOINT [\"/service\"]");
    let Some(service) = Container::start(&sandbox, "service", &["service"], "process 1") else { return };
    service.stop(&["--time", "1"]).exits_with(KILLED).says(&["process 1"]);
}

/// The request of the one that is granted more ends when the other one is gone: so it takes longer than the default.
#[test]
fn a_longer_time_than_the_default_is_enough_for_a_long_request() {
    let Some(sandbox) = Sandbox::open() else { return };
    build(&sandbox, "service", &[SERVICE], r#"ENTRYPOINT ["/service"]"#);
    let begin = |name| {
        let service = Container::start(&sandbox, name, &["service"], "process 1")?;
        let mut client = service.connect();
        client.begin_upload("/upload");
        service.running.wait_for("upload begun");
        Some((service, client))
    };
    let Some((by_default, mut lost)) = begin("default") else { return };
    let Some((granted, mut answered)) = begin("granted") else { return };

    let stop = granted.begin_stop(&["--time", "30"]);
    by_default.stop(&[]).exits_with(KILLED).says(&["process 1", "upload begun", "SIGTERM"]);
    assert!(lost.answer().is_err(), "an answer of a program that was killed");
    assert_eq!(answered.finish_upload().status, 200);
    stop.end().exits_with(0);
    granted.running.end().exits_with(0).says(&["process 1", "upload begun", "SIGTERM", "closed"]);
}

#[test]
fn the_termination_message_outlives_the_container() {
    let Some(sandbox) = Sandbox::open() else { return };
    build(&sandbox, "service", &[SERVICE], r#"ENTRYPOINT ["/service"]"#);
    let message = "/run/termination-message";
    let read = || -> Value {
        let text = fs::read_to_string(sandbox.path(message)).expect("the message");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    for (path, variable) in [("/dev/termination-log", ""), ("/message", "/message")] {
        // As the kubelet makes it.
        fs::write(sandbox.path(message), "").expect("a file");
        let (volume, variable) = (format!("{message}:{path}"), format!("GRACEFUL_TERMINATION_LOG={variable}"));
        let args = ["--rm", "--volume", &volume, "--env", &variable, "service"];
        let Some(service) = Container::start(&sandbox, "service", &args, "process 1") else { return };
        service.stop(&[]).exits_with(0);
        let message = read();
        assert_eq!((&message["reason"], &message["exit_code"]), (&"SIGTERM".into(), &0.into()));
        assert_eq!(message["handlers"][1]["name"], "close");
    }
}

/// The known failure: the shell waits for the program, and does not pass on the signal.
#[test]
fn a_shell_as_process_1_keeps_the_signal() {
    let Some(sandbox) = Sandbox::open() else { return };
    build(&sandbox, "service", &[SERVICE, ("/bin/sh", "/bin/sh")], "ENTRYPOINT /service; true");
    let Some(service) = Container::start(&sandbox, "service", &["service"], "not process 1") else { return };
    service.stop(&["--time", "1"]).exits_with(KILLED).says(&["not process 1"]);
}

#[test]
fn an_init_as_process_1_passes_the_signal_on() {
    let Some(sandbox) = Sandbox::open() else { return };
    build(&sandbox, "service", &[SERVICE], r#"ENTRYPOINT ["/service"]"#);
    let Some(service) = Container::start(&sandbox, "service", &["--init", "service"], "not process 1") else { return };
    service.stop(&[]).exits_with(0).says(&["not process 1", "SIGTERM", "closed"]);
}
