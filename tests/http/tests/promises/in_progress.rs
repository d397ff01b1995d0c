//! What is in progress when the signal comes is brought to its end.

use std::thread;
use std::time::Duration;

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::{Program, all};

const DRAIN: Duration = Duration::from_secs(4);

fn server() -> Server {
    Server::start(Program::new(env!("CARGO_BIN_EXE_server")))
}

#[track_caller]
fn ends_well(server: Server) {
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent().took_less_than(DRAIN);
    assert!(ended.position("served") < ended.position("teardown"), "{ended}");
}

#[test]
fn a_request_is_answered() {
    let mut server = server();
    let mut client = Client::sending(server.address, &get("/drain"));
    server.wait_for("drain begins");
    server.terminate();
    client.answer().is(200, "drained").is_last(true);
    client.ends();
    ends_well(server);
}

#[test]
fn a_body_is_read_to_its_end() {
    let mut server = server();
    let mut client = Client::sending(server.address, &post("/upload", 8));
    client.send("half");
    // So that this request has begun, too.
    let mut other = Client::sending(server.address, &get("/drain"));
    server.wait_for("drain begins");
    server.terminate();
    other.answer().is(200, "drained");
    client.send("half");
    client.answer().is(200, "8 bytes").is_last(true);
    client.ends();
    ends_well(server);
}

/// It was refused while the client goes on sending: what comes must not destroy the answer.
#[test]
fn an_answer_survives_a_body_that_nobody_reads() {
    all([0, 100_000], |sent_before| {
        let mut server = server();
        let mut client = Client::sending(server.address, &post("/refuse", 100_000_000));
        server.wait_for("refuse begins");
        client.send(&"x".repeat(sent_before));
        server.terminate();
        client.wait_for_answer();
        for _ in 0..5 {
            client.send(&"x".repeat(100_000));
        }
        client.answer().is(413, "too large").is_last(true);
        client.ends();
        drop(client);
        ends_well(server);
    });
}

/// The client doesn't close its side: it gets its time, and no more.
#[test]
fn a_client_that_goes_on_sending_does_not_take_the_drain() {
    let mut server = server();
    let mut client = Client::sending(server.address, &post("/refuse", 100_000_000));
    server.wait_for("refuse begins");
    server.terminate();
    client.answer().is(413, "too large");
    ends_well(server);
}

#[test]
fn a_stream_says_goodbye() {
    let mut server = server();
    let mut client = Client::sending(server.address, &get("/events"));
    client.head();
    assert_eq!(client.chunk().as_deref(), Some("event"));
    server.terminate();
    assert_eq!(client.chunk().as_deref(), Some("farewell"));
    assert_eq!(client.chunk(), None);
    client.ends();
    ends_well(server);
}

#[test]
fn each_request_of_a_pipeline_is_answered() {
    let mut server = server();
    let pipeline = [get("/drain"), get("/"), get("/")].concat();
    let mut client = Client::sending(server.address, &pipeline);
    server.wait_for("drain begins");
    server.terminate();
    client.answer().is(200, "drained").is_last(false);
    client.answer().is(200, "hello").is_last(false);
    client.answer().is(200, "hello").is_last(true);
    client.ends();
    ends_well(server);
}

#[test]
fn each_request_of_a_pipeline_with_bodies_is_answered() {
    let mut server = server();
    let upload = post("/upload", 4) + "body";
    let mut client = Client::sending(server.address, &[get("/drain"), upload.clone(), upload].concat());
    server.wait_for("drain begins");
    server.terminate();
    client.answer().is(200, "drained").is_last(false);
    client.answer().is(200, "4 bytes").is_last(false);
    client.answer().is(200, "4 bytes").is_last(true);
    client.ends();
    ends_well(server);
}

/// Two requests, and the beginning of a third that never comes to its end.
#[test]
fn a_pipeline_that_breaks_off_is_answered_as_far_as_it_goes() {
    let mut server = server();
    let pipeline = [get("/drain"), get("/"), "GET / HT".to_owned()].concat();
    let mut client = Client::sending(server.address, &pipeline);
    server.wait_for("drain begins");
    server.terminate();
    client.answer().is(200, "drained").is_last(false);
    client.answer().is(200, "hello").is_last(false);
    client.ends();
    ends_well(server);
}

/// The handler has long ended, and all that is left is to write. That takes longer than an idle connection may.
#[test]
fn a_slow_client_gets_its_whole_answer() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("6s"));
    let mut client = Client::sending(server.address, &get("/large"));
    client.head();
    server.terminate();
    // Its slowness is what this is about.
    thread::sleep(Duration::from_millis(2300));
    assert_eq!(client.rest().len(), 16 << 20);
    server.into_running().end().exits_with(0).is_silent();
}

/// The answer was there first. What is still read is in progress, for longer than an idle connection may take.
#[test]
fn a_body_may_outlive_its_answer() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("6s"));
    let mut client = Client::sending(server.address, &post("/later", 8));
    client.send("half");
    client.answer().is(200, "later");
    server.terminate();
    // As above.
    thread::sleep(Duration::from_millis(2300));
    client.send("half");
    client.ends();
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent();
    assert!(ended.position("later: Some(8) bytes") < ended.position("teardown"), "{ended}");
}
