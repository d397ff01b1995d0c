//! The server and the layer that refuses, together.

use std::time::Duration;

use graceful_http_tests::{Client, Server, get, post};
use graceful_process_tests::{Program, all};

const DRAIN: Duration = Duration::from_secs(4);
const REFUSAL: &str = r#"{"error": "Service shutting down"}"#;

/// On the router, and on the server.
const PLACES: [&str; 2] = ["layer", "layer-of-server"];

fn server(place: &str) -> Server {
    Server::start(Program::new(env!("CARGO_BIN_EXE_server")).arg(place))
}

#[track_caller]
fn ends_well(server: Server) {
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[test]
fn what_was_let_in_ends_and_what_comes_then_is_refused() {
    all(PLACES, |place| {
        let mut server = server(place);
        let mut client = Client::sending(server.address, &[get("/drain"), get("/"), get("/")].concat());
        server.wait_for("drain begins");
        server.terminate();
        client.answer().is(200, "drained").is_last(false);
        client.answer().is(503, REFUSAL).is_last(false);
        client.answer().is(503, REFUSAL).is_last(true);
        client.ends();
        ends_well(server);
    });
}

#[test]
fn what_was_sent_before_has_an_answer() {
    all(PLACES, |place| {
        let mut server = server(place);
        let mut idle = Client::connect(server.address);
        idle.ask(&get("/")).is(200, "hello").is_last(false);
        let queued = server.terminate_after(|address| {
            idle.send(&get("/"));
            Client::sending(address, &get("/"))
        });
        for mut client in [idle, queued] {
            // It depends on whether the request or the signal is seen first.
            let answer = client.answer();
            if answer.status == 200 {
                answer.is(200, "hello")
            } else {
                answer.is(503, REFUSAL).is_last(true)
            };
            client.ends();
        }
        ends_well(server);
    });
}

#[test]
fn a_refusal_survives_the_body_that_nobody_reads() {
    all(PLACES, |place| {
        let mut server = server(place);
        let (mut client, request) = (Client::connect(server.address), post("/upload", 100_000_000));
        let (begin, end) = request.split_at(30);
        client.send(begin);
        let mut idle = Client::connect(server.address);
        idle.ask(&get("/")).is(200, "hello");
        server.terminate();
        idle.ends();
        client.send(end);
        for _ in 0..5 {
            client.send(&"x".repeat(100_000));
        }
        client.answer().is(503, REFUSAL).is_last(true);
        client.ends();
        drop(client);
        ends_well(server);
    });
}

/// A gRPC call that comes too late has its answer in the head alone.
#[test]
fn a_call_is_refused_in_its_own_way() {
    all(PLACES, |place| {
        let mut server = server(place);
        let call = "POST /call HTTP/1.1\r\nhost: x\r\ncontent-type: application/grpc\r\ncontent-length: 0\r\n\r\n";
        let mut client = Client::sending(server.address, &[&get("/drain"), call].concat());
        server.wait_for("drain begins");
        server.terminate();
        client.answer().is(200, "drained").is_last(false);
        let refusal = client.answer();
        assert_eq!(refusal.is(200, "").is_last(true).header("grpc-status"), Some("14"));
        ends_well(server);
    });
}
