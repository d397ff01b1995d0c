//! TLS by `graceful::axum::tls`: what was sent before the drain is answered, and `Incoming` knows the client.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use graceful_http_tests::tls::{self, Identity, Stream, client, connection};
use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::version::{TLS12, TLS13};

/// Of which the servers use little.
const DRAIN: Duration = Duration::from_secs(30);

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_handshakes"))
}

/// With a linger of 3 s, since a busy machine is slow with the clients' side of a handshake.
fn patient() -> Server {
    Server::start(program().arg("tls").arg("long-linger").grace_period("90s").drain_timeout("30s"))
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends the first message of the handshake.
fn begin(config: &Arc<ClientConfig>, mut stream: TcpStream) -> Stream {
    let mut connection = connection(config);
    connection.write_tls(&mut stream).unwrap();
    Stream::new(connection, stream)
}

#[test]
fn what_connected_before_the_drain_is_answered_over_http1() {
    for version in [&TLS12, &TLS13] {
        let mut server = patient();
        let config = client(&server.ask("certificate"), None, "http/1.1", version);
        let mut idle = Client::new(begin(&config, connect(server.address)));
        idle.ask(&get("/")).is(200, "hello").is_last(false);
        let clients = server.terminate_after(|address| {
            idle.send(&get("/"));
            // Some have said something, and some are only connected.
            let clients = (0..40).map(|number| (number % 2 == 0, connect(address)));
            let begin = |(begun, stream)| if begun { Ok(begin(&config, stream)) } else { Err(stream) };
            clients.map(begin).collect::<Vec<_>>()
        });
        let clients = clients.into_iter().map(|client| {
            let config = Arc::clone(&config);
            thread::spawn(move || {
                let mut client = Client::new(client.unwrap_or_else(|stream| begin(&config, stream)));
                client.ask(&get("/")).is(200, "hello");
                client.ends();
            })
        });
        clients.collect::<Vec<_>>().into_iter().for_each(|client| client.join().unwrap());
        idle.answer().is(200, "hello");
        idle.ends();
        server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_connected_before_the_drain_is_answered_over_http2() {
    let mut server = patient();
    let config = client(&server.ask("certificate"), None, "h2", &TLS13);
    let clients = server.terminate_after(|address| (0..40).map(|_| connect(address)).collect::<Vec<_>>());
    let clients = clients.into_iter().map(|stream| {
        let connector = TlsConnector::from(Arc::clone(&config));
        tokio::spawn(async move {
            stream.set_nonblocking(true).unwrap();
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            let stream = connector.connect(tls::server_name(), stream).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            let (mut requests, connection) =
                http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
            let request = Request::get("https://test/").body(Empty::<Bytes>::new()).unwrap();
            // Before the connection is polled, so that the request is sent with the first bytes.
            let answer = requests.send_request(request);
            let connection = tokio::spawn(connection);
            let answer = answer.await.unwrap();
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hello");
            drop(requests);
            connection.await.unwrap().unwrap();
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    server.into_running().end().exits_with(0).is_silent().took_less_than(DRAIN);
}

#[test]
fn a_client_that_stays_silent_stops_nobody() {
    let mut server = Server::start(program().arg("tls"));
    let config = client(&server.ask("certificate"), None, "http/1.1", &TLS13);
    let (_silent, _half) = (connect(server.address), begin(&config, connect(server.address)));
    server.ask_until("in flight", "2");
    Client::new(begin(&config, connect(server.address))).ask(&get("/")).is(200, "hello");
}

#[test]
fn a_wrong_certificate_ends_only_its_own_connection() {
    let mut server = Server::start(program().arg("tls").arg("log"));
    let right = client(&server.ask("certificate"), None, "http/1.1", &TLS13);
    let wrong = client(&Identity::generate().certificate, None, "http/1.1", &TLS13);
    let mut stream = begin(&wrong, connect(server.address));
    let refused = stream.conn.complete_io(&mut stream.sock).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidData, "{refused}");
    server.wait_for_stderr(" failed: received fatal alert: ");
    Client::new(begin(&right, connect(server.address))).ask(&get("/")).is(200, "hello");
    server.terminate();
    server.into_running().end().exits_with(0);
}

#[test]
fn incoming_has_the_clients_certificate_and_the_protocol() {
    let identity = Identity::generate();
    let mut server = Server::start(program().arg("mutual").arg("log").env("CLIENT", &identity.certificate));
    let certificate = server.ask("certificate");
    let known = client(&certificate, Some(&identity), "http/1.1", &TLS13);
    let expected = format!("http/1.1 {}", identity.certificate);
    Client::new(begin(&known, connect(server.address))).ask(&get("/who")).is(200, &expected);
    let unknown = client(&certificate, None, "http/1.1", &TLS13);
    Client::new(begin(&unknown, connect(server.address))).is_cut();
    server.wait_for_stderr(" failed: peer sent no certificates");
}

#[test]
fn connect_info_behind_a_tap() {
    let mut server = Server::start(program().arg("tls"));
    let config = client(&server.ask("certificate"), None, "http/1.1", &TLS13);
    let stream = connect(server.address);
    let address = stream.local_addr().unwrap().to_string();
    Client::new(begin(&config, stream)).ask(&get("/address")).is(200, &address);
}
