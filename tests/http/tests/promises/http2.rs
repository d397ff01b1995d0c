//! HTTP/2: clients are told at once to open no more streams, and those that are open come to their end.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::ext::Protocol;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

const DRAIN: Duration = Duration::from_secs(4);

type Requests = SendRequest<Empty<Bytes>>;

fn server() -> Server {
    Server::start(Program::new(env!("CARGO_BIN_EXE_server")))
}

async fn connect(server: &Server) -> (Requests, JoinHandle<hyper::Result<()>>) {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (requests, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (requests, tokio::spawn(connection))
}

async fn ask(requests: &mut Requests, path: &str) -> hyper::Result<Response<Incoming>> {
    let uri = format!("http://test{path}");
    requests.ready().await?;
    requests.send_request(Request::get(uri).version(Version::HTTP_2).body(Empty::new()).unwrap()).await
}

async fn body(answer: Response<Incoming>) -> Bytes {
    assert_eq!((answer.status(), answer.version()), (hyper::StatusCode::OK, Version::HTTP_2));
    assert!(!answer.headers().contains_key("connection"));
    answer.into_body().collect().await.unwrap().to_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_come_to_their_end() {
    let mut server = server();
    let (mut requests, connection) = connect(&server).await;
    assert_eq!(body(ask(&mut requests, "/").await.unwrap()).await, "hello");
    let mut others = requests.clone();
    let slow = tokio::spawn(async move { body(ask(&mut others, "/go").await.unwrap()).await });
    let mut events = ask(&mut requests, "/events").await.unwrap().into_body();
    assert_eq!(events.frame().await.unwrap().unwrap().into_data().unwrap(), "event");
    server.wait_for("go begins");
    server.terminate();
    assert_eq!(events.collect().await.unwrap().to_bytes(), "farewell");
    // It was told: so it is refused on this side of the wire, and may be sent elsewhere.
    let refused = loop {
        match ask(&mut requests, "/").await {
            Ok(answer) => assert_eq!(body(answer).await, "hello"),
            Err(error) => break error,
        }
    };
    assert!(refused.is_canceled() || refused.is_closed(), "{refused:?}");
    server.order("go");
    assert_eq!(slow.await.unwrap(), "gone");
    connection.await.unwrap().unwrap();
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed() {
    let mut server = server();
    let (mut requests, connection) = connect(&server).await;
    assert_eq!(body(ask(&mut requests, "/").await.unwrap()).await, "hello");
    let (_fresh, of_fresh) = connect(&server).await;
    server.terminate();
    connection.await.unwrap().unwrap();
    of_fresh.await.unwrap().unwrap();
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_does_not_end_is_cut() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms"));
    let (mut requests, connection) = connect(&server).await;
    let hanging = tokio::spawn(async move { ask(&mut requests, "/hang").await.map(drop) });
    server.wait_for("hang begins");
    assert_eq!(server.ask("in flight"), "1");
    server.terminate();
    hanging.await.unwrap().unwrap_err();
    let _ = connection.await.unwrap();
    let ended = server.into_running().end();
    ended
        .exits_with(1)
        .stderr_has("abandoned: 1 connection: GET /hang from 127.0.0.1:")
        .stderr_has("answered yet")
        .stderr_lacks("main had not returned");
    assert!(ended.position("hang dropped") < ended.position("teardown"), "{ended}");
}

/// It is a stream for longer than a request is: the connection isn't idle meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_is_waited_for() {
    let mut server = server();
    let (mut requests, connection) = connect(&server).await;
    // By then the server has told that it can.
    assert_eq!(body(ask(&mut requests, "/").await.unwrap()).await, "hello");
    let request = Request::connect("http://test/socket")
        .version(Version::HTTP_2)
        .extension(Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13");
    let answer = requests.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), hyper::StatusCode::OK);
    let io = TokioIo::new(hyper::upgrade::on(answer).await.unwrap());
    let mut socket = WebSocketStream::from_raw_socket(io, Role::Client, None).await;
    socket.send(Message::text("stay")).await.unwrap();
    server.wait_for("stay begins");
    assert_eq!(server.ask("in flight"), "1");
    server.terminate();
    while let Some(Ok(_)) = socket.next().await {}
    let _ = connection.await.unwrap();
    // The client could have ended it.
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent();
    assert!(ended.said().iter().any(|line| line.starts_with("cut 1 connection: ")), "{ended}");
}

/// HTTP/1 on the same listener goes its own way.
#[tokio::test(flavor = "multi_thread")]
async fn beside_http1() {
    let mut server = server();
    let (mut requests, connection) = connect(&server).await;
    let mut client = Client::sending(server.address, &get("/drain"));
    let other = tokio::spawn(async move { body(ask(&mut requests, "/go").await.unwrap()).await });
    server.wait_for("drain begins");
    server.wait_for("go begins");
    server.terminate();
    client.answer().is(200, "drained").is_last(true);
    client.ends();
    server.order("go");
    assert_eq!(other.await.unwrap(), "gone");
    connection.await.unwrap().unwrap();
    server.into_running().end().exits_with(0).is_silent();
}
