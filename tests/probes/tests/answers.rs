//! What the supervisor's probes answer, and when.

#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use graceful_probe_tests::{Answer, as_many_as, ask, connect, get, request};
use graceful_process_tests::{Program, Running, Signal};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_service"))
}

fn start(program: Program) -> (Running, SocketAddr) {
    let mut running = program.start();
    running.wait_for("main");
    let address = running.ask("address");
    (running, address.parse().expect("an address"))
}

fn code_and_body(answer: Answer) -> (u16, String) {
    (answer.code, answer.body)
}

/// Asks until the code is this one.
#[track_caller]
fn until(address: SocketAddr, path: &str, code: u16) -> Answer {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = get(address, path);
        if answer.code == code {
            return answer;
        }
        assert!(Instant::now() < patience, "{path} is never {code}: {answer:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Asks until the body is this one.
#[track_caller]
fn until_body(address: SocketAddr, path: &str, body: &str) {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = get(address, path);
        if answer.body == body {
            return;
        }
        assert!(Instant::now() < patience, "{path} is never {body}: {answer:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_supervised_task_is_degraded_while_it_is_down_and_the_service_stays_ready() {
    for (pause, status, message) in
        [("3600000", "degraded", r#""restarting: attempt 1 failed: offline""#), ("1", "healthy", "null")]
    {
        let (mut service, address) = start(program());
        service.ask("ready");
        service.ask(&format!("task {pause}"));
        let expected = format!(
            r#"{{"status":"{status}","components":[{{"name":"consumer","status":"{status}","message":{message},"latency_ms":0.0}}]}}"#
        );
        until_body(address, "/health", &expected);
        assert_eq!(get(address, "/ready").code, 200);
        service.signal(Signal::SIGTERM);
        service.end().exits_with(0);
    }
}

#[test]
fn from_the_start_to_the_end() {
    let (mut service, address) = start(program().lame_duck("30s").grace_period("60s"));
    let starting = (503, r#"{"status":"not ready","reason":"starting"}"#.to_owned());
    let ready = (200, r#"{"status":"ready"}"#.to_owned());
    let leaving = (503, r#"{"status":"not ready","reason":"shutting down"}"#.to_owned());
    let alive = (200, r#"{"status":"alive"}"#.to_owned());
    for (path, answer) in [("/ready", &starting), ("/readyz", &starting), ("/livez", &alive), ("/healthz", &alive)] {
        assert_eq!(code_and_body(get(address, path)), *answer, "{path}");
    }
    service.ask("ready");
    for (path, answer) in [("/ready", &ready), ("/readyz", &ready), ("/livez", &alive), ("/healthz", &alive)] {
        assert_eq!(code_and_body(get(address, path)), *answer, "{path}");
    }
    assert_eq!(code_and_body(get(address, "/health")), (200, r#"{"status":"healthy","components":[]}"#.to_owned()));

    for thing in ["main", "teardown"] {
        service.ask(&format!("hold {thing}"));
    }
    let shutdown = |phase: &str| {
        for (path, answer) in [("/ready", &leaving), ("/readyz", &leaving), ("/livez", &alive), ("/healthz", &alive)] {
            assert_eq!(code_and_body(get(address, path)), *answer, "{path} in the {phase}");
        }
        let health = r#"{"status":"unhealthy","message":"shutting down","components":[]}"#.to_owned();
        assert_eq!(code_and_body(get(address, "/health")), (503, health), "in the {phase}");
    };
    service.signal(Signal::SIGTERM);
    service.wait_for("shutting down");
    shutdown("lame duck");
    service.interrupt_again();
    service.wait_for_stderr("Ctrl-C");
    service.ask("release main");
    service.wait_for("teardown");
    shutdown("teardown");
    service.order("release teardown");
    let _ = service.end();
    assert!(ask(address, "GET", "/livez").is_err());
}

#[test]
fn answers_are_json_and_the_connection_ends() {
    let (_service, address) = start(program());
    for path in ["/health", "/ready", "/livez", "/nothing"] {
        let answer = get(address, path);
        for header in ["content-type: application/json", "connection: close"] {
            assert!(answer.head.contains(header), "{path}: {answer:?}");
        }
    }
    assert_eq!(get(address, "/nothing").code, 404);
    assert_eq!(get(address, "/livez?verbose").code, 200);
    assert_eq!(ask(address, "POST", "/livez").unwrap().code, 405);
    let head = ask(address, "HEAD", "/livez").unwrap();
    assert_eq!((head.code, head.body.as_str()), (200, ""));
}

#[test]
fn checks_decide_on_readiness() {
    let (mut service, address) = start(program());
    service.ask("ready");
    service.ask("check");
    assert_eq!(get(address, "/ready").code, 200);
    service.ask("bad");
    let answer = until(address, "/ready", 503);
    assert_eq!(answer.body, r#"{"status":"not ready","reason":"unhealthy: check"}"#);
    let health = get(address, "/health");
    assert_eq!(health.code, 503);
    let component =
        r#"{"status":"unhealthy","components":[{"name":"check","status":"unhealthy","message":"as told","latency_ms":"#;
    assert!(health.body.starts_with(component), "{health:?}");
    service.ask("uncheck");
    assert_eq!(get(address, "/ready").code, 200);
}

#[test]
fn parts_decide_on_readiness() {
    let (mut service, address) = start(program().arg("log").lame_duck("30s").grace_period("60s"));
    for part in ["warm-up", "consumer"] {
        service.ask(&format!("part {part}"));
    }
    service.ask("ready");
    service.ask("part consumer ready");
    let component =
        |why: &str| format!(r#"{{"name":"warm-up","status":"unhealthy","message":"{why}","latency_ms":0.0}}"#);
    let not_ready = |why: &str| {
        let body =
            format!(r#"{{"status":"not ready","reason":"not ready: warm-up","components":[{}]}}"#, component(why));
        (503, body)
    };
    for path in ["/ready", "/readyz"] {
        assert_eq!(code_and_body(get(address, path)), not_ready("starting"));
    }
    let health = get(address, "/health");
    assert_eq!(health.code, 503);
    assert!(health.body.contains(r#""name":"consumer","status":"healthy""#), "{health:?}");
    assert!(health.body.contains(&component("starting")), "{health:?}");
    assert_eq!(get(address, "/livez").code, 200);

    for _ in 0..3 {
        service.ask("part warm-up ready");
        assert_eq!(get(address, "/ready").code, 200);
        assert_eq!(get(address, "/health").code, 200);
        service.ask("part warm-up not ready filling");
        assert_eq!(code_and_body(get(address, "/ready")), not_ready("filling"));
    }
    service.wait_for_stderr("ready: every part is ready");
    service.wait_for_stderr("not ready: warm-up: filling");
    service.ask("part warm-up dropped");
    service.wait_for_stderr("the readiness part `warm-up` was dropped while it was not ready (filling)");
    assert_eq!(code_and_body(get(address, "/ready")), not_ready("filling"));

    // It was ready: the load balancer sends traffic to it, so the lame duck is served. Without main it would end at once.
    service.ask("hold main");
    service.signal(Signal::SIGTERM);
    service.wait_for("shutting down");
    service.wait_for_stderr("serving for 30 s more");
    let leaving = (503, r#"{"status":"not ready","reason":"shutting down"}"#.to_owned());
    assert_eq!(code_and_body(get(address, "/ready")), leaving);
    let _ = service.kill();
}

/// A thousand at once, or as many as there are descriptors for: one run of the check.
#[test]
fn a_storm_of_probes_costs_one_run() {
    let (mut service, address) = start(program());
    service.ask("ready");
    service.ask("check");
    let begin = Instant::now();
    let ask = |client: usize| {
        let mut stream = connect(address).expect("a connection");
        stream.write_all(request("GET", ["/health", "/ready"][client % 2]).as_bytes()).expect("a request");
        stream
    };
    let asked: Vec<_> = (0..as_many_as(1_000)).map(ask).collect();
    for mut stream in asked {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    println!("a storm of probes, a check of 100 ms: {:?}", begin.elapsed());
    let runs: u32 = service.ask("runs").parse().unwrap();
    // On a machine so slow that the storm lasts longer than a second, one a second.
    assert!((1..10).contains(&runs), "{runs} runs");
}

#[test]
fn a_blocked_runtime_is_not_alive_until_it_runs_again() {
    let (mut service, address) = start(program().arg("quick"));
    service.ask("ready");
    service.ask("check");
    assert_eq!(get(address, "/livez").code, 200);
    service.ask("block");
    service.wait_for("blocked");
    let answer = until(address, "/livez", 503);
    assert!(answer.body.contains("no thread of the application's runtime has run anything for "), "{answer:?}");
    let health = until(address, "/health", 503);
    assert!(health.body.contains("timed out after 800 ms"), "{health:?}");
    assert_eq!(get(address, "/ready").code, 503);
    service.ask("release threads");
    until(address, "/livez", 200);
    until(address, "/ready", 200);
}

/// The kubelet must not restart what is about to end by itself.
#[test]
fn a_blocked_runtime_is_alive_while_it_shuts_down() {
    let (mut service, address) = start(program().arg("quick"));
    service.ask("block");
    service.wait_for("blocked");
    until(address, "/livez", 503);
    service.signal(Signal::SIGTERM);
    until(address, "/livez", 200);
}

#[test]
fn the_environment_can_turn_them_off() {
    let mut service = program().env("GRACEFUL_PROBES", "off").start();
    assert_eq!(service.ask("address"), "none");
}

fn attribute() -> Program {
    Program::new(env!("CARGO_BIN_EXE_attribute"))
}

#[test]
fn by_attribute() {
    let mut service = attribute().start();
    service.wait_for("main");
    let address = service.ask("address");
    let health = || {
        let answer = get(address.parse().expect("an address"), "/health");
        let message = answer.body.split(r#""message":"#).nth(1).and_then(|rest| rest.split(",\"lat").next());
        (answer.code, message.expect("a message").to_owned())
    };
    assert_eq!(health(), (503, r#""no attribute::Database was provided""#.to_owned()));
    service.ask("open");
    assert_eq!(health(), (200, "null".to_owned()));
    service.ask("lose");
    assert_eq!(health(), (503, r#""lost""#.to_owned()));
    service.order("end");
    service.end().exits_with(0);
}

#[test]
fn an_address_that_is_taken_is_an_error_of_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    for program in [program(), attribute()] {
        let ended = program.env("GRACEFUL_PROBES", &address).run();
        let why = format!("cannot serve the probes on {address}: Address already in use");
        ended.exits_with(1).says(&[]).stderr_has(&why);
    }
}

#[test]
fn a_malformed_address_is_an_error_of_the_start() {
    for (program, code) in [(program(), 1), (attribute(), 78)] {
        let ended = program.env("GRACEFUL_PROBES", "localhost:8081").run();
        ended.exits_with(code).says(&[]).stderr_has("GRACEFUL_PROBES is `localhost:8081`");
    }
}

#[test]
fn a_sigterm_before_it_is_ready_cancels_the_start() {
    let ended = program().arg("starting").lame_duck("8s").terminated();
    ended.exits_with(143).says(&["main", "teardown"]).is_silent().took_less_than(Duration::from_secs(8));
}
