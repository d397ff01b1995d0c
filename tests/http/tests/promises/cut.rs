//! What the application does not end is cut at the drain's end, and the end is unclean.

use std::time::Duration;

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::{Ended, Program, all};

const GRACE_PERIOD: Duration = Duration::from_secs(10);

const UPGRADE: &str = "GET /deaf HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

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
    let ended = is_cut(server, "1 connection: GET /hang from 127.0.0.1:");
    ended.stderr_has("answered yet").stderr_lacks("until_drain");
    assert!(ended.position("hang dropped") < ended.position("teardown"), "{ended}");
}

/// Its advice is what the code lacks.
#[test]
fn a_stream_that_does_not_look_at_the_drain() {
    all(["/endless", "/busy"], |path| {
        let mut server = Server::start(program());
        let mut client = Client::sending(server.address, &get(&format!("{path}?token=secret")));
        client.head();
        assert_eq!(client.chunk().as_deref(), Some("event"));
        server.terminate();
        client.is_cut();
        let ended = is_cut(server, &format!("1 connection: GET {path} from 127.0.0.1:"));
        ended.stderr_has("graceful::until_drain(..)").stderr_lacks("secret");
    });
}

/// Its task waits for nothing that the client could do.
#[test]
fn an_upgrade_that_neither_reads_nor_writes() {
    let mut server = Server::start(program());
    let mut client = Client::sending(server.address, UPGRADE);
    assert_eq!(client.head().0, 101);
    server.wait_for("deaf begins");
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(1).stderr_has(" 1 connection: GET /deaf from 127.0.0.1:").stderr_has("upgraded");
}

/// One that waits for its client, and one that is the application's.
#[test]
fn both_kinds_are_told_apart() {
    let mut server = Server::start(program());
    let _upload = Client::sending(server.address, &post("/upload", 8));
    let _hang = Client::sending(server.address, &get("/hang"));
    server.wait_for("hang begins");
    while server.ask("in flight") != "2" {}
    server.terminate();
    let ended = is_cut(server, "1 connection: GET /hang from 127.0.0.1:");
    ended.stderr_has("cut: 1 connection: POST /upload from 127.0.0.1:");
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
