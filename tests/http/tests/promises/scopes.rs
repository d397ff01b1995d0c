//! A server in a scope ends with the scope, and the other servers of the process continue.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use graceful_http_tests::{Client, Server, get, tls};
use graceful_process_tests::Program;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio_rustls::rustls::version::TLS13;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_scopes"))
}

#[track_caller]
fn start(server: &mut Server, tenant: &str) -> SocketAddr {
    server.ask(&format!("start {tenant}")).parse().expect("an address")
}

/// A new connection, and one that stays open.
#[track_caller]
fn answers(address: SocketAddr, open: &mut Client) {
    Client::sending(address, &get("/")).answer().is(200, "hello").is_last(false);
    open.ask(&get("/")).is(200, "hello").is_last(false);
}

#[track_caller]
fn is_refused(address: SocketAddr) {
    TcpStream::connect(address).expect_err("nobody listens");
}

#[test]
fn its_requests_are_answered_while_the_others_continue() {
    let mut server = Server::start(program());
    let (one, two) = (start(&mut server, "one"), start(&mut server, "two"));
    let mut others = [server.address, two].map(|address| (address, Client::connect(address)));
    others.iter_mut().for_each(|(address, open)| answers(*address, open));
    for run in 1..=3 {
        let mut idle = Client::connect(one);
        idle.ask(&get("/")).is(200, "hello").is_last(false);
        let mut busy = Client::sending(one, &get("/go"));
        server.wait_for(&format!("one {run} works"));
        assert!(server.ask("in one").starts_with("2 of "));
        server.order("stop one");
        idle.ends();
        others.iter_mut().for_each(|(address, open)| answers(*address, open));
        server.order("go");
        busy.answer().is(200, "gone").is_last(true);
        busy.ends();
        server.wait_for(&format!("one {run} ended: []"));
        server.wait_for(&format!("one {run} has served"));
        is_refused(one);
        others.iter_mut().for_each(|(address, open)| answers(*address, open));
        // A new scope of the name, on the same port.
        assert_eq!(start(&mut server, "one"), one);
    }
    // The drain of the service is that of each scope.
    let mut busy = Client::sending(one, &get("/go"));
    server.wait_for("one 4 works");
    server.terminate();
    others.iter_mut().for_each(|(_, open)| open.ends());
    server.order("go");
    busy.answer().is(200, "gone").is_last(true);
    server.into_running().end().exits_with(0).is_silent();
}

#[test]
fn what_does_not_end_is_cut_and_reported_by_the_scope() {
    let mut server = Server::start(program().arg("brief").arg("log"));
    let one = start(&mut server, "one");
    let mut hangs = Client::sending(one, &get("/hang?token=secret"));
    server.wait_for("hang begins");
    server.order("stop one");
    hangs.is_cut();
    server.wait_for("hang dropped");
    server.wait_for("one 1 ended: [\"1 connection in scope `one`\"]");
    server.wait_for("one 1 has served");
    Client::sending(server.address, &get("/")).answer().is(200, "hello").is_last(false);
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(0).stderr_lacks("secret").stderr_lacks("abandoned at the end of the drain");
    ended.stderr_has("abandoned at the end of the scope's drain: 1 connection: GET /hang from 127.0.0.1:");
}

fn web_socket(address: SocketAddr) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client(format!("ws://{address}/socket"), stream).unwrap().0
}

/// Waits for its end.
#[track_caller]
fn ends(mut socket: WebSocket<TcpStream>) {
    let error = loop {
        if let Err(error) = socket.read() {
            break error;
        }
    };
    let is_open = matches!(&error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock);
    assert!(!is_open, "the connection is still open");
}

/// As when the service ends: one that its client holds is no abandoned work.
#[test]
fn a_web_socket_ends_with_its_scope() {
    let mut server = Server::start(program().arg("brief").arg("log"));
    let one = start(&mut server, "one");
    let mut polite = web_socket(one);
    polite.send(Message::text("hello")).unwrap();
    assert_eq!(polite.read().unwrap(), Message::text("hello"));
    server.order("stop one");
    assert_eq!(polite.read().unwrap(), Message::text("farewell"));
    ends(polite);
    server.wait_for("one 1 ended: []");

    start(&mut server, "one");
    let mut stays = web_socket(one);
    stays.send(Message::text("stay")).unwrap();
    server.wait_for("stay begins");
    server.order("stop one");
    ends(stays);
    server.wait_for("stay ends");
    server.wait_for("one 2 ended: []");

    // Its task notices nothing, so it stays in flight in the service.
    start(&mut server, "one");
    let mut held = web_socket(one);
    held.send(Message::text("hold")).unwrap();
    server.wait_for("hold begins");
    server.order("stop one");
    server.wait_for("one 3 ended: [\"1 connection in scope `one`\"]");
    server.wait_for("one 3 has served");
    assert_eq!(server.ask("in one"), "0 of 1");
    let ended = server.into_running().kill();
    ended.stderr_has(
        "cut at the end of the scope's drain, held open by the client: 1 connection: GET /socket from 127.0.0.1:",
    );
    ended.stderr_has("abandoned at the end of the scope's drain: 1 connection: GET /socket from 127.0.0.1:");
}

#[test]
fn an_idle_web_socket_may_have_a_shorter_bound() {
    let mut server = Server::start(program().arg("upgrade-idle-timeout").arg("log"));
    let one = start(&mut server, "one");
    let mut stays = web_socket(one);
    stays.send(Message::text("stay")).unwrap();
    server.wait_for("stay begins");
    let begin = Instant::now();
    server.order("stop one");
    ends(stays);
    server.wait_for("one 1 ended: []");
    assert!(begin.elapsed() < Duration::from_secs(5), "it was not cut before the end of the drain");
    server.terminate();
    let ended = server.into_running().end();
    // Once, and not by the service.
    ended.exits_with(0).stderr_has("cut at the end of the scope's drain").stderr_lacks("cut at the end of the drain");
}

async fn connect(address: SocketAddr) -> (SendRequest<Empty<Bytes>>, tokio::task::JoinHandle<hyper::Result<()>>) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (requests, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (requests, tokio::spawn(connection))
}

async fn ask(requests: &mut SendRequest<Empty<Bytes>>, path: &str) -> hyper::Result<Bytes> {
    let request = Request::get(format!("http://test{path}")).version(Version::HTTP_2).body(Empty::new()).unwrap();
    requests.ready().await?;
    Ok(requests.send_request(request).await?.into_body().collect().await?.to_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_http2_come_to_their_end() {
    let mut server = Server::start(program());
    let (one, two) = (start(&mut server, "one"), start(&mut server, "two"));
    let ((mut requests, connection), (mut of_two, _two)) = (connect(one).await, connect(two).await);
    assert_eq!(ask(&mut requests, "/").await.unwrap(), "hello");
    let (mut idle, of_idle) = connect(one).await;
    assert_eq!(ask(&mut idle, "/").await.unwrap(), "hello");
    let mut others = requests.clone();
    let slow = tokio::spawn(async move { ask(&mut others, "/go").await.unwrap() });
    server.wait_for("one 1 works");
    server.order("stop one");
    of_idle.await.unwrap().unwrap();
    // GOAWAY.
    let refused = loop {
        match ask(&mut requests, "/").await {
            Ok(answer) => assert_eq!(answer, "hello"),
            Err(error) => break error,
        }
    };
    assert!(refused.is_canceled() || refused.is_closed(), "{refused:?}");
    assert_eq!(ask(&mut of_two, "/").await.unwrap(), "hello");
    server.order("go");
    assert_eq!(slow.await.unwrap(), "gone");
    connection.await.unwrap().unwrap();
    server.wait_for("one 1 ended: []");
    assert_eq!(ask(&mut of_two, "/").await.unwrap(), "hello");
    server.terminate();
    server.into_running().end().exits_with(0).is_silent();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_http2_is_cut() {
    let mut server = Server::start(program().arg("brief"));
    let (mut requests, connection) = connect(start(&mut server, "one")).await;
    let hangs = tokio::spawn(async move { ask(&mut requests, "/hang").await });
    server.wait_for("hang begins");
    server.order("stop one");
    hangs.await.unwrap().unwrap_err();
    let _ = connection.await.unwrap();
    server.wait_for("hang dropped");
    server.wait_for("one 1 ended: [\"1 connection in scope `one`\"]");
    server.terminate();
    server.into_running().end().exits_with(0).is_silent();
}

#[test]
fn with_tls_too() {
    let mut server = Server::start(program().arg("tls"));
    let one = start(&mut server, "one");
    let config = tls::client(&server.ask("certificate"), None, "http/1.1", &TLS13);
    let stream = TcpStream::connect(one).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut busy = Client::new(tls::Stream::new(tls::connection(&config), stream));
    // A client whose handshake has not begun.
    let _silent = TcpStream::connect(one).unwrap();
    busy.send(&get("/go"));
    server.wait_for("one 1 works");
    while server.ask("in one") != "2 of 2" {}
    server.order("stop one");
    // The listener is closed after the last handshake.
    server.order("go");
    busy.answer().is(200, "gone").is_last(true);
    server.wait_for("one 1 ended: []");
    server.wait_for("one 1 has served");
    is_refused(one);
    Client::sending(server.address, &get("/")).answer().is(200, "hello").is_last(false);
    server.terminate();
    server.into_running().end().exits_with(0).is_silent();
}
