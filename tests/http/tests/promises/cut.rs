//! What doesn't end is cut at the drain's end, and the report says so.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::{Ended, Program};

const GRACE_PERIOD: Duration = Duration::from_secs(10);

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms")
}

#[track_caller]
fn is_cut(server: Server, connections: &str) -> Ended {
    let ended = server.into_running().end();
    ended.exits_with(1).took_less_than(GRACE_PERIOD);
    ended.stderr_has(&format!("abandoned: {connections}")).stderr_lacks("main had not returned");
    assert!(ended.position("main dropped") < ended.position("teardown"), "{ended}");
    ended
}

/// Its destructor runs before the resources are closed that it uses.
#[test]
fn a_handler_that_hangs() {
    let mut server = Server::start(program());
    let mut client = Client::sending(server.address, &get("/hang"));
    server.wait_for("hang begins");
    server.terminate();
    client.is_cut();
    let ended = is_cut(server, "1 connection: 127.0.0.1:");
    ended.stderr_has("a request in progress");
    assert!(ended.position("hang dropped") < ended.position("teardown"), "{ended}");
}

#[test]
fn a_client_that_never_reads() {
    let mut server = Server::start(program());
    let mut client = Client::sending(server.address, &get("/flood"));
    client.head();
    server.terminate();
    is_cut(server, "1 connection");
}

#[test]
fn a_body_that_never_ends() {
    let mut server = Server::start(program());
    let client = TcpStream::connect(server.address).unwrap();
    let mut writer = client.try_clone().unwrap();
    writer.write_all(post("/upload", 1_000_000).as_bytes()).unwrap();
    let mut other = Client::sending(server.address, &get("/drain"));
    server.wait_for("drain begins");
    server.terminate();
    other.answer().is(200, "drained");
    // One byte after the other, as fast as it goes: until the server has had enough.
    let dribble = std::thread::spawn(move || while writer.write_all(b"x").is_ok() {});
    is_cut(server, "1 connection");
    dribble.join().unwrap();
}

#[test]
fn many_in_one_line() {
    let mut server = Server::start(program().arg("log"));
    let clients: Vec<_> = (0..50).map(|_| Client::sending(server.address, &get("/hang"))).collect();
    while server.ask("in flight") != "50" {}
    server.terminate();
    let ended = is_cut(server, "50 connections");
    let lines = ended.stdout.iter().chain(&ended.stderr).filter(|line| line.contains("abandoned at the end"));
    assert_eq!(lines.count(), 1, "{ended}");
    drop(clients);
}

/// Main has returned, and awaits nothing.
#[test]
fn in_a_task_too() {
    let mut server = Server::start(program().arg("spawned"));
    let mut client = Client::sending(server.address, &get("/hang"));
    server.wait_for("hang begins");
    server.terminate();
    client.is_cut();
    let ended = is_cut(server, "1 connection");
    assert!(ended.position("hang dropped") < ended.position("teardown"), "{ended}");
}
