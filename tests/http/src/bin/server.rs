//! A server with a route for everything that can be in progress when the signal comes.
//!
//! Arguments: `unix <path>` listens there; `connect-info` tells clients who they are; `spawned` serves in a task that
//! main doesn't wait for; `layer` adds the layer that refuses to the router, `layer-of-server` to the
//! server; `no-linger`, `linger-of-1-s`, `long-linger`, `header-timeout`, `unclean-when-cut`,
//! `upgrade-idle-timeout` and `half-close`; `tell` prints when the drain has begun; `log`.

use std::convert::Infallible;
use std::future::{IntoFuture, pending};
use std::io;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::serve::ListenerExt;
use futures_util::stream::unfold;
use graceful_process_tests::inside::{ANSWER, Loud, asked, log, say, tell};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// More than the kernel takes, in one piece.
const LARGE: usize = 16 << 20;

/// Of this size is a read.
const SMALL: usize = 1 << 10;

static GO: Semaphore = Semaphore::const_new(0);
static BLOCK: Barrier = Barrier::new(2);

#[graceful::main(grace_period = "10s", drain_timeout = "4s", plan_test = false)]
async fn main() -> io::Result<()> {
    if asked("log") {
        log();
    }
    let _main = Loud("main");
    graceful::on_report(|report| {
        if report.cut().connections() > 0 {
            say(format_args!("cut {}", report.cut()));
        }
    });
    #[cfg(unix)]
    if asked("unix") {
        let path = std::env::args().nth(2).unwrap_or_default();
        let listener = graceful::axum::bind_unix(path).await?;
        tell("bound");
        obey("127.0.0.1:0".to_owned());
        return graceful::axum::serve(listener, router()).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    obey(listener.local_addr()?.to_string());
    if asked("connect-info") {
        let who = get(async |ConnectInfo(who): ConnectInfo<SocketAddr>| who.to_string());
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let router = Router::new().route("/", who).into_make_service_with_connect_info::<SocketAddr>();
        return graceful::axum::serve(listener, router).await;
    }
    let mut server = graceful::axum::serve(listener, router());
    if asked("no-linger") {
        server = server.linger(Duration::ZERO);
    }
    if asked("linger-of-1-s") {
        server = server.linger(Duration::from_secs(1));
    }
    if asked("long-linger") {
        server = server.linger(Duration::MAX);
    }
    if asked("layer-of-server") {
        server = server.layer(graceful::http::layer());
    }
    if asked("header-timeout") {
        server = server.header_timeout(Duration::from_millis(100));
    }
    if asked("upgrade-idle-timeout") {
        server = server.upgrade_idle_timeout(Duration::from_millis(200));
    }
    let server = server.unclean_when_cut(asked("unclean-when-cut")).half_close(asked("half-close"));
    if asked("spawned") {
        tokio::spawn(server.into_future());
        graceful::drain_started().await;
        return Ok(());
    }
    server.await?;
    say("served");
    Ok(())
}

#[graceful::on_shutdown(phase = "drain")]
fn draining() {
    if asked("tell") {
        say("draining");
    }
}

#[graceful::on_shutdown]
async fn teardown() {
    say("teardown");
}

fn router() -> Router {
    let router = Router::new()
        .route("/", get("hello"))
        .route("/block", get(block))
        .route("/go", get(go))
        .route("/drain", get(drain))
        .route("/hang", get(hang))
        .route("/upload", post(upload))
        .route("/later", post(later))
        .route("/refuse", post(refuse))
        .route("/events", get(events))
        .route("/flood", get(flood))
        .route("/large", get(async || "x".repeat(LARGE)))
        .route("/endless", get(endless))
        .route("/busy", get(busy))
        .route("/socket", any(socket))
        .route("/slow", any(slow))
        .route("/deaf", any(deaf));
    if asked("layer") { router.layer(graceful::http::layer()) } else { router }
}

/// Blocks its thread until the test says so.
async fn block() -> &'static str {
    say("block begins");
    BLOCK.wait();
    "unblocked"
}

/// Ends when the test says so.
async fn go() -> &'static str {
    say("go begins");
    GO.acquire().await.expect("it is never closed").forget();
    "gone"
}

/// Ends when the drain begins.
async fn drain() -> &'static str {
    say("drain begins");
    graceful::drain_started().await;
    "drained"
}

async fn hang() {
    let _hang = Loud("hang");
    say("hang begins");
    pending().await
}

async fn upload(body: Bytes) -> String {
    format!("{} bytes", body.len())
}

/// Answers before it has read the body.
async fn later(request: Request) -> &'static str {
    graceful::spawn(async {
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        say(format_args!("later: {:?} bytes", body.map(|body| body.len()).ok()));
    });
    "later"
}

/// Answers when the drain has begun, and never looks at the body.
async fn refuse(_request: Request) -> Response {
    say("refuse begins");
    graceful::drain_started().await;
    (StatusCode::PAYLOAD_TOO_LARGE, "too large").into_response()
}

/// An event, and at the drain's start a farewell.
async fn events() -> Body {
    Body::from_stream(unfold(0, async |event| match event {
        0 => Some((Ok::<_, Infallible>("event"), 1)),
        1 => {
            graceful::drain_started().await;
            Some((Ok("farewell"), 2))
        }
        _ => None,
    }))
}

/// An event, and then nothing: it doesn't look at the drain.
async fn endless() -> Body {
    Body::from_stream(unfold(0, async |event| match event {
        0 => Some((Ok::<_, Infallible>("event"), 1)),
        _ => pending().await,
    }))
}

/// An event each moment, without an end.
async fn busy() -> Body {
    Body::from_stream(unfold((), async |()| {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Some((Ok::<_, Infallible>("event"), ()))
    }))
}

/// More than fits into any buffer.
async fn flood() -> Body {
    let _flood = Loud("flood");
    Body::from_stream(unfold((), async |()| Some((Ok::<_, Infallible>(vec![b'x'; 65536]), ()))))
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket: WebSocket| {
        let _socket = Loud("socket");
        loop {
            tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) if text == "stay" => stay(&mut socket).await,
                    Some(Ok(message)) => drop(socket.send(message).await),
                    Some(Err(_)) | None => return,
                },
                () = graceful::drain_started() => {
                    let _ = socket.send(Message::text("farewell")).await;
                    return;
                }
            }
        }
    })
}

/// Neither reads nor writes.
async fn deaf(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |_socket: WebSocket| {
        let _deaf = Loud("deaf");
        say("deaf begins");
        pending().await
    })
}

/// Doesn't look at the drain.
async fn stay(socket: &mut WebSocket) {
    say("stay begins");
    while let Some(Ok(_)) = socket.recv().await {}
    say("stay ends");
}

/// Takes longer for a message than its client does, and reads no more than a message at once.
async fn slow(upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(SMALL).on_upgrade(async |mut socket: WebSocket| {
        say("slow begins");
        while let Some(Ok(_)) = socket.recv().await {
            thread::sleep(Duration::from_millis(30));
        }
        say("slow ends");
    })
}

/// Does what standard input says.
fn obey(address: String) {
    thread::spawn(move || {
        for order in io::stdin().lines().map_while(Result::ok) {
            match order.as_str() {
                "address" => say(format_args!("{ANSWER}{address}")),
                "pid" => say(format_args!("{ANSWER}{}", std::process::id())),
                "in flight" => say(format_args!("{ANSWER}{}", graceful::in_flight())),
                "go" => GO.add_permits(1),
                "unblock" => drop(BLOCK.wait()),
                _ => {}
            }
        }
    });
}
