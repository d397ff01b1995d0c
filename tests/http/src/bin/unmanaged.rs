//! A server in a program that graceful doesn't run.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use graceful_process_tests::inside::{ANSWER, say};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let stop = get(async || {
        graceful::request_shutdown();
        graceful::drain_started().await;
        "stopped"
    });
    let router = Router::new().route("/", get("hello")).route("/stop", stop);
    let server = graceful::axum::serve(TcpListener::bind("127.0.0.1:0").await?, router);
    answer(server.local_addr()?);
    server.await?;
    say("served");
    // Too late: nobody comes any more.
    graceful::axum::serve(TcpListener::bind("127.0.0.1:0").await?, get("hello")).await?;
    say("served again");
    Ok(())
}

/// On standard input it is asked for nothing else.
fn answer(address: SocketAddr) {
    std::thread::spawn(move || {
        io::stdin().lines().map_while(Result::ok).for_each(|_| say(format_args!("{ANSWER}{address}")));
    });
}
