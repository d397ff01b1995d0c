//! A request in flight at SIGTERM is answered, and the exit code is 0.
#![cfg(unix)]

use graceful_process_tests::{Program, Signal};
use graceful_server_tests::client::{Client, UPLOAD, assert_refuses_connections};
use graceful_server_tests::server::{Server, assert_order};

#[track_caller]
fn answers_what_is_in_flight(program: &str) {
    let mut server = Server::start(Program::new(program).lame_duck("0s"));
    // A connection that waits for its next request holds nothing.
    let mut idle = Client::connect(server.address);
    idle.get("/idle");
    let mut upload = server.begin_upload("/upload");

    server.signal(Signal::SIGTERM);
    server.line("draining");
    assert_refuses_connections(server.address);
    let answer = upload.finish_upload();
    assert_eq!((answer.status, answer.body), (200, format!("{} bytes", UPLOAD.len())));
    assert_order(&server.ends_cleanly(), &["upload begun", "draining", "drained"]);
}

#[test]
fn axum_06() {
    answers_what_is_in_flight(env!("CARGO_BIN_EXE_axum_06"));
}

#[test]
fn axum_07() {
    answers_what_is_in_flight(env!("CARGO_BIN_EXE_axum_07"));
}

#[test]
fn hyper_014() {
    answers_what_is_in_flight(env!("CARGO_BIN_EXE_hyper_014"));
}

#[test]
fn actix() {
    answers_what_is_in_flight(env!("CARGO_BIN_EXE_actix"));
}
