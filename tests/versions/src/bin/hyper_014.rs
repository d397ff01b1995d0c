//! hyper 0.14. docs/migrating/other-servers.md shows this code; the prints are for the test.

use hyper_014 as hyper;

use std::env;
use std::net::SocketAddr;

use hyper::service::{make_service_fn, service_fn};
use hyper::{Body, Error, Request, Response, Server};

#[graceful::main(lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    example_log::log_to_terminal();
    let address: SocketAddr = env::args().nth(1).unwrap_or("0.0.0.0:8080".into()).parse()?;
    let service = make_service_fn(|_| async { Ok::<_, Error>(service_fn(answer)) });
    let server = Server::try_bind(&address)?.serve(service);
    println!("listening on http://{}", server.local_addr());
    graceful::ready();
    server.with_graceful_shutdown(graceful::drain_started()).await?;
    Ok(())
}

async fn answer(request: Request<Body>) -> Result<Response<Body>, Error> {
    let _in_flight = graceful::track();
    println!("{} begun", request.uri().path());
    let body = hyper::body::to_bytes(request.into_body()).await?;
    Ok(Response::new(Body::from(format!("{} bytes", body.len()))))
}
