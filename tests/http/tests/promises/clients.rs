//! Connections that their clients hold open are cut at the end of the drain. They are counted, and do not decide the exit code.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::{Ended, Program, all};

const DRAIN: Duration = Duration::from_millis(500);

/// Without the layer, with it on the router, and on the server.
const PLACES: [&str; 3] = ["", "layer", "layer-of-server"];

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms")
}

/// After the whole drain, and clean.
#[track_caller]
fn is_cut(server: Server, connections: &str) -> Ended {
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent().took_between(DRAIN, DRAIN);
    let line = format!("cut {connections}");
    assert!(ended.said().iter().any(|said| said.starts_with(&line)), "`{line}`\n{ended}");
    assert!(ended.position("main dropped") < ended.position("teardown"), "{ended}");
    ended
}

/// The handler waits for it, and the layer's guard with it.
#[test]
fn a_body_that_never_ends() {
    all(PLACES, |place| {
        let mut server = Server::start(program().arg(place));
        let request =
            "POST /upload?token=secret HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n";
        let mut client = Client::sending(server.address, request);
        // The handler waits for the body by then.
        assert_eq!(client.head().0, 100);
        client.send("half");
        server.terminate();
        let ended = is_cut(server, "1 connection: POST /upload from 127.0.0.1:");
        assert!(ended.said().iter().any(|line| line.ends_with("the body of the request is incomplete")), "{ended}");
        client.is_cut();
    });
}

/// One byte after the other, as fast as it goes.
#[test]
fn a_body_that_dribbles() {
    let mut server = Server::start(program());
    let client = TcpStream::connect(server.address).unwrap();
    client.set_nodelay(true).unwrap();
    let mut writer = client.try_clone().unwrap();
    writer.write_all(post("/upload", 1_000_000_000).as_bytes()).unwrap();
    let mut other = Client::sending(server.address, &get("/drain"));
    server.wait_for("drain begins");
    server.terminate();
    other.answer().is(200, "drained");
    let dribble = std::thread::spawn(move || while writer.write_all(b"x").is_ok() {});
    is_cut(server, "1 connection: POST /upload from 127.0.0.1:");
    dribble.join().unwrap();
}

/// It waits to be told that it may.
#[test]
fn a_body_that_never_begins() {
    let mut server = Server::start(program());
    let request = "POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n";
    let mut client = Client::sending(server.address, request);
    assert_eq!(client.head().0, 100);
    server.terminate();
    is_cut(server, "1 connection: POST /upload from 127.0.0.1:");
}

/// A tracked task waits for it, after the answer.
#[test]
fn a_body_that_outlives_its_answer() {
    let mut server = Server::start(program());
    let mut client = Client::sending(server.address, &post("/later", 8));
    client.answer().is(200, "later");
    server.terminate();
    let ended = is_cut(server, "1 connection: ");
    assert!(ended.position("later: None bytes") < ended.position("teardown"), "{ended}");
}

/// The answer is larger than all buffers: in many parts, and in one.
#[test]
fn one_that_never_reads() {
    all(["/flood", "/large"], |path| {
        all(PLACES, |place| {
            let mut server = Server::start(program().arg(place));
            let mut client = Client::sending(server.address, &get(path));
            client.head();
            server.terminate();
            let ended = is_cut(server, "1 connection: ");
            let reads_not = |line: &&str| line.contains("the client does not read") || line.contains("GET /flood from");
            assert!(ended.said().iter().any(reads_not), "{ended}");
        });
    });
}

#[test]
fn it_counts_for_those_who_want_it() {
    let mut server = Server::start(program().arg("unclean-when-cut"));
    let _client = Client::sending(server.address, &post("/upload", 8));
    let mut other = Client::sending(server.address, &get("/drain"));
    server.wait_for("drain begins");
    server.terminate();
    other.answer().is(200, "drained");
    let ended = server.into_running().end();
    ended.exits_with(1).stderr_has("abandoned: 1 connection: POST /upload from 127.0.0.1:");
}

/// The log says what the drain waits for, and what was cut. A path cannot forge a line of it.
#[test]
fn the_log_names_them() {
    let mut server = Server::start(program().drain_timeout("1500ms").arg("log"));
    let path = format!("/upload/{}", "x".repeat(100));
    let _long = Client::sending(server.address, &get(&format!("/hang?secret={path}")));
    server.wait_for("hang begins");
    let _upload = Client::sending(server.address, &post("/upload", 8));
    while server.ask("in flight") != "2" {}
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(1);
    let log: Vec<_> = ended.stdout.iter().chain(&ended.stderr).collect();
    let has = |parts: &[&str]| log.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(has(&["still draining: ", "GET /hang from 127.0.0.1:", "POST /upload from 127.0.0.1:"]), "{ended}");
    assert!(has(&["cut at the end of the drain", "POST /upload from 127.0.0.1:"]), "{ended}");
    assert!(has(&["abandoned at the end of the drain: 1 connection: GET /hang from 127.0.0.1:"]), "{ended}");
    assert!(!has(&["secret"]), "{ended}");
}
