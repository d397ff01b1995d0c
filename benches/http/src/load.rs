//! Requests in a fixed number.

use std::net::SocketAddr;
use std::path::Path;

use axum::body::Bytes;
use axum::http::Request;
use h2::client::SendRequest;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};

use crate::{Client, Tool, count};

/// The `date` header of the answers over HTTP/2. Each new date adds an entry to the table that compresses the headers of later
/// answers, so with the true date a count depends on how many seconds a run takes.
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// How the requests come whose instructions are counted.
#[derive(Debug, Clone, Copy)]
pub enum Load {
    /// One request on each connection, and the next ones when all of them are answered.
    Http1 {
        /// How many connections.
        connections: u32,
    },
    /// On one connection. So many are sent at once, and the next ones when all of them are answered.
    Http2 {
        /// How many.
        at_once: u32,
    },
}

impl Load {
    /// The instructions that the server needs for a request: the difference of two runs with so many requests, a multiple of
    /// the connections. `None` if valgrind is not installed.
    ///
    /// # Panics
    ///
    /// If a request fails.
    #[must_use]
    pub fn instructions(self, server: &Path, mode: &str, requests: [u32; 2]) -> Option<f64> {
        // The server, as this process, has a descriptor for each connection.
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit of descriptors");
        setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("a soft limit may be raised");
        let arguments: &[_] = if let Self::Http1 { .. } = self { &[mode] } else { &[mode, DATE] };
        let [few, many] =
            requests.map(|requests| count(Tool::Callgrind, server, arguments, |address| self.send(address, requests)));
        Some((many? - few?) / f64::from(requests[1] - requests[0]))
    }

    fn send(self, address: &str, requests: u32) {
        let address = address.parse().expect("an address");
        match self {
            Self::Http1 { connections } => {
                let mut clients: Vec<_> = (0..connections).map(|_| Client::connect(address)).collect();
                for _ in 0..requests / connections {
                    clients.iter_mut().for_each(Client::send);
                    clients.iter_mut().for_each(Client::receive);
                }
            }
            Self::Http2 { at_once } => {
                let mut client = Http2Client::connect(address);
                (0..requests / at_once).for_each(|_| client.requests(at_once));
            }
        }
    }
}

/// One connection over HTTP/2, without TLS.
struct Http2Client {
    runtime: Runtime,
    requests: SendRequest<Bytes>,
}

impl Http2Client {
    /// So large that the client never has to enlarge it.
    const WINDOW: u32 = 1 << 30;

    fn connect(server: SocketAddr) -> Self {
        let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime");
        let requests = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(server).await.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            let mut http = h2::client::Builder::new();
            http.initial_window_size(Self::WINDOW).initial_connection_window_size(Self::WINDOW);
            let (requests, connection) = http.handshake(stream).await.expect("a server of HTTP/2");
            tokio::spawn(connection);
            requests
        });
        Self { runtime, requests }
    }

    fn requests(&mut self, at_once: u32) {
        let Self { runtime, requests } = self;
        runtime.block_on(async {
            let mut answers = Vec::new();
            for _ in 0..at_once {
                let request = Request::get("http://bench/").body(()).expect("a request");
                answers.push(requests.send_request(request, true).expect("an open connection").0);
            }
            for answer in answers {
                let mut body = answer.await.expect("an answer").into_body();
                let mut answer = Vec::new();
                while let Some(part) = body.data().await {
                    answer.extend_from_slice(&part.expect("a part of the answer"));
                }
                assert_eq!(answer, b"hello");
            }
        });
    }
}
