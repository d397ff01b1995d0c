//! An axum service with TLS, by HTTP/1 and HTTP/2.
//!
//! The variables `TLS_CERTIFICATES` and `TLS_KEY` name its files in PEM. Without them it makes a certificate that signs
//! itself. Start it, run `curl --insecure https://127.0.0.1:8443/slow` in another terminal, and press Ctrl-C: the slow
//! request is answered.
//!
//! ```text
//! $ cargo run -p example-15-tls --bin 15_tls
//! listening on https://127.0.0.1:8443
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 0 handlers; in the worst case 17 s of 28 s
//! slow request begun
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 1 in flight
//!  INFO still draining: waiting for main to return, 1 connection (GET /slow from 127.0.0.1:50000, open for 1 s, not answered yet), at most 11 s longer
//! slow request finished
//!  INFO drained in 2.5 s
//!  INFO shutdown after SIGINT took 2.51 s of 28 s: no handlers; exit code 0
//! ```
//!
//! `15_tls_inline` is the same service with a listener that does the handshake in its `accept`, which loses requests.

mod config;
mod listener;

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::time::sleep;

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> Result<(), Box<dyn Error>> {
    example_log::log_to_terminal();

    let config = config::config()?;
    let router =
        Router::new().route("/", get(async || "hello\n")).route("/slow", get(slow)).merge(graceful::axum::probes());
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8443".to_owned());
    let listener = listener::listen(&address).await?;
    println!("listening on https://{}", listener.local_addr()?);
    graceful::axum::serve(graceful::axum::tls(listener, Arc::new(config)), router).await?;
    Ok(())
}

async fn slow() -> &'static str {
    println!("slow request begun");
    sleep(Duration::from_secs(3)).await;
    println!("slow request finished");
    "finished\n"
}
