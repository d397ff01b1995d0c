//! actix-web keeps its own workers, and leaves the signals to graceful.
//!
//! Start it, begin a request from a second terminal with `curl -N -T - http://127.0.0.1:8080/echo`, type a line, and press
//! Ctrl-C in the first. The request continues until you end it with Ctrl-D. Meanwhile new connections are refused. actix
//! checks once a second whether its connections have ended, so the drain may take up to a second longer than they do.
//!
//! ```text
//! $ cargo run -p example-09-actix
//! listening on http://127.0.0.1:8080
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 2 handlers; in the worst case 21 s of 28 s
//! echo begun
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 1 in flight
//!  INFO still draining: waiting for main to return, 1 in flight, handler `stop_server`, at most 11 s longer
//!  INFO shutdown handler `stop_server` completed in 2 s
//!  INFO drained in 2 s
//! database closed
//!  INFO shutdown handler `close_database` completed in 191 µs
//!  INFO shutdown after SIGINT took 2.004 s of 28 s: 2 handlers completed; exit code 0
//! ```

use std::env;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::ContentType;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes};
use actix_web::{App, Error, HttpResponse, HttpServer};
use graceful::{InFlight, Resource, on_shutdown};

const SHUTTING_DOWN: &str = r#"{"error": "Service shutting down"}"#;

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> io::Result<()> {
    example_log::log_to_terminal();

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let app =
        || App::new().wrap(from_fn(track)).route("/ready", web::get().to(ready)).route("/echo", web::put().to(echo));
    // Both are the business of graceful: when to stop, and how long that may take.
    let server = HttpServer::new(app).disable_signals().shutdown_timeout(u64::MAX).bind(address)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    let server = server.run();
    graceful::provide(server.handle());
    graceful::ready();
    // Main's runtime is a plain tokio runtime, and that will do. The workers have one each, of actix's own.
    server.await
}

/// Stops accepting, and waits for the workers to answer what they were asked.
#[on_shutdown(phase = "drain", timeout = "12s")]
async fn stop_server(Resource(server): Resource<ServerHandle>) {
    server.stop(true).await;
}

#[on_shutdown(timeout = "4s")]
async fn close_database() {
    println!("database closed");
}

async fn ready() -> HttpResponse {
    if graceful::is_ready() { HttpResponse::Ok().finish() } else { HttpResponse::ServiceUnavailable().finish() }
}

/// Sends back what comes, as it comes: the function is long over when the answer is.
async fn echo(body: web::Payload) -> HttpResponse {
    println!("echo begun");
    HttpResponse::Ok().streaming(body)
}

/// Counts a request as in flight until its answer is sent to the end, or refuses it.
async fn track(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let Ok(in_flight) = graceful::try_track() else {
        let refused = HttpResponse::ServiceUnavailable().content_type(ContentType::json()).body(SHUTTING_DOWN);
        return Ok(request.into_response(refused));
    };
    let mut response = next.call(request).await?;
    if graceful::is_shutting_down() {
        // So that the client connects elsewhere next time.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Tracked { body, _in_flight: in_flight }.boxed()))
}

/// A body that is in flight until it is dropped.
struct Tracked {
    body: BoxBody,
    _in_flight: InFlight,
}

impl MessageBody for Tracked {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
