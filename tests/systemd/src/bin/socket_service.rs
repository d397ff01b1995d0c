//! A service that takes two sockets by name. The variable `START` is `exit` or `never` for one that does not become ready.

use std::time::Duration;
use std::{env, io};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use graceful_process_tests::inside::say;
use tokio::net::TcpListener;

#[graceful::main]
async fn main() -> io::Result<()> {
    graceful_systemd_tests::priority::raise();
    let http = graceful::sockets::tcp!("http", "127.0.0.1:8080").await?;
    match env::var("START").as_deref() {
        Ok("exit") => return Err(io::Error::other("the cache is gone")),
        Ok("never") => std::future::pending().await,
        _ => say("main"),
    }
    let work = async |Path(milliseconds): Path<u64>| {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        "done"
    };
    serve(http, Router::new().route("/{milliseconds}", get(work))).await
}

#[cfg(unix)]
async fn serve(http: TcpListener, router: Router) -> io::Result<()> {
    let local = graceful::sockets::unix!("local", "/run/socket_service.sock").await?;
    let served = tokio::join!(graceful::axum::serve(http, router.clone()), graceful::axum::serve(local, router));
    served.0.and(served.1)
}

#[cfg(not(unix))]
async fn serve(http: TcpListener, router: Router) -> io::Result<()> {
    graceful::axum::serve(http, router).await
}
