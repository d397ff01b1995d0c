//! An axum service with a database, slow requests, long polling, server-sent events and WebSockets.
//!
//! Start it, run `curl http://127.0.0.1:8080/slow` and `curl -N http://127.0.0.1:8080/events` in other terminals, and
//! press Ctrl-C: the slow request is answered, the events say goodbye, and then the database is closed. With SIGTERM a
//! lame duck comes first: for five seconds `/ready` returns 503, and everything else is served.
//!
//! ```text
//! $ cargo run -p example-06-axum --bin 06_axum
//! listening on http://127.0.0.1:8080
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 2 handlers; in the worst case 26 s of 28 s
//! slow request begun
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 4 in flight
//!  INFO still draining: waiting for main to return, 1 connection, 1 in flight, at most 11 s longer
//! slow request finished
//!  INFO drained in 2.5 s
//! metrics flushed
//!  INFO shutdown handler `flush_metrics` completed in 457 µs
//! database closed
//!  INFO shutdown handler `close_database` completed in 279 µs
//!  INFO shutdown after SIGINT took 2.49 s of 28 s: 2 handlers completed; exit code 0
//! ```

mod database;

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::future::ready;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::{any, get};
use futures_util::stream::{self, Stream, StreamExt};
use graceful::{Resource, health_check, on_shutdown};
use tokio::net::TcpListener;
use tokio::time::{interval, sleep, timeout};

use crate::database::{Closed, Database};

#[graceful::main(
    grace_period = "28s",
    lame_duck = "5s",
    drain_timeout = "12s",
    manifest = "../deploy/deployment.yaml" // relative to the package; checked when this is compiled
)]
async fn main() -> Result<(), Box<dyn Error>> {
    example_log::log_to_terminal();

    let database = Database::default();
    graceful::provide(database.clone());

    let router = Router::new()
        .route("/", get(async || "hello\n"))
        .route("/slow", get(slow))
        .route("/next", get(next))
        .route("/events", get(events))
        .route("/echo", any(echo))
        .with_state(database)
        .merge(graceful::axum::probes())
        .layer(graceful::http::layer());
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    graceful::axum::serve(listener, router).await?;
    Ok(())
}

#[health_check(timeout = "2s")]
async fn database(Resource(database): Resource<Database>) -> Result<(), Closed> {
    database.ping().await
}

#[on_shutdown(priority = 20, timeout = "5s")]
async fn flush_metrics() {
    println!("metrics flushed");
}

#[on_shutdown(priority = 10, timeout = "4s")]
async fn close_database(Resource(database): Resource<Database>) {
    database.close().await;
    println!("database closed");
}

/// Needs the database at its end: which is closed only when this has been answered.
async fn slow(State(database): State<Database>) -> Result<String, StatusCode> {
    println!("slow request begun");
    sleep(Duration::from_secs(3)).await;
    let visits = database.count_visit().await;
    println!("slow request finished");
    visits.map(|visits| format!("visit {visits}\n")).map_err(|error| {
        eprintln!("no answer from the database: {error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

/// Long polling: answers at the next visit. When the drain begins it answers 204, and the client asks again, elsewhere.
async fn next(State(database): State<Database>) -> Result<String, StatusCode> {
    println!("poll begun");
    let visits = graceful::until_drain(database.next_visit()).await;
    visits.map(|visits| format!("visit {visits}\n")).ok_or(StatusCode::NO_CONTENT)
}

/// Ends when the drain begins, and never before.
async fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = stream::unfold(interval(Duration::from_secs(1)), async |mut seconds| {
        seconds.tick().await;
        Some(("tick", seconds))
    });
    let texts = graceful::until_drain(ticks).chain(stream::once(ready("goodbye")));
    Sse::new(texts.map(|text| Ok(Event::default().data(text))))
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        // The client is gone when this fails, or the drain's time is over.
        let _ = converse(&mut socket).await;
    })
}

async fn converse(socket: &mut WebSocket) -> Result<(), axum::Error> {
    loop {
        tokio::select! {
            said = socket.recv() => match said.transpose()? {
                Some(Message::Text(text)) => socket.send(Message::Text(text)).await?,
                Some(_) => {}
                None => return Ok(()),
            },
            () = graceful::drain_started() => break,
        }
    }
    let goodbye = CloseFrame { code: close_code::AWAY, reason: "shutting down".into() };
    socket.send(Message::Close(Some(goodbye))).await?;
    // The client says goodbye too, or doesn't.
    let _ = timeout(Duration::from_secs(2), async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    Ok(())
}
