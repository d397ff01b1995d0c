//! axum 0.6. docs/migrating/other-servers.md shows this code; the prints are for the test.

use axum_06 as axum;

use std::env;
use std::net::SocketAddr;

use axum::Router;
use axum::http::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::put;

#[graceful::main(lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    example_log::log_to_terminal();
    let address: SocketAddr = env::args().nth(1).unwrap_or("0.0.0.0:8080".into()).parse()?;
    let router = Router::new().route("/upload", put(upload)).layer(from_fn(track));
    let server = axum::Server::try_bind(&address)?.serve(router.into_make_service());
    println!("listening on http://{}", server.local_addr());
    graceful::ready();
    server.with_graceful_shutdown(graceful::drain_started()).await?;
    Ok(())
}

/// Counts a request as in flight until its answer begins.
async fn track<B>(request: Request<B>, next: Next<B>) -> Response {
    let _in_flight = graceful::track();
    println!("{} begun", request.uri().path());
    next.run(request).await
}

async fn upload(body: String) -> String {
    format!("{} bytes", body.len())
}
