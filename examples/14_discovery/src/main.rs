//! A service that others know: it is registered in Consul, it leads by a lease of Kubernetes, and it is a member of a Kafka
//! group. It leaves the first two at the trigger, while it still serves, and the group when its last message is committed.
//!
//! Start Consul with `consul agent -dev`, then this, and send SIGTERM. `LEASE` is the URL of a lease in an API server that
//! is reached without TLS, such as `kubectl proxy`. Kafka's client is a stand-in, so that no C library is compiled. With
//! `--features kafka` it is rdkafka's, for the brokers in `KAFKA_BROKERS`.
//!
//! ```text
//! $ CONSUL_HTTP_ADDR=http://127.0.0.1:8500 cargo run -p example-14-discovery
//! listening on http://127.0.0.1:8080
//!  INFO on SIGTERM: serve for 3 s, drain for at most 5 s, run 3 handlers; in the worst case 8 s of 20 s
//! working on message 1
//! stopped leading
//!  INFO shutting down after SIGTERM, within 20 s; serving for 2 s more
//!  INFO shutdown handler `stop_leading` completed in 30 µs
//!  INFO shutdown handler `leave_consul` completed in 2 ms
//!  INFO shutdown handler `release_lease` completed in 1 ms
//!  INFO draining for at most 5 s: 1 in flight
//! committed message 1
//! left the group
//!  INFO drained in 3 ms
//!  INFO shutdown after SIGTERM took 2.01 s of 20 s: 3 handlers completed; exit code 0
//! ```

#[cfg(feature = "kafka")]
mod kafka;
#[cfg(not(feature = "kafka"))]
mod stand_in;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{env, fs};

use graceful::{CancellationToken, Resource, on_shutdown};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

#[cfg(feature = "kafka")]
use crate::kafka::{CommitMode, Consumer, Message, StreamConsumer, subscribed};
#[cfg(not(feature = "kafka"))]
use crate::stand_in::{CommitMode, Consumer, Message, StreamConsumer, subscribed};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[graceful::main(grace_period = "20s", lame_duck = "2s", drain_timeout = "5s")]
async fn main() -> Result<(), Failure> {
    example_log::log_to_terminal();
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");

    if let Ok(agent) = env::var("CONSUL_HTTP_ADDR") {
        graceful::provide(Consul::register(agent, address).await?);
    }
    if let (Ok(url), Ok(token_file)) = (env::var("LEASE"), env::var("TOKEN_FILE")) {
        let lease = Lease { url, token_file: token_file.into(), holder: format!("api-{address}") };
        graceful::provide(lease);
    }
    graceful::provide(Leading::start());
    graceful::spawn(consume(subscribed()));
    graceful::ready();
    while let Some(accepted) = graceful::until_drain(listener.accept()).await {
        let (stream, _) = accepted?;
        graceful::spawn(answer(stream));
    }
    Ok(())
}

async fn answer(mut stream: TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello").await;
}

/// Sends a request, and takes any answer of 2xx for a success.
async fn send(request: Request<Full<Bytes>>) -> Result<(), Failure> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let status = client.request(request).await?.status();
    if status.is_success() { Ok(()) } else { Err(status.to_string().into()) }
}

/// The service as its Consul agent knows it.
#[derive(Clone)]
struct Consul {
    agent: String,
    id: String,
}

impl Consul {
    async fn register(agent: String, address: SocketAddr) -> Result<Self, Failure> {
        let id = format!("api-{}", address.port());
        let service = json!({
            "ID": id, "Name": "api", "Address": address.ip(), "Port": address.port(),
        });
        let url = format!("{agent}/v1/agent/service/register");
        send(Request::put(url).body(service.to_string().into())?).await?;
        Ok(Self { agent, id })
    }
}

#[on_shutdown(phase = "lame_duck", priority = 10, timeout = "2s")]
async fn leave_consul(Resource(consul): Resource<Consul>) -> Result<(), Failure> {
    let Consul { agent, id } = consul;
    let url = format!("{agent}/v1/agent/service/deregister/{id}");
    send(Request::put(url).body(Full::default())?).await
}

/// What only the leader does. The token is cancelled when it has ended.
#[derive(Clone)]
struct Leading(CancellationToken);

impl Leading {
    fn start() -> Self {
        let ended = CancellationToken::new();
        let leading = Self(ended.clone());
        graceful::spawn(async move {
            let _ended = ended.drop_guard();
            graceful::shutdown_requested().await;
            println!("stopped leading");
        });
        leading
    }
}

#[on_shutdown(phase = "lame_duck", priority = 10, timeout = "2s")]
async fn stop_leading(Resource(leading): Resource<Leading>) {
    leading.0.cancelled().await;
}

#[derive(Clone)]
struct Lease {
    url: String,
    token_file: PathBuf,
    holder: String,
}

#[on_shutdown(phase = "lame_duck", priority = 0, timeout = "1s")]
async fn release_lease(Resource(lease): Resource<Lease>) -> Result<(), Failure> {
    let Lease { url, token_file, holder } = lease;
    // The kubelet replaces the token before it expires: the one of the start may be too old.
    let token = fs::read_to_string(token_file)?;
    // The first operation fails if another process has taken the lease meanwhile.
    let patch = json!([
        {"op": "test", "path": "/spec/holderIdentity", "value": holder},
        {"op": "replace", "path": "/spec/holderIdentity", "value": ""},
    ]);
    let request = Request::patch(url)
        .header(AUTHORIZATION, format!("Bearer {}", token.trim()))
        .header(CONTENT_TYPE, "application/json-patch+json")
        .body(patch.to_string().into())?;
    send(request).await
}

async fn consume(consumer: StreamConsumer) {
    while let Some(Ok(message)) = graceful::until_drain(consumer.recv()).await {
        work_on(message.payload()).await;
        if let Err(error) = consumer.commit_message(&message, CommitMode::Sync) {
            eprintln!("not committed: {error}");
        }
    }
    // Only now, since partitions that are given away cannot be committed. Both calls block.
    let _ = graceful::spawn_blocking(move || {
        consumer.unsubscribe();
        drop(consumer);
    })
    .await;
}

/// Takes as long as the service serves.
async fn work_on(message: Option<&[u8]>) {
    println!("working on {}", String::from_utf8_lossy(message.unwrap_or_default()));
    graceful::drain_started().await;
}
