//! A server whose connections begin with a handshake. The first argument says with which:
//!
//! - `tls`, and `mutual` asks for the certificate in the variable `CLIENT`;
//! - `word`: the first byte decides. `g` is good, `f` fails, `p` panics, `b` blocks its thread, and others wait for ever;
//! - `twice`: `g`, in a handshake within a handshake;
//! - `inline`: `g`, which a listener reads in its own `accept`.
//!
//! The others: `limit` (four handshakes), `brief` (a handshake has 200 ms), `long-linger`, `tell` prints when the drain
//! has begun, and `log`.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::routing::get;
use axum::serve::{Listener, ListenerExt};
use graceful::axum::{Handshakes, Incoming, MakeService, TlsListener};
use graceful_http_tests::tls::Identity;
use graceful_process_tests::inside::{ANSWER, asked, block, log, say, scenario};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

#[graceful::main(grace_period = "20s", drain_timeout = "4s", plan_test = false)]
async fn main() -> io::Result<()> {
    if asked("log") {
        log();
    }
    let tcp = TcpListener::bind("127.0.0.1:0").await?;
    let address = tcp.local_addr()?;
    let identity = Identity::generate();
    let mut config = identity.server(None);
    if scenario() == "mutual" {
        config = identity.server(std::env::var("CLIENT").ok().as_deref());
    }
    obey(address, identity.certificate);
    match scenario().as_str() {
        "mutual" => {
            let router = router().into_make_service_with_connect_info::<Client>();
            serve(set(graceful::axum::tls(tcp, Arc::new(config))), router).await
        }
        "tls" => {
            let listener = graceful::axum::tls(tcp, Arc::new(config)).tap_io(|client| {
                let _ = client.get_ref().0.set_nodelay(true);
            });
            serve(listener, router().into_make_service_with_connect_info::<SocketAddr>()).await
        }
        "word" => serve(set(graceful::axum::handshake(tcp, word)), router()).await,
        "twice" => {
            let once = graceful::axum::handshake(tcp, word);
            serve(set(graceful::axum::handshake(once, word)), router()).await
        }
        _ => serve(Inline(tcp), router()).await,
    }
}

fn set<L: Listener, S>(listener: Handshakes<L, S>) -> Handshakes<L, S> {
    let listener = if asked("limit") { listener.limit(4) } else { listener };
    if asked("brief") { listener.timeout(Duration::from_millis(200)) } else { listener }
}

async fn serve<L: Listener, M: MakeService<L> + Send + 'static>(listener: L, router: M) -> io::Result<()> {
    let server = graceful::axum::serve(listener, router);
    let linger = if asked("long-linger") { Duration::MAX } else { Duration::from_millis(100) };
    server.linger(linger).await
}

async fn word(mut client: TcpStream) -> io::Result<TcpStream> {
    match client.read_u8().await? {
        b'g' => Ok(client),
        b'f' => Err(io::Error::other("a bad\nword")),
        b'p' => panic!("a word that panics"),
        b'b' => {
            // More work than one worker can do at once wakes another one. Otherwise tokio wakes none for the single task whose
            // socket is ready, and while that blocks nobody waits for the other sockets.
            for _ in 0..2 {
                tokio::spawn(async {});
            }
            block()
        }
        _ => pending().await,
    }
}

/// As people write it first.
struct Inline(TcpListener);

impl Listener for Inline {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (client, address) = Listener::accept(&mut self.0).await;
            if let Ok(client) = word(client).await {
                return (client, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

#[graceful::on_shutdown(phase = "drain")]
fn draining() {
    if asked("tell") {
        say("draining");
    }
}

/// What the server knows of its client.
#[derive(Clone)]
struct Client(String);

impl Connected<Incoming<'_, TlsListener>> for Client {
    fn connect_info(incoming: Incoming<'_, TlsListener>) -> Self {
        let (_, tls) = incoming.io().get_ref();
        let certificate = tls.peer_certificates().and_then(|chain| chain.first());
        let digits = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        let certificate = certificate.map(|certificate| digits(certificate)).unwrap_or_default();
        Self(format!("{} {certificate}", String::from_utf8_lossy(tls.alpn_protocol().unwrap_or_default())))
    }
}

fn router() -> Router {
    Router::new()
        .route("/", get("hello"))
        .route("/who", get(async |ConnectInfo(client): ConnectInfo<Client>| client.0))
        .route("/address", get(async |ConnectInfo(address): ConnectInfo<SocketAddr>| address.to_string()))
}

/// Does what standard input says.
fn obey(address: SocketAddr, certificate: String) {
    thread::spawn(move || {
        for order in io::stdin().lines().map_while(Result::ok) {
            match order.as_str() {
                "address" => say(format_args!("{ANSWER}{address}")),
                "certificate" => say(format_args!("{ANSWER}{certificate}")),
                "in flight" => say(format_args!("{ANSWER}{}", graceful::in_flight())),
                "pid" => say(format_args!("{ANSWER}{}", std::process::id())),
                _ => {}
            }
        }
    });
}
