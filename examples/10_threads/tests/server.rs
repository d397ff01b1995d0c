//! `10_threads` as a process, with real clients and real signals: it does what its comment says.
#![cfg(unix)]

use graceful_process_tests::{Program, Signal};

use graceful_server_tests::client::Client;
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::{Server, assert_order};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_10_threads"))
}

#[test]
fn what_is_in_flight_is_finished_and_the_rest_is_refused() {
    let mut server = Server::start(program().lame_duck("0s"));
    let mut kept_alive = Client::connect(server.address);
    assert_eq!(kept_alive.get("/ready").status, 200);
    let mut upload = server.begin_upload("/upload");

    server.signal(Signal::SIGTERM);
    server.line("draining");
    let mut new = Client::connect(server.address);
    for client in [&mut kept_alive, &mut new] {
        for path in ["/upload", "/ready", "/health"] {
            let refused = client.get(path);
            assert_eq!((refused.status, &*refused.body), (503, r#"{"error": "Service shutting down"}"#), "{path}");
            assert_eq!(refused.header("content-type"), Some("application/json"));
        }
    }

    let answer = upload.finish_upload();
    assert_eq!((answer.status, &*answer.body), (200, r#"{"bytes": 5000}"#));
    let output = server.ends_cleanly();
    assert_order(&output, &["upload finished", "worker stopped", "database closed, rows written: 1"]);
}

#[test]
fn in_the_lame_duck_it_serves_and_is_not_ready() {
    let mut server = Server::start(program().lame_duck("20s").grace_period("60s"));
    let mut client = Client::connect(server.address);
    server.signal(Signal::SIGTERM);
    server.line("shutting down");
    assert_eq!(client.get("/ready").status, 503);
    client.begin_upload("/upload");
    server.line("upload begun");
    assert_eq!(client.finish_upload().status, 200);
}

#[test]
fn after_ctrl_c_it_says_what_stands_in_its_comment() {
    let mut server = Server::start(program().at_terminal());
    let mut upload = server.begin_upload("/upload");
    server.signal(Signal::SIGINT);
    assert!(server.line("draining").ends_with(": 1 in flight"));
    assert_eq!(upload.finish_upload().status, 200);
    assert_output(include_str!("../src/main.rs"), &server.ends_cleanly());
}
