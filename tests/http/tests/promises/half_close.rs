//! A client that closes its sending half after the request, as `nc -N`, is answered if the server wants that.

use std::time::Duration;

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::Program;

const DRAIN: Duration = Duration::from_secs(4);

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_server"))
}

fn half_closed(server: &Server, request: &str) -> Client {
    let mut client = Client::sending(server.address, request);
    client.end_sending();
    client
}

#[test]
fn it_is_answered_while_the_service_runs() {
    let mut server = Server::start(program().arg("half-close"));
    half_closed(&server, &get("/")).answer().is(200, "hello");
    let mut upload = half_closed(&server, &(post("/upload", 4) + "body"));
    upload.answer().is(200, "4 bytes");
    upload.ends();
    let mut slow = half_closed(&server, &get("/go"));
    server.wait_for("go begins");
    // By then the server has seen the end.
    Client::connect(server.address).ask(&get("/")).is(200, "hello");
    server.order("go");
    slow.answer().is(200, "gone");
    slow.ends();
    // What is left of an unfinished body is not awaited.
    half_closed(&server, &(post("/upload", 8) + "half")).is_cut();
    server.terminate();
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[test]
fn it_is_answered_in_the_drain() {
    let mut server = Server::start(program().arg("half-close"));
    let mut client = half_closed(&server, &get("/drain"));
    let mut pipeline = half_closed(&server, &[get("/"), get("/drain"), get("/")].concat());
    server.wait_for("drain begins");
    server.wait_for("drain begins");
    let mut idle = Client::connect(server.address);
    idle.ask(&get("/")).is(200, "hello");
    server.terminate();
    client.answer().is(200, "drained").is_last(true);
    client.ends();
    pipeline.answer().is(200, "hello");
    pipeline.answer().is(200, "drained").is_last(false);
    pipeline.answer().is(200, "hello");
    pipeline.ends();
    idle.ends();
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN / 4);
}

/// It may have gone away, and its handler would run for nobody.
#[test]
fn otherwise_it_is_gone() {
    let server = Server::start(program());
    half_closed(&server, &get("/go")).ends();
    let _ = server.into_running().kill();
}
