//! What was sent before the signal is answered, wherever it is by then: on an idle connection, on a fresh one, in the
//! listener's queue.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;

const DRAIN: Duration = Duration::from_secs(4);

fn server() -> Server {
    Server::start(program())
}

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_server"))
}

#[track_caller]
fn ends_well(server: Server) {
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[test]
fn on_an_idle_connection() {
    let mut server = server();
    let mut clients: Vec<_> = (0..20).map(|_| Client::connect(server.address)).collect();
    for client in &mut clients {
        client.ask(&get("/")).is(200, "hello").is_last(false);
    }
    server.terminate_after(|_| clients.iter_mut().for_each(|client| client.send(&get("/"))));
    for client in &mut clients {
        client.answer().is(200, "hello");
        client.ends();
    }
    ends_well(server);
}

#[test]
fn on_a_fresh_connection() {
    let mut server = server();
    let mut clients: Vec<_> = (0..20).map(|_| Client::connect(server.address)).collect();
    // They are accepted in turn, so by now they all are.
    Client::connect(server.address).ask(&get("/")).is(200, "hello");
    server.terminate_after(|_| clients.iter_mut().for_each(|client| client.send(&get("/"))));
    for client in &mut clients {
        client.answer().is(200, "hello");
        client.ends();
    }
    ends_well(server);
}

fn in_the_queue(program: Program) {
    let mut server = Server::start(program);
    let clients =
        server.terminate_after(|address| -> Vec<_> { (0..100).map(|_| Client::sending(address, &get("/"))).collect() });
    for mut client in clients {
        client.answer().is(200, "hello");
        client.ends();
    }
    let address = server.address;
    ends_well(server);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}

#[test]
fn in_the_queue_of_the_listener() {
    in_the_queue(program());
}

#[test]
fn in_the_queue_of_the_listener_without_linger() {
    in_the_queue(program().arg("no-linger"));
}

/// The only thread that could tell of new connections has something else to do when the drain begins.
#[test]
fn in_the_queue_of_which_the_runtime_does_not_know_yet() {
    let mut server = Server::start(program().arg("tell").env("TOKIO_WORKER_THREADS", "1"));
    let mut blocks = Client::sending(server.address, &get("/block"));
    server.wait_for("block begins");
    let clients: Vec<_> = (0..20).map(|_| Client::sending(server.address, &get("/"))).collect();
    server.terminate();
    server.wait_for("draining");
    server.order("unblock");
    for mut client in clients {
        client.answer().is(200, "hello").is_last(true);
        client.ends();
    }
    blocks.answer().is(200, "unblocked").is_last(true);
    blocks.ends();
    ends_well(server);
}

/// Its client can't have heard of the shutdown when it sent it: that's what the linger is for. It is 3 s here.
#[test]
fn on_its_way() {
    let program = program().grace_period("90s").drain_timeout("30s").arg("long-linger");
    let mut server = Server::start(program);
    let (mut idle, mut fresh) = (Client::connect(server.address), Client::connect(server.address));
    idle.ask(&get("/")).is(200, "hello");
    let mut busy = Client::sending(server.address, &get("/drain"));
    server.wait_for("drain begins");
    server.terminate();
    busy.answer().is(200, "drained");
    thread::sleep(Duration::from_millis(50));
    for client in [&mut idle, &mut fresh] {
        client.ask(&get("/")).is(200, "hello").is_last(true);
        client.ends();
    }
    server.into_running().end().exits_with(0).is_silent();
}

/// A connection that has sent nothing yet has longer than an idle one for its first request: 10 s, where the linger is 1 s.
#[test]
fn on_its_way_as_the_first_request() {
    let program = program().grace_period("900s").drain_timeout("300s").arg("linger-of-1-s");
    let mut server = Server::start(program);
    let mut idle = Client::connect(server.address);
    idle.ask(&get("/")).is(200, "hello");
    let mut fresh = server.terminate_after(Client::connect);
    idle.ends();
    thread::sleep(Duration::from_millis(500));
    fresh.ask(&get("/")).is(200, "hello").is_last(true);
    fresh.ends();
    server.into_running().end().exits_with(0).is_silent();
}

#[test]
fn the_listener_is_closed_at_the_drains_start() {
    let mut server = server();
    let mut held = Client::sending(server.address, &get("/go"));
    server.wait_for("go begins");
    let mut idle = Client::connect(server.address);
    idle.ask(&get("/")).is(200, "hello");
    server.terminate();
    // The listener goes before the idle connections do.
    idle.ends();
    assert!(TcpStream::connect(server.address).is_err(), "it still listens");
    server.order("go");
    held.answer().is(200, "gone").is_last(true);
    held.ends();
    ends_well(server);
}
