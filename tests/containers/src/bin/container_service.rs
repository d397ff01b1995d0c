//! A service for a container. An upload is in flight for as long as its client wants.

use std::error::Error;
use std::process;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::routing::put;
use graceful::on_shutdown;
use graceful_process_tests::inside::say;
use tokio::net::TcpListener;

#[graceful::main(grace_period = "40s", drain_timeout = "25s", signals = [SIGTERM, SIGINT, SIGQUIT])]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    say(if process::id() == 1 { "process 1" } else { "not process 1" });
    graceful::axum::serve(listener, Router::new().route("/upload", put(upload))).await?;
    Ok(())
}

async fn upload(body: Body) -> StatusCode {
    say("upload begun");
    to_bytes(body, usize::MAX).await.map_or(StatusCode::BAD_REQUEST, |_| StatusCode::OK)
}

#[on_shutdown(phase = "drain")]
async fn reason() {
    say(graceful::shutdown_requested().await);
}

#[on_shutdown]
async fn close() {
    say("closed");
}
