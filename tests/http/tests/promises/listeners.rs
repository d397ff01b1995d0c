//! All kinds of listeners, and of routers.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;
use graceful_process_tests::place::Directory;

const DRAIN: Duration = Duration::from_secs(4);

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_server"))
}

#[test]
fn a_unix_socket() {
    let directory = Directory::create();
    let path = directory.file("socket");
    let mut server = Server::start(program().arg("unix").arg(&path));
    let connect = || Client::new(UnixStream::connect(&path).unwrap());
    let (mut idle, mut busy) = (connect(), connect());
    idle.ask(&get("/")).is(200, "hello");
    busy.send(&get("/drain"));
    server.wait_for("drain begins");
    let mut queued = server.terminate_after(|_| {
        let mut queued = connect();
        queued.send(&get("/"));
        queued
    });
    queued.answer().is(200, "hello");
    queued.ends();
    busy.answer().is(200, "drained").is_last(true);
    busy.ends();
    idle.ends();
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[test]
fn connect_info_behind_a_tap() {
    let mut server = Server::start(program().arg("connect-info"));
    let mut client = Client::connect(server.address);
    let address = client.local_address().to_string();
    client.ask(&get("/")).is(200, &address);
    server.terminate();
    client.ends();
    server.into_running().end().exits_with(0).is_silent();
}

/// Main returns at once, and the drain waits for the connections.
#[test]
fn a_server_in_a_task() {
    let mut server = Server::start(program().arg("spawned"));
    let mut busy = Client::sending(server.address, &get("/go"));
    server.wait_for("go begins");
    let mut idle = Client::connect(server.address);
    idle.ask(&get("/")).is(200, "hello");
    server.terminate();
    server.wait_for("main dropped");
    idle.ends();
    server.order("go");
    busy.answer().is(200, "gone").is_last(true);
    busy.ends();
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}
