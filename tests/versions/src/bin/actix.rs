//! actix-web. docs/migrating/other-servers.md shows this code; the prints are for the test.

use std::env;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpServer, web};

#[graceful::main(lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> std::io::Result<()> {
    example_log::log_to_terminal();
    let address = env::args().nth(1).unwrap_or("0.0.0.0:8080".into());
    let app = || App::new().wrap(from_fn(track)).route("/upload", web::put().to(upload));
    let server = HttpServer::new(app).disable_signals().shutdown_timeout(u64::MAX).bind(address)?;
    println!("listening on http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    graceful::spawn(async move {
        graceful::drain_started().await;
        handle.stop(true).await;
    });
    graceful::ready();
    server.await
}

/// Counts a request as in flight until its answer begins.
async fn track(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse, Error> {
    let _in_flight = graceful::track();
    println!("{} begun", request.path());
    next.call(request).await
}

async fn upload(body: web::Bytes) -> String {
    format!("{} bytes", body.len())
}
