//! In the lame duck all are served, and told to go elsewhere.

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::Program;

fn server() -> Server {
    Server::start(Program::new(env!("CARGO_BIN_EXE_server")).grace_period("60s").lame_duck("30s"))
}

#[test]
fn all_are_served_and_told() {
    let mut server = server();
    let mut known = Client::connect(server.address);
    known.ask(&get("/")).is(200, "hello").is_last(false);
    let mut busy = Client::sending(server.address, &get("/go"));
    server.wait_for("go begins");
    server.terminate();
    while !has_begun(&server) {}
    known.ask(&get("/")).is(200, "hello").is_last(true);
    known.ends();
    let mut new = Client::connect(server.address);
    new.ask(&get("/")).is(200, "hello").is_last(true);
    new.ends();
    server.order("go");
    busy.answer().is(200, "gone").is_last(true);
    busy.ends();
    let _ = server.into_running().kill();
}

#[test]
fn each_request_of_a_pipeline_is_answered() {
    let mut server = server();
    let mut client = Client::sending(server.address, &[get("/go"), get("/"), get("/")].concat());
    server.wait_for("go begins");
    server.terminate();
    while !has_begun(&server) {}
    server.order("go");
    client.answer().is(200, "gone").is_last(false);
    client.answer().is(200, "hello").is_last(false);
    client.answer().is(200, "hello").is_last(true);
    client.ends();
    let _ = server.into_running().kill();
}

/// There is always part of a next request: the client gets its answers for long, but not for ever.
#[test]
fn a_pipeline_without_end_ends() {
    let mut server = server();
    server.terminate();
    while !has_begun(&server) {}
    let (request, mut answers) = (get("/"), 0);
    let (begin, end) = request.split_at(20);
    let mut client = Client::sending(server.address, begin);
    let answer = loop {
        let answer = client.ask(&[end, begin].concat());
        answers += 1;
        if answer.header("connection").is_some() {
            break answer;
        }
        assert!(answers < 1000, "it would go on for ever");
    };
    answer.is(200, "hello").is_last(true);
    client.ends();
    assert!(answers > 50, "only {answers} in a row");
    let _ = server.into_running().kill();
}

/// What nobody has read doesn't destroy the answer.
#[test]
fn a_body_may_be_larger_than_what_is_read_of_it() {
    let mut server = server();
    server.terminate();
    while !has_begun(&server) {}
    let mut client = Client::sending(server.address, &post("/", 2_000_000));
    client.send(&"x".repeat(2_000_000));
    client.answer().is(405, "").is_last(true);
    client.ends();
    let _ = server.into_running().kill();
}

/// Whether the shutdown has.
fn has_begun(server: &Server) -> bool {
    let answer = Client::connect(server.address).ask(&get("/"));
    answer.is(200, "hello").header("connection") == Some("close")
}
