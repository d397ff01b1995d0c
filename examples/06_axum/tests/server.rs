//! `06_axum` as a process, with real clients and real signals: it does what its comment says.
#![cfg(unix)]

use std::net::TcpStream;

use graceful_process_tests::{Program, Signal};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

use graceful_server_tests::client::{Client, PATIENCE, assert_refuses_connections};
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::{Server, assert_order};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_06_axum"))
}

fn follow_events(server: &Server) -> Client {
    let mut client = Client::connect(server.address);
    client.begin("/events").expect("a server that reads");
    assert!(client.hears("data: tick"));
    client
}

fn open_socket(server: &Server) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(server.address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let (mut socket, _) = tungstenite::client(format!("ws://{}/echo", server.address), stream).expect("an upgrade");
    echoes(&mut socket);
    socket
}

#[track_caller]
fn echoes(socket: &mut WebSocket<TcpStream>) {
    socket.send(Message::text("hello")).expect("a server that reads");
    assert_eq!(socket.read().expect("an echo"), Message::text("hello"));
}

fn begin_slow_request(server: &mut Server) -> Client {
    let mut client = Client::connect(server.address);
    client.begin("/slow").expect("a server that reads");
    server.line("slow request begun");
    client
}

/// It is answered at the next visit.
fn begin_poll(server: &mut Server) -> Client {
    let mut client = Client::connect(server.address);
    client.begin("/next").expect("a server that reads");
    server.line("poll begun");
    client
}

#[test]
fn requests_are_finished_streams_say_goodbye_and_new_connections_are_refused() {
    let mut server = Server::start(program().lame_duck("0s"));
    let mut events = follow_events(&server);
    let mut socket = open_socket(&server);
    let mut poll = begin_poll(&mut server);
    let mut slow = begin_slow_request(&mut server);

    server.signal(Signal::SIGTERM);
    server.line("draining");
    assert_refuses_connections(server.address);

    let answer = poll.answer().expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (204, Some("close")));
    assert!(events.hears("data: goodbye"));
    // Nothing comes after it but the end of the stream, which is a last piece of no length.
    assert!(events.hears("0"));
    let goodbye = CloseFrame { code: CloseCode::Away, reason: "shutting down".into() };
    assert_eq!(socket.read().expect("a goodbye"), Message::Close(Some(goodbye)));
    assert!(matches!(socket.read(), Err(tungstenite::Error::ConnectionClosed)));

    let answer = slow.answer().expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(answer.body, "visit 1\n");
    assert_order(&server.ends_cleanly(), &["slow request finished", "metrics flushed", "database closed"]);
}

#[test]
fn a_client_that_does_not_say_goodbye_is_not_waited_for() {
    let mut server = Server::start(program().lame_duck("0s"));
    let _socket = open_socket(&server);
    server.signal(Signal::SIGTERM);
    server.ends_cleanly();
}

#[test]
fn in_the_lame_duck_it_serves_and_is_not_ready() {
    let mut server = Server::start(program().lame_duck("20s").grace_period("60s"));
    let mut client = Client::connect(server.address);
    assert_eq!(client.get("/ready").status, 200);
    let health = client.get("/health");
    assert_eq!(health.status, 200);
    assert!(health.body.contains(r#""name":"database","status":"healthy""#), "{health:?}");
    let mut socket = open_socket(&server);

    server.signal(Signal::SIGTERM);
    server.line("shutting down");
    assert_eq!(Client::connect(server.address).get("/ready").status, 503);
    assert_eq!(Client::connect(server.address).get("/health").status, 503);
    assert_eq!(Client::connect(server.address).get("/livez").status, 200);
    echoes(&mut socket);
    follow_events(&server);
    let mut poll = begin_poll(&mut server);
    let answer = begin_slow_request(&mut server).answer().expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(poll.answer().expect("an answer").body, "visit 1\n");
}

#[test]
fn after_ctrl_c_it_says_what_stands_in_its_comment() {
    let mut server = Server::start(program().at_terminal());
    let mut slow = begin_slow_request(&mut server);
    server.signal(Signal::SIGINT);
    // The connection, and the request on it.
    assert!(server.line("draining").ends_with(": 2 in flight"));
    assert_eq!(slow.answer().expect("an answer").status, 200);
    assert_output(include_str!("../src/main.rs"), &server.ends_cleanly());
}
