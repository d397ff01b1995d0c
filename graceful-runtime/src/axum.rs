//! Serves axum routers until the end of the drain, and answers probes in a router.
//!
//! ```no_run
//! # mod graceful { pub use graceful_runtime::*; }
//! use axum::Router;
//! use axum::routing::get;
//! use tokio::net::TcpListener;
//!
//! # async fn example() -> std::io::Result<()> {
//! let router = Router::new().route("/", get(async || "hello")).merge(graceful::axum::probes());
//! let listener = TcpListener::bind("0.0.0.0:8080").await?;
//! graceful::axum::serve(listener, router).await
//! # }
//! ```
//!
//! The module has everything of the crate `axum` too, so that `use graceful::*` does not hide the crate. An import beside that
//! glob must say which of the two it means: `use ::axum::Router`.

mod accepts;
mod activity;
mod client;
mod connection;
mod drain;
mod exchange;
mod handshakes;
mod make_service;
mod requests;
mod server;
mod socket;
#[cfg(feature = "tls")]
mod tls;

use ::axum::http::StatusCode;
use ::axum::http::header::CONTENT_TYPE;
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::get;

#[doc(no_inline)]
pub use ::axum::*;

pub(crate) use self::handshakes::Cause;
pub use self::handshakes::{Handshakes, handshake};
pub use self::make_service::{Incoming, MakeService};
pub use self::server::{Serve, ServeFuture, serve};
#[cfg(feature = "tls")]
pub use self::tls::{TlsListener, tls};
use crate::probe::{self, Answer};
use crate::program::program;
#[cfg(unix)]
pub use crate::unix_socket::bind_unix;

/// Returns a router that answers `/health`, `/ready`, `/readyz`, `/livez` and `/healthz`, to merge into your own.
///
/// | path | 200 | 503 |
/// |---|---|---|
/// | `/health` | no component is unhealthy | a component is unhealthy, or the service shuts down |
/// | `/ready`, `/readyz` | [`is_ready`](crate::is_ready()), and no component is unhealthy | otherwise: the answer says why |
/// | `/livez`, `/healthz` | always | never |
///
/// `/health` shows the result of each check, as JSON: see [`HealthReport`](crate::HealthReport). However many probes
/// come, the checks run at most once per second by default: see [`health`](crate::health()).
///
/// The application answers these probes itself, so a client can ask only while it accepts connections. With the key
/// `probes` of `#[graceful::main]` the supervisor's thread answers them, also while the application is blocked.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use axum::Router;
/// use axum::routing::get;
///
/// let app: Router = Router::new().route("/", get(async || "hello")).merge(graceful::axum::probes());
/// ```
pub fn probes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    program().lifecycle.readiness.probes_wait();
    let ready = || get(async || response(probe::ready(program()).await));
    let live = || get(async || response(probe::live(program(), None)));
    Router::new()
        .route(probe::HEALTH, get(async || response(probe::health(program()).await)))
        .route(probe::READY, ready())
        .route(probe::READYZ, ready())
        .route(probe::LIVEZ, live())
        .route(probe::HEALTHZ, live())
}

fn response(Answer { code, json }: Answer) -> Response {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (code, [(CONTENT_TYPE, "application/json")], json).into_response()
}
