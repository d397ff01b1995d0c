//! `07_hyper` as a process, with real clients and real signals: it does what its comment says.
#![cfg(unix)]

use graceful_process_tests::{Program, Signal};
use http_body_util::{BodyExt, Channel};
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use graceful_server_tests::client::{Client, assert_refuses_connections};
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::{Server, assert_order, assert_serves_in_the_lame_duck};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_07_hyper"))
}

#[test]
fn what_is_in_flight_is_finished_and_the_rest_is_refused() {
    let mut server = Server::start(program().lame_duck("0s"));
    let mut idle = Client::connect(server.address);
    assert_eq!(idle.get("/ready").status, 200);
    let mut upload = server.begin_upload("/upload");

    server.signal(Signal::SIGTERM);
    server.line("new connections are refused");
    assert_refuses_connections(server.address);
    assert!(idle.is_refused());

    let answer = upload.finish_upload();
    assert_eq!((answer.status, &*answer.body), (200, r#"{"bytes": 5000}"#));
    assert_eq!(answer.header("connection"), Some("close"));
    let output = server.ends_cleanly();
    assert_order(&output, &["new connections are refused", "upload finished", "database closed"]);
}

#[test]
fn so_it_is_on_http_2() {
    let mut server = Server::start(program().lame_duck("0s"));
    let address = server.address;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let stream = TcpStream::connect(address).await.expect("a connection");
        let (mut client, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("a handshake");
        let connection = tokio::spawn(connection);
        let (mut body, upload) = Channel::<Bytes>::new(1);
        let put = Request::put(format!("http://{address}/upload")).body(upload).expect("a request");
        let answer = tokio::spawn(client.send_request(put));
        server.line("upload begun");

        server.signal(Signal::SIGTERM);
        server.line("new connections are refused");
        body.send_data(Bytes::from_static(b"hello")).await.expect("a server that reads");
        drop(body);
        let answer = answer.await.expect("no panic").expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(body, r#"{"bytes": 5}"#);
        // The server says GOAWAY, and so the connection ends.
        connection.await.expect("no panic").expect("a clean end");
    });
    server.ends_cleanly();
}

#[test]
fn half_a_request_does_not_hold_it_up() {
    let mut server = Server::start(program().lame_duck("0s"));
    let mut silent = Client::connect(server.address);
    let mut half = Client::connect(server.address);
    half.say("GET /ready HTTP/1.1\r\nHost: test\r\n").expect("a server that reads");
    server.signal(Signal::SIGTERM);
    server.ends_cleanly();
    assert!(silent.answer().is_err() && half.answer().is_err());
}

#[test]
fn in_the_lame_duck_it_serves_and_is_not_ready() {
    assert_serves_in_the_lame_duck(program(), "/upload");
}

#[test]
fn after_ctrl_c_it_says_what_stands_in_its_comment() {
    let mut server = Server::start(program().at_terminal());
    let mut upload = server.begin_upload("/upload");
    server.signal(Signal::SIGINT);
    // The connection, and the upload on it.
    assert!(server.line("draining").ends_with(": 2 in flight"));
    server.line("new connections are refused");
    assert_eq!(upload.finish_upload().status, 200);
    assert_output(include_str!("../src/main.rs"), &server.ends_cleanly());
}
