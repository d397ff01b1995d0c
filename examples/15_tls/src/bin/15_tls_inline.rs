//! `15_tls` with a listener as it is often written, which does the handshake in its `accept`: for comparison.
//!
//! A client that is slow with its handshake stops all that come after it, and the drain loses them.
//!
//! ```text
//! $ cargo run -p example-15-tls --bin 15_tls_inline 127.0.0.1:8443
//! listening on https://127.0.0.1:8443
//! ```

#[path = "../config.rs"]
mod config;
#[path = "../listener.rs"]
mod listener;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::{env, io};

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

struct Inline(TcpListener, TlsAcceptor);

impl Listener for Inline {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (client, address) = Listener::accept(&mut self.0).await;
            if let Ok(client) = self.1.accept(client).await {
                return (client, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s", plan_test = false)]
async fn main() -> Result<(), Box<dyn Error>> {
    example_log::log_to_terminal();

    let config = config::config()?;
    let router = Router::new().route("/", get(async || "hello\n")).merge(graceful::axum::probes());
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8443".to_owned());
    let listener = listener::listen(&address).await?;
    println!("listening on https://{}", listener.local_addr()?);
    graceful::axum::serve(Inline(listener, TlsAcceptor::from(Arc::new(config))), router).await?;
    Ok(())
}
