//! `09_actix` as a process, with real clients and real signals: it does what its comment says.
#![cfg(unix)]

use graceful_process_tests::{Program, Signal};

use graceful_server_tests::client::{Client, UPLOAD, assert_refuses_connections};
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::{Server, assert_order, assert_serves_in_the_lame_duck};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_09_actix"))
}

#[test]
fn what_is_in_flight_is_finished_and_the_rest_is_refused() {
    let mut server = Server::start(program().lame_duck("0s"));
    let mut idle = Client::connect(server.address);
    assert_eq!(idle.get("/ready").status, 200);
    let mut upload = server.begin_upload("/echo");

    server.signal(Signal::SIGTERM);
    assert!(server.line("draining").ends_with(": 1 in flight"));
    assert_refuses_connections(server.address);
    assert!(idle.is_refused());

    let answer = upload.finish_upload();
    assert_eq!((answer.status, &*answer.body), (200, UPLOAD));
    let output = server.ends_cleanly();
    assert_order(&output, &["echo begun", "database closed"]);
    assert_order(&output, &["handler `stop_server` completed", "drained", "handler `close_database` completed"]);
}

#[test]
fn in_the_lame_duck_it_serves_and_is_not_ready() {
    assert_serves_in_the_lame_duck(program(), "/echo");
}

#[test]
fn after_ctrl_c_it_says_what_stands_in_its_comment() {
    let mut server = Server::start(program().at_terminal());
    let mut upload = server.begin_upload("/echo");
    server.signal(Signal::SIGINT);
    server.line("draining");
    assert_eq!(upload.finish_upload().status, 200);
    assert_output(include_str!("../src/main.rs"), &server.ends_cleanly());
}
