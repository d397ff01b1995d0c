//! hyper with its own accept loop, HTTP/1.1 and HTTP/2 on one port: a simple form of what `graceful::axum::serve` does.
//!
//! Start it, begin an upload from a second terminal with `curl -T - http://127.0.0.1:8080/upload`, type a line, and
//! press Ctrl-C in the first. The upload continues until you end it with Ctrl-D. Meanwhile new connections are refused.
//!
//! ```text
//! $ cargo run -p example-07-hyper
//! listening on http://127.0.0.1:8080
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 1 handler; in the worst case 21 s of 28 s
//! upload begun
//! graceful: shutting down; press Ctrl-C again to stop waiting
//! new connections are refused
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 2 in flight
//!  INFO still draining: waiting for 1 tracked task, 1 in flight, at most 11 s longer
//! upload finished
//!  INFO drained in 1.8 s
//! database closed
//!  INFO shutdown handler `close_database` completed in 203 µs
//!  INFO shutdown after SIGINT took 1.801 s of 28 s: 1 handler completed; exit code 0
//! ```

use std::env;
use std::io;
use std::pin::pin;
use std::time::Duration;

use graceful::on_shutdown;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tower::{Layer, service_fn};

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> io::Result<()> {
    example_log::log_to_terminal();

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    graceful::ready();

    let mut draining = pin!(graceful::drain_started());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                // A connection is in flight, as a task; a request on it is too, through the layer.
                Ok((client, _)) => drop(graceful::spawn(serve(client))),
                Err(error) => {
                    eprintln!("cannot accept: {error}");
                    // Mostly there are too many connections. It gets better when some of them end.
                    sleep(Duration::from_millis(100)).await;
                }
            },
            () = &mut draining => break,
        }
    }
    drop(listener);
    println!("new connections are refused");
    Ok(())
}

async fn serve(client: TcpStream) {
    let mut http = Builder::new(TokioExecutor::new());
    // Without a limit, half a request that never goes on would keep the drain waiting.
    http.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5));
    http.http2().timer(TokioTimer::new());
    // Counts each request to the end of its answer's body, and refuses it with 503 once the drain has begun.
    let service = graceful::http::layer().layer(service_fn(answer));
    let mut connection =
        pin!(http.serve_connection_with_upgrades(TokioIo::new(client), TowerToHyperService::new(service)));

    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = graceful::drain_started() => {
            // Takes no further request, and ends after the one that it is at.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        eprintln!("a client is lost: {error}");
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (status, json) = match request.uri().path() {
        "/ready" if graceful::is_ready() => (StatusCode::OK, r#"{"status": "healthy"}"#.to_owned()),
        "/ready" => (StatusCode::SERVICE_UNAVAILABLE, r#"{"error": "Service shutting down"}"#.to_owned()),
        "/upload" => {
            println!("upload begun");
            let bytes = request.into_body().collect().await?.to_bytes().len();
            println!("upload finished");
            (StatusCode::OK, format!(r#"{{"bytes": {bytes}}}"#))
        }
        _ => (StatusCode::NOT_FOUND, r#"{"error": "Not found"}"#.to_owned()),
    };
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = status;
    Ok(response)
}

#[on_shutdown(timeout = "4s")]
async fn close_database() {
    println!("database closed");
}
