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
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (socket, _) = client(format!("ws://{}/socket", server.address), stream).unwrap();
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

#[test]
fn it_is_cut_when_it_does_not() {
    let mut server = Server::start(program().drain_timeout("500ms"));
    let mut socket = connect(&server);
    socket.send(Message::text("stay")).unwrap();
    server.wait_for("stay begins");
    server.terminate();
    ends(&mut socket);
    let ended = server.into_running().end();
    ended
        .exits_with(1)
        .stderr_has("abandoned: 1 connection: 127.0.0.1:")
        .stderr_has("upgraded")
        .stderr_lacks("main had not returned");
    let order = ["stay ends", "socket dropped", "served", "main dropped", "teardown"].map(|line| ended.position(line));
    assert!(order.is_sorted(), "{ended}");
}
