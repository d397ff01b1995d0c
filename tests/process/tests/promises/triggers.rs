//! What starts the shutdown: whatever it is, and however often, there is one.

use graceful_process_tests::{Program, Signal, all};

const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");
const TRIGGERS: &str = env!("CARGO_BIN_EXE_triggers");

#[test]
fn a_request_from_anywhere() {
    all(["thread", "task", "before", "twice", "handler"], |place| {
        let ended = Program::new(TRIGGERS).arg(place).run();
        let reason = if place == "handler" { "main returned" } else { "a request of the program" };
        ended.exits_with(0).says(&["main", "first", "teardown", "second", &format!("report: {reason}")]).is_silent();
    });
}

#[test]
fn twenty_at_once_are_one() {
    all(0..4, |_| {
        for _ in 0..5 {
            let ended = Program::new(TRIGGERS).arg("storm").run();
            ended.exits_with(0).is_silent();
            assert_eq!(ended.stdout[..4], ["main", "first", "teardown", "second"], "{ended}");
            assert!(ended.stdout.len() == 5 && ended.stdout[4].starts_with("report: "), "{ended}");
        }
    });
}

#[test]
fn the_first_reason_stays() {
    let mut running = Program::new(PUPPET).start();
    running.wait_for("main");
    running.ask("track");
    running.ask("request");
    running.signal(Signal::SIGTERM);
    running.ask("exit 0");
    running.order("drop");
    let said = ["main", "guards dropped", "first", "second", "report: a request of the program"];
    running.end().exits_with(0).says(&said);
}

#[test]
fn a_critical_task_that_ends() {
    let reason = "the critical task `consumer` ended";
    let ends = [("returns", 0, ""), ("errs", 1, "connection lost"), ("panics", 1, "panicked")];
    all(ends, |(end, code, why)| {
        let ended = Program::new(env!("CARGO_BIN_EXE_critical")).arg(end).run();
        ended.exits_with(code).says(&["main", reason, "handler", reason]);
        match code {
            0 => ended.is_silent(),
            _ => ended.stderr_has("critical task `consumer`").stderr_has(why),
        };
    });
}
