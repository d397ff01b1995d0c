//! `14_discovery` as a process, with a fake Consul agent and a fake API server.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Program, Signal};
use graceful_server_tests::client::{Client, assert_refuses_connections};
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::{Server, assert_order};

/// A request as it arrived.
struct Request {
    head: String,
    body: String,
}

/// Answers each request with 200, and passes it on.
struct Fake {
    address: SocketAddr,
    requests: Receiver<Request>,
}

impl Fake {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // The test may have seen enough.
                let _ = sender.send(answer(stream.expect("a connection")));
            }
        });
        Self { address, requests }
    }

    #[track_caller]
    fn next(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(20)).expect("a request")
    }
}

fn answer(stream: TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).expect("a head") > 0, "{head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    reader.read_exact(&mut body).expect("a body");
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).expect("a client that reads");
    Request { head, body: String::from_utf8(body).expect("UTF-8") }
}

#[test]
fn it_leaves_everything_while_it_still_serves() {
    let (consul, api) = (Fake::start(), Fake::start());
    let folder = Directory::create();
    let token_file = folder.write("token", "old\n");
    let lease = "apis/coordination.k8s.io/v1/namespaces/default/leases/api";
    let program = Program::new(env!("CARGO_BIN_EXE_14_discovery"))
        .env("CONSUL_HTTP_ADDR", &format!("http://{}", consul.address))
        .env("LEASE", &format!("http://{}/{lease}", api.address))
        .env("TOKEN_FILE", &token_file);
    let mut server = Server::start(program);
    let register = consul.next();
    assert!(register.head.starts_with("PUT /v1/agent/service/register "), "{}", register.head);
    assert!(register.body.contains(&format!("\"Port\":{}", server.address.port())), "{}", register.body);
    server.line("working on message 1");
    server.line("on SIGTERM");
    // As the kubelet does before it expires.
    let _ = folder.write("token", "fresh\n");

    server.signal(Signal::SIGTERM);
    let deregister = consul.next();
    let id = format!("PUT /v1/agent/service/deregister/api-{} ", server.address.port());
    assert!(deregister.head.starts_with(&id), "{}", deregister.head);
    let release = api.next();
    assert!(release.head.starts_with(&format!("PATCH /{lease} ")), "{}", release.head);
    assert!(release.head.contains("authorization: Bearer fresh\r\n"), "{}", release.head);
    assert!(release.head.contains("content-type: application/json-patch+json\r\n"), "{}", release.head);
    assert!(release.body.contains(&format!("\"value\":\"api-{}\"", server.address)), "{}", release.body);
    // Nobody that still comes is refused.
    assert_eq!(Client::connect(server.address).get("/").body, "hello");

    server.line("draining");
    assert_refuses_connections(server.address);
    let output = server.ends_cleanly();
    let end = ["handler `release_lease` completed", "draining", "drained"];
    assert_order(&output, &end);
    assert_order(&output, &["stopped leading", "committed message 1", "left the group"]);
    assert_output(include_str!("../src/main.rs"), &output);
}
