//! The listener, and one connection: one request, one answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{ALLOW, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

use super::connections::{Asked, Connections};
use crate::heartbeat::Heartbeat;
use crate::probe::{self, Answer};
use crate::program::Program;

/// How long a client may take to send its request.
const TO_ASK: Duration = Duration::from_secs(5);

/// More than any probe sends. It is what a client can make us keep.
const LARGEST_HEAD: usize = 16 * 1024;

/// Answers until the process is gone.
pub(crate) async fn serve(program: &'static Program, listener: TcpListener, app: Handle) {
    program.set_serves_probes();
    let heartbeat = Arc::new(Heartbeat::new(program.config().probes_config().heartbeat_timeout));
    let beating = Arc::clone(&heartbeat);
    tokio::spawn(async move { beating.run(&app).await });
    let mut connections = Connections::default();
    loop {
        let client = connections.accept(&listener).await;
        let heartbeat = Arc::clone(&heartbeat);
        connections.add(|asked| connection(program, heartbeat, client, asked));
        // The clients that are there get their turn before more of them are let in.
        tokio::task::yield_now().await;
    }
}

async fn connection(program: &'static Program, heartbeat: Arc<Heartbeat>, client: TcpStream, asked: Asked) {
    let (asked, heartbeat) = (&asked, &*heartbeat);
    let service = service_fn(async |request: ::http::Request<_>| {
        asked.set();
        let _: ::http::Request<hyper::body::Incoming> = request;
        Ok::<_, Infallible>(response(program, heartbeat, request.method(), request.uri().path()).await)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TO_ASK)
        .max_buf_size(LARGEST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(client), service);
    // A client that goes away, or speaks no HTTP: nobody is left to be told.
    let _ = served.await;
}

async fn response(program: &'static Program, heartbeat: &Heartbeat, method: &Method, path: &str) -> Response<String> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let Answer { code, json } = match path {
        probe::HEALTH => probe::health(program).await,
        probe::READY | probe::READYZ => probe::ready(program).await,
        probe::LIVEZ => probe::live(program, heartbeat.silence()),
        _ => return error(StatusCode::NOT_FOUND, &format!("the probes are {}", probe::PATHS.join(", "))),
    };
    with_json(StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE), json)
}

fn error(code: StatusCode, what: &str) -> Response<String> {
    with_json(code, format!("{{\"error\": \"{what}\"}}"))
}

fn with_json(code: StatusCode, json: String) -> Response<String> {
    let mut response = Response::new(json);
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
