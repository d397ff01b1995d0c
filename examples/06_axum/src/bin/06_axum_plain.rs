//! `06_axum` without graceful, as it is often written: for comparison.
//!
//! SIGTERM kills it in the middle of its requests. With the argument `with_graceful_shutdown` these are finished, but a load
//! balancer learns of the shutdown only when it is refused.
//!
//! ```text
//! $ cargo run -p example-06-axum --bin 06_axum_plain 127.0.0.1:8080 with_graceful_shutdown
//! listening on http://127.0.0.1:8080
//! ```

use std::time::Duration;
use std::{env, io};

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/", get(async || "hello\n"))
        .route("/slow", get(slow))
        .route("/ready", get(async || "ready\n"));
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    if env::args().any(|argument| argument == "with_graceful_shutdown") {
        axum::serve(listener, router).with_graceful_shutdown(shutdown_signal()).await
    } else {
        axum::serve(listener, router).await
    }
}

async fn slow() -> &'static str {
    sleep(Duration::from_secs(3)).await;
    "finished\n"
}

async fn shutdown_signal() {
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};

    signal(SignalKind::terminate()).expect("a signal handler").recv().await;
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
