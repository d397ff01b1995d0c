//! An ingest service with many tenants, which come and go while it runs. Each tenant is a scope: its stop waits for its
//! own work, writes its last rows, and does not disturb the others.
//!
//! The rows of a tenant are written to a file in the folder `DATA`, or among the temporary files. Start the service, run
//! these commands in another terminal, and press Ctrl-C. The drain of the service stops the tenants that are left.
//!
//! ```sh
//! curl -X PUT http://127.0.0.1:8080/tenants/red
//! curl -X PUT http://127.0.0.1:8080/tenants/blue
//! curl -d 'a row' http://127.0.0.1:8080/tenants/red/rows
//! curl -X DELETE http://127.0.0.1:8080/tenants/red
//! ```
//!
//! ```text
//! $ cargo run -p example-16-parts
//! listening on http://127.0.0.1:8080
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 0 handlers; in the worst case 17 s of 28 s
//!  INFO shutting down scope `red` within 30 s: 1 in flight
//!  INFO shutdown handler `red/flush` completed in 3 ms
//!  INFO scope `red` ended in 3 ms
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 1 in flight
//!  INFO shutdown handler `blue/flush` completed in 2 ms
//!  INFO drained in 3 ms
//!  INFO shutdown after SIGINT took 4 ms of 28 s: 1 handler completed; exit code 0
//! ```

mod rows;
mod tenants;

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Result};
use axum::routing::{post, put};
use tokio::net::TcpListener;

use crate::tenants::Tenants;

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> Result<(), Box<dyn Error>> {
    example_log::log_to_terminal();

    let folder = env::var_os("DATA").map_or_else(env::temp_dir, PathBuf::from);
    let router = Router::new()
        .route("/tenants/{name}", put(open).delete(stop))
        .route("/tenants/{name}/rows", post(add))
        .with_state(Tenants::new(folder))
        .merge(graceful::axum::probes());
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    graceful::axum::serve(listener, router).await?;
    Ok(())
}

async fn open(State(tenants): State<Tenants>, Path(name): Path<String>) -> Result<StatusCode> {
    // It becomes the name of a file.
    if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(StatusCode::BAD_REQUEST.into());
    }
    let is_new = tenants.open(name).await.map_err(retry_later)?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::CONFLICT })
}

/// Answers 202 when the row is in the queue of its tenant. It will be in the file then, also if the tenant is stopped.
async fn add(State(tenants): State<Tenants>, Path(name): Path<String>, request: Request) -> Result<StatusCode> {
    let tenant = tenants.get(&name).await.ok_or(StatusCode::NOT_FOUND)?;
    let _in_flight = tenant.scope.try_track().map_err(retry_later)?;
    let row = String::from_request(request, &()).await?;
    tenant.queue.send_timeout(row, Duration::from_secs(5)).await.map_err(retry_later)?;
    Ok(StatusCode::ACCEPTED)
}

/// Answers when the last row is in the file.
async fn stop(State(tenants): State<Tenants>, Path(name): Path<String>) -> Result<(StatusCode, String)> {
    let tenant = tenants.remove(&name).await.ok_or(StatusCode::NOT_FOUND)?;
    let report = tenant.scope.shut_down(Duration::from_secs(30)).await;
    let status = if report.is_clean() { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    Ok((status, format!("{report}\n")))
}

fn retry_later(why: impl Display) -> impl IntoResponse {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], format!("{why}\n"))
}
