//! One endpoint, served as the argument says: `plain`, `identity`, `layer`, `serve` or `both`. A second argument is the `date`
//! header of every answer.

use std::process::ExitCode;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::DATE;
use axum::routing::get;
use graceful::Config;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> Result<ExitCode, graceful::Error> {
    match std::env::args().nth(1).as_deref() {
        Some("plain") => {
            runtime().block_on(plain());
            Ok(ExitCode::SUCCESS)
        }
        Some("layer") => Config::new().run_in(runtime(), async {
            let server = axum::serve(bind().await, with_layer());
            server.with_graceful_shutdown(graceful::drain_started()).await.expect("it serves");
        }),
        Some("serve") => Config::new().run_in(runtime(), async {
            graceful::axum::serve(bind().await, router()).await.expect("it serves");
        }),
        Some("identity") => Config::new().run_in(runtime(), async {
            let app = router().layer(tower_layer::Identity::new());
            let server = axum::serve(bind().await, app);
            server.with_graceful_shutdown(graceful::drain_started()).await.expect("it serves");
        }),
        Some("both") => Config::new().run_in(runtime(), async {
            let server = graceful::axum::serve(bind().await, router()).layer(graceful::http::layer());
            server.await.expect("it serves");
        }),
        mode => panic!("an unknown mode: {mode:?}"),
    }
}

/// One worker: with more, the number of instructions depends on which one wakes which.
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn router() -> Router {
    match std::env::args().nth(2).map(HeaderValue::try_from) {
        Some(date) => {
            let date = date.expect("a header");
            Router::new().route("/", get(async move || ([(DATE, date.clone())], "hello")))
        }
        None => Router::new().route("/", get(async || "hello")),
    }
}

fn with_layer() -> Router {
    router().layer(graceful::http::layer())
}

async fn bind() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("its address"));
    listener
}

/// The usual way without graceful.
async fn plain() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler");
    let terminated = async move {
        terminate.recv().await;
    };
    axum::serve(bind().await, router()).with_graceful_shutdown(terminated).await.expect("it serves");
}
