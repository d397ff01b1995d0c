//! axum 0.7. docs/migrating/other-servers.md shows this code; the prints are for the test.

use axum_07 as axum;

use std::env;

use axum::Router;
use axum::extract::Request;
use axum::routing::put;
use tokio::net::TcpListener;

#[graceful::main(lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> std::io::Result<()> {
    example_log::log_to_terminal();
    let address = env::args().nth(1).unwrap_or("0.0.0.0:8080".into());
    let router = Router::new().route("/upload", put(upload)).layer(graceful::http::layer());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    graceful::ready();
    axum::serve(listener, router).with_graceful_shutdown(graceful::drain_started()).await
}

async fn upload(request: Request) -> String {
    println!("upload begun");
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
    format!("{} bytes", body.map_or(0, |body| body.len()))
}
