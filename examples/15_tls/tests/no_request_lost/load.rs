//! Clients with TLS that ask as long as the servers are replaced.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use h2::Reason;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::CancellationToken;

const CLIENTS: u64 = 8;

/// How many requests a client sends on a connection. A balancer that passes TLS through gives a new server only new ones.
const REQUESTS: usize = 20;

/// Longer than any answer takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Http1,
    Http2,
}

/// What a client needs to know of the servers.
#[derive(Clone)]
pub(crate) struct Client {
    version: Version,
    tls: TlsConnector,
}

/// What became of the requests.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) answered: usize,
    /// Why they were not answered. What the server did not look at is not among them.
    pub(crate) lost: Vec<String>,
}

enum Requests {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(http2::SendRequest<Empty<Bytes>>),
}

impl Client {
    pub(crate) fn new(version: Version, certificate: CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let alpn = if version == Version::Http1 { "http/1.1" } else { "h2" };
        config.alpn_protocols = vec![alpn.into()];
        Self { version, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Does the handshake.
    pub(crate) async fn shake_hands(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        stream.set_nodelay(true)?;
        self.tls.connect(ServerName::try_from("localhost").expect("a name"), stream).await
    }

    async fn connect(&self, address: SocketAddr) -> Result<Requests, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("connecting: {error}"))?;
        let stream = self.shake_hands(stream).await.map_err(|error| format!("the handshake: {error}"))?;
        Requests::over(stream, self.version).await.map_err(|error| format!("{error:?}"))
    }

    /// A request on a connection for it alone.
    pub(crate) async fn ask_over(&self, stream: TcpStream) -> Result<(), String> {
        let stream = self.shake_hands(stream).await.map_err(|error| format!("the handshake: {error}"))?;
        let mut requests = Requests::over(stream, self.version).await.map_err(|error| format!("{error:?}"))?;
        requests.ask().await.map_err(|error| format!("{error:?}"))
    }

    /// Asks until it is stopped.
    async fn ask_on(self, address: SocketAddr, number: u64, stop: CancellationToken) -> Counted {
        let mut counted = Counted::default();
        let mut pause = number;
        while !stop.is_cancelled() {
            let mut requests = match timeout(PATIENCE, self.connect(address)).await {
                Ok(Ok(requests)) => requests,
                Ok(Err(error)) => {
                    counted.lost.push(error);
                    continue;
                }
                Err(_) => {
                    counted.lost.push("no connection".to_owned());
                    continue;
                }
            };
            for _ in 0..REQUESTS {
                if stop.is_cancelled() || !requests.ready().await {
                    break;
                }
                match timeout(PATIENCE, requests.ask()).await {
                    Ok(Ok(())) => counted.answered += 1,
                    Ok(Err(error)) if is_unprocessed(&error) => break,
                    Ok(Err(error)) => counted.lost.push(format!("{error:?}")),
                    Err(_) => counted.lost.push("no answer".to_owned()),
                }
                // Connections are idle now and then, and the machine too.
                pause = (pause * 7 + 3) % 11;
                sleep(Duration::from_millis(pause)).await;
            }
        }
        counted
    }
}

/// Whether the server has said that it did not look at the request, or it was not even sent: it belongs elsewhere.
fn is_unprocessed(error: &hyper::Error) -> bool {
    let http2 = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    error.is_canceled() || http2.is_some_and(|error| error.is_go_away() && error.reason() == Some(Reason::NO_ERROR))
}

impl Requests {
    async fn over(stream: TlsStream<TcpStream>, version: Version) -> hyper::Result<Self> {
        let stream = TokioIo::new(stream);
        Ok(match version {
            Version::Http1 => {
                let (requests, connection) = http1::handshake(stream).await?;
                tokio::spawn(connection);
                Self::Http1(requests)
            }
            Version::Http2 => {
                let (requests, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
                tokio::spawn(connection);
                Self::Http2(requests)
            }
        })
    }

    /// Whether the connection takes another request.
    async fn ready(&mut self) -> bool {
        match self {
            Self::Http1(requests) => requests.ready().await.is_ok(),
            Self::Http2(requests) => requests.ready().await.is_ok(),
        }
    }

    async fn ask(&mut self) -> hyper::Result<()> {
        let uri = if matches!(self, Self::Http1(_)) { "/" } else { "https://localhost/" };
        let request = Request::get(uri).header("host", "localhost").body(Empty::new()).expect("a request");
        let answer: Response<Incoming> = match self {
            Self::Http1(requests) => requests.send_request(request).await?,
            Self::Http2(requests) => requests.send_request(request).await?,
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.into_body().collect().await?.to_bytes(), "hello\n");
        Ok(())
    }
}

/// The clients, which ask until they are stopped.
pub(crate) struct Load {
    stop: CancellationToken,
    clients: JoinSet<Counted>,
}

impl Load {
    pub(crate) fn start(runtime: &Runtime, client: &Client, address: SocketAddr) -> Self {
        let stop = CancellationToken::new();
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn_on(client.clone().ask_on(address, number, stop.clone()), runtime.handle());
        }
        Self { stop, clients }
    }

    pub(crate) fn stop(self, runtime: &Runtime) -> Counted {
        self.stop.cancel();
        let all = runtime.block_on(self.clients.join_all());
        all.into_iter().fold(Counted::default(), |mut sum, counted| {
            sum.answered += counted.answered;
            sum.lost.extend(counted.lost);
            sum
        })
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, lost } = self;
        write!(f, "{answered} requests were answered and {} lost", lost.len())?;
        lost.iter().take(10).try_for_each(|why| write!(f, "\n  {why}"))
    }
}
