//! Connections without a request neither take the drain nor spoil its end.

use std::time::Duration;

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;

const DRAIN: Duration = Duration::from_secs(4);

fn server() -> Server {
    Server::start(Program::new(env!("CARGO_BIN_EXE_server")))
}

#[track_caller]
fn ends_well(server: Server) {
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[test]
fn idle_connections_are_closed() {
    let mut server = server();
    let mut clients: Vec<_> = (0..20).map(|_| Client::connect(server.address)).collect();
    for client in &mut clients[10..] {
        client.ask(&get("/")).is(200, "hello");
    }
    server.terminate();
    for client in &mut clients {
        client.ends();
    }
    // Their other ends are still open: nobody waits for that.
    ends_well(server);
}

/// Of a first request, of a second, of HTTP/2.
#[test]
fn half_a_head_is_not_waited_for() {
    let mut server = server();
    let mut fresh = Client::sending(server.address, "GET / HTTP/1.1\r\nHos");
    let mut used = Client::connect(server.address);
    used.ask(&get("/")).is(200, "hello");
    used.send("GET / HT");
    let mut http2 = Client::sending(server.address, "PRI * HT");
    Client::connect(server.address).ask(&get("/")).is(200, "hello");
    server.terminate();
    for client in [&mut fresh, &mut used, &mut http2] {
        client.ends();
    }
    ends_well(server);
}

/// It may take longer than an idle connection is kept.
#[test]
fn a_head_that_is_completed_is_answered() {
    let mut server = server();
    let [mut fresh, mut used, mut idle] = [(); 3].map(|()| Client::connect(server.address));
    used.ask(&get("/")).is(200, "hello");
    let request = get("/");
    let (begin, end) = request.split_at(20);
    fresh.send(begin);
    used.send(begin);
    idle.ask(&get("/")).is(200, "hello");
    server.terminate();
    idle.ends();
    for client in [&mut fresh, &mut used] {
        client.send(end);
        client.answer().is(200, "hello").is_last(true);
        client.ends();
    }
    ends_well(server);
}

/// The preface is there, and nothing comes after it: it never acknowledges that it shall go.
#[test]
fn an_http2_connection_that_does_not_answer_is_not_waited_for() {
    let mut server = server();
    let mut preface = Client::sending(server.address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let mut settings = Client::sending(server.address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    Client::connect(server.address).ask(&get("/")).is(200, "hello");
    server.terminate();
    preface.is_cut();
    settings.is_cut();
    ends_well(server);
}

/// Long before any shutdown.
#[test]
fn a_head_may_have_a_limit() {
    let server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).arg("header-timeout"));
    let mut client = Client::connect(server.address);
    client.ask(&get("/")).is(200, "hello");
    client.send("GET / HT");
    client.is_cut();
    let _ = server.into_running().kill();
}
