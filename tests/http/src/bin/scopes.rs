//! A service with a public server, and with tenants that come and go: each is a scope with its own server.
//!
//! Arguments: `log`; `tls` and `upgrade-idle-timeout`: the tenants' servers; `brief`: a tenant has 300 ms for its end.
//!
//! Orders on standard input: `start NAME` serves where the tenant has served before, and answers with the address;
//! `stop NAME` prints the report at the end. The lines of each start have its number, as in `one 2 has served`.

use std::collections::HashMap;
use std::future::{IntoFuture, pending};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{any, get};
use graceful::Scope;
use graceful_http_tests::tls::Identity;
use graceful_process_tests::inside::{ANSWER, Loud, asked, log, say};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

static GO: Semaphore = Semaphore::const_new(0);

#[graceful::main(grace_period = "20s", drain_timeout = "4s", plan_test = false)]
async fn main() -> io::Result<()> {
    if asked("log") {
        log();
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let identity = Identity::generate();
    obey(Handle::current(), listener.local_addr()?, identity);
    graceful::axum::serve(listener, Router::new().route("/", get("hello"))).await
}

async fn start(name: &str, run: String, address: SocketAddr, identity: &Identity) -> io::Result<SocketAddr> {
    let tenant = graceful::scope(name);
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let router = router(&tenant, &run);
    let server = if asked("tls") {
        let listener = graceful::axum::tls(listener, Arc::new(identity.server(None)));
        graceful::axum::serve(listener, router).in_scope(&tenant).into_future()
    } else {
        let mut server = graceful::axum::serve(listener, router).in_scope(&tenant);
        if asked("upgrade-idle-timeout") {
            server = server.upgrade_idle_timeout(Duration::from_millis(200));
        }
        server.into_future()
    };
    tokio::spawn(async move {
        server.await.expect("it cannot fail");
        say(format_args!("{run} has served"));
    });
    Ok(address)
}

/// The drain has begun when it returns.
fn stop(name: &str, run: String) {
    let timeout = Duration::from_millis(if asked("brief") { 300 } else { 10_000 });
    let ended = graceful::scope(name).shut_down(timeout);
    tokio::spawn(async move {
        let report = ended.await;
        let abandoned: Vec<_> = report.abandoned().iter().map(ToString::to_string).collect();
        say(format_args!("{run} ended: {abandoned:?}"));
    });
}

fn router(tenant: &Scope, run: &str) -> Router {
    Router::new()
        .route("/", get("hello"))
        .route("/go", get(go))
        .route("/hang", get(hang))
        .route("/socket", any(socket))
        .with_state(Tenant { scope: tenant.clone(), run: run.into() })
}

#[derive(Clone)]
struct Tenant {
    scope: Scope,
    run: Arc<str>,
}

/// Ends when the test says so.
async fn go(State(tenant): State<Tenant>) -> &'static str {
    say(format_args!("{} works", tenant.run));
    GO.acquire().await.expect("it is never closed").forget();
    "gone"
}

async fn hang() {
    let _hang = Loud("hang");
    say("hang begins");
    pending().await
}

async fn socket(State(tenant): State<Tenant>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        let _socket = Loud("socket");
        loop {
            tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) if text == "stay" => return stay(socket).await,
                    Some(Ok(Message::Text(text))) if text == "hold" => return hold(socket).await,
                    Some(Ok(message)) => drop(socket.send(message).await),
                    Some(Err(_)) | None => return,
                },
                () = tenant.scope.drain_started() => {
                    let _ = socket.send(Message::text("farewell")).await;
                    return;
                }
            }
        }
    })
}

/// Does not look at the drain.
async fn stay(mut socket: WebSocket) {
    say("stay begins");
    while let Some(Ok(_)) = socket.recv().await {}
    say("stay ends");
}

/// Neither reads nor writes.
async fn hold(_socket: WebSocket) {
    say("hold begins");
    pending().await
}

/// Does what standard input says.
fn obey(runtime: Handle, main: SocketAddr, identity: Identity) {
    let mut started = HashMap::new();
    thread::spawn(move || {
        for order in io::stdin().lines().map_while(Result::ok) {
            match order.split_once(' ').unwrap_or((&order, "")) {
                ("address", _) => say(format_args!("{ANSWER}{main}")),
                ("certificate", _) => say(format_args!("{ANSWER}{}", identity.certificate)),
                ("start", name) => {
                    let before = started.get(name).copied();
                    let (address, number) = before.unwrap_or((SocketAddr::from(([127, 0, 0, 1], 0)), 0));
                    let (number, run) = (number + 1, format!("{name} {}", number + 1));
                    let address = runtime.block_on(start(name, run, address, &identity)).expect("a listener");
                    started.insert(name.to_owned(), (address, number));
                    say(format_args!("{ANSWER}{address}"));
                }
                ("stop", name) => {
                    let _runtime = runtime.enter();
                    let number = started.get(name).map_or(0, |(_, number)| *number);
                    stop(name, format!("{name} {number}"));
                }
                ("in", name) => {
                    let counts = (graceful::scope(name).in_flight(), graceful::in_flight());
                    say(format_args!("{ANSWER}{} of {}", counts.0, counts.1));
                }
                ("go", _) => GO.add_permits(1),
                _ => {}
            }
        }
    });
}
