//! A WebSocket is in flight, is waited for, and is cut when it doesn't end.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use graceful_http_tests::Server;
use graceful_process_tests::Program;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

const DRAIN: Duration = Duration::from_secs(4);

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_server"))
}

fn connect(server: &Server) -> WebSocket<TcpStream> {
    connect_to(server, "/socket")
}

fn connect_to(server: &Server, path: &str) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (socket, _) = client(format!("ws://{}{path}", server.address), stream).unwrap();
    socket
}

/// One whose task reads, and never closes it.
fn staying(server: &Server) -> WebSocket<TcpStream> {
    let mut socket = connect(server);
    socket.send(Message::text("stay")).unwrap();
    server.wait_for("stay begins");
    socket
}

#[track_caller]
fn ends(socket: &mut WebSocket<TcpStream>) {
    match socket.read() {
        Err(Error::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof),
        Err(_) => {}
        Ok(message) => panic!("there is more: {message:?}"),
    }
}

#[test]
fn it_says_goodbye() {
    let mut server = Server::start(program());
    let mut socket = connect(&server);
    socket.send(Message::text("hello")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("hello"));
    assert_eq!(server.ask("in flight"), "1");
    server.terminate();
    assert_eq!(socket.read().unwrap(), Message::text("farewell"));
    ends(&mut socket);
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent().took_less_than(DRAIN);
    assert!(ended.position("socket dropped") < ended.position("served"), "{ended}");
}

/// Its task reads, and its client never answers. The client does not decide the exit code.
#[test]
fn it_is_cut_when_it_does_not() {
    let mut server = Server::start(program().drain_timeout("500ms"));
    let mut socket = staying(&server);
    server.terminate();
    ends(&mut socket);
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent();
    let cut = ended.said().into_iter().find(|line| line.starts_with("cut ")).unwrap_or_default();
    assert!(cut.starts_with("cut 1 connection: GET /socket from 127.0.0.1:") && cut.ends_with("upgraded"), "{ended}");
    let order = ["stay ends", "socket dropped", "served", "main dropped", "teardown"].map(|line| ended.position(line));
    assert!(order.is_sorted(), "{ended}");
}

#[test]
fn a_client_that_never_stops_sending_does_not_decide_either() {
    let mut server = Server::start(program().drain_timeout("500ms"));
    let mut socket = staying(&server);
    let flood = std::thread::spawn(move || while socket.send(Message::text("x")).is_ok() {});
    server.terminate();
    server.into_running().end().exits_with(0).is_silent();
    flood.join().unwrap();
}

/// Of what such a client has sent, more waits in the kernel than the application reads in the time that is left.
#[test]
fn a_client_that_sends_faster_than_the_application_works_does_not_decide_either() {
    let mut server = Server::start(program().drain_timeout("500ms"));
    let mut socket = connect_to(&server, "/slow");
    server.wait_for("slow begins");
    let flood = std::thread::spawn(move || while socket.send(Message::binary(vec![b'x'; 2 << 10])).is_ok() {});
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent();
    assert!(ended.position("slow ends") < ended.position("teardown"), "{ended}");
    flood.join().unwrap();
}

#[test]
fn it_counts_for_those_who_want_it() {
    let mut server = Server::start(program().drain_timeout("500ms").arg("unclean-when-cut"));
    let mut socket = staying(&server);
    server.terminate();
    ends(&mut socket);
    let ended = server.into_running().end();
    ended.exits_with(1).stderr_has("abandoned: 1 connection: GET /socket from 127.0.0.1:").stderr_has("upgraded");
}

/// One is silent, and one answers, which keeps it open for as long as it does.
#[test]
fn an_idle_one_may_have_a_shorter_bound() {
    let mut server = Server::start(program().arg("upgrade-idle-timeout"));
    let mut socket = staying(&server);
    server.terminate();
    ends(&mut socket);
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent().took_less_than(DRAIN / 2);
    assert!(ended.said().iter().any(|line| line.starts_with("cut 1 connection: GET /socket from ")), "{ended}");
    assert!(ended.position("stay ends") < ended.position("teardown"), "{ended}");
}

/// Before the drain it may be idle for longer.
#[test]
fn the_bound_is_one_of_the_drain() {
    let server = Server::start(program().arg("upgrade-idle-timeout"));
    let mut socket = connect(&server);
    socket.send(Message::text("hello")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("hello"));
    // Longer than the bound, which is what this is about.
    std::thread::sleep(Duration::from_millis(600));
    socket.send(Message::text("hello")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("hello"));
    let _ = server.into_running().kill();
}
