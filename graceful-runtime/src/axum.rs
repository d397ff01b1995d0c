//! Serving an axum router, to the end of the drain.

mod activity;
mod connection;
mod drain;
mod make_service;
mod requests;
mod serve;
mod socket;

use ::axum::Router;
use ::axum::http::StatusCode;
use ::axum::http::header::CONTENT_TYPE;
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::get;

pub use self::make_service::{Incoming, MakeService};
pub use self::serve::{Serve, ServeFuture, serve};
use crate::probe::{self, Answer};
use crate::program::program;

/// A router that answers `/health`, `/ready`, `/livez` and `/readyz`, to be merged into the application's own.
///
/// | path | 200 | 503 |
/// |---|---|---|
/// | `/health` | the health checks find nothing unhealthy | a component is unhealthy, or the service shuts down |
/// | `/ready`, `/readyz` | [`ready`](crate::ready) was called, and no component is unhealthy | before that, and from the trigger on |
/// | `/livez` | it answers at all | never |
///
/// `/health` shows what each check found, as JSON: see [`HealthReport`](crate::HealthReport). The checks run at most once
/// a moment, however many probes there are: see [`health`](crate::health()).
///
/// The application answers these itself, so a client can ask only as long as it accepts connections. The key `probes` of
/// `#[graceful::main]` has them answered by the supervisor's thread, also while the application drains or is blocked.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
///
/// let app: Router = Router::new().route("/", get(async || "hello")).merge(graceful::axum::probes());
/// # mod graceful { pub use graceful_runtime::*; }
/// ```
pub fn probes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    program().set_serves_probes();
    let ready = || get(async || response(probe::ready(program()).await));
    Router::new()
        .route(probe::HEALTH, get(async || response(probe::health(program()).await)))
        .route(probe::READY, ready())
        .route(probe::READYZ, ready())
        .route(probe::LIVEZ, get(async || response(probe::live(program(), None))))
}

fn response(Answer { code, json }: Answer) -> Response {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (code, [(CONTENT_TYPE, "application/json")], json).into_response()
}
