//! The supervisor's own probes: answered on its thread, so also while the application drains, is blocked, or has no HTTP.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::http::header::{ALLOW, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::error::{Error, ErrorKind};
use crate::heartbeat::Heartbeat;
use crate::probe::Answer;
use crate::program::{Program, program};
use crate::{probe, spawn};

/// How many may wait to be accepted: a storm of probes is no reason to have one of them come again a second later.
const BACKLOG: u32 = 1024;

/// Takes the address, if there is one: from here on clients can connect. Call it inside a runtime whose I/O driver is
/// enabled.
pub(crate) fn bind(program: &Program) -> Result<Option<(TcpListener, SocketAddr)>, Error> {
    let Some(address) = program.config().probes_config().address else { return Ok(None) };
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    let what = || format!("cannot serve the probes on {address}");
    bind().map(Some).map_err(|cause| Error::caused(ErrorKind::Probes, what(), cause))
}

/// Where the probes are served: the address of main's key `probes`, or of the variable `GRACEFUL_PROBES`, with the port
/// that the system chose if that was 0. `None` when none are served, and before main starts.
#[must_use]
pub fn probes_address() -> Option<SocketAddr> {
    program().probes_address()
}

/// How long a client may take to send its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// More than any probe sends. It is what a client can make us keep.
const MAX_HEAD: usize = 16 * 1024;

/// Answers until the process is gone.
pub(crate) async fn serve(program: &'static Program, listener: TcpListener, app: Handle) {
    program.set_serves_probes();
    let heartbeat = Arc::new(Heartbeat::new(program.config().probes_config().heartbeat_timeout));
    let beating = Arc::clone(&heartbeat);
    spawn::task(&Handle::current(), async move { beating.run(&app).await });
    let mut connections = Connections::default();
    loop {
        let client = connections.accept(&listener).await;
        let heartbeat = Arc::clone(&heartbeat);
        connections.add(|has_asked| connection(program, heartbeat, client, has_asked));
        // The clients that are there get their turn before more of them are let in.
        tokio::task::yield_now().await;
    }
}

async fn connection(program: &'static Program, heartbeat: Arc<Heartbeat>, client: TcpStream, has_asked: HasAsked) {
    let (has_asked, heartbeat) = (&has_asked, &*heartbeat);
    let service = service_fn(async |request: ::http::Request<_>| {
        has_asked.set();
        let _: ::http::Request<hyper::body::Incoming> = request;
        Ok::<_, Infallible>(response(program, heartbeat, request.method(), request.uri().path()).await)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(client), service);
    // An error means that the client has gone away or does not speak HTTP: there is nobody to report it to.
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
        probe::LIVEZ => probe::live(program, heartbeat.blocked_for()),
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

/// So few that the application is not short of descriptors: 1024 is what a process usually may have.
const MAX_CONNECTIONS: usize = 256;

/// How long to wait for one to end when all of them wait for an answer, before the oldest gives way all the same.
const YIELD_TIMEOUT: Duration = Duration::from_secs(1);

/// After an error of accept that is not the client's. When a client of ours goes before, it is over.
const AFTER_AN_ERROR: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
struct Connections {
    open: JoinSet<()>,
    /// In the order in which they came. Those that have ended leave it when it is looked at.
    clients: VecDeque<Client>,
}

#[derive(Debug)]
struct Client {
    task: AbortHandle,
    has_asked: HasAsked,
}

/// Whether a client has sent its request.
#[derive(Debug, Clone, Default)]
struct HasAsked(Arc<AtomicBool>);

impl HasAsked {
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Connections {
    /// The next client, once there is room for it. Doesn't fail: without descriptors it waits until there is one.
    async fn accept(&mut self, listener: &TcpListener) -> TcpStream {
        loop {
            self.make_room().await;
            match listener.accept().await {
                Ok((client, _)) => return client,
                Err(error) if is_the_clients(error.kind()) => {}
                Err(_) => {
                    self.let_go(|client| !client.has_asked.get());
                    if self.open.is_empty() {
                        sleep(AFTER_AN_ERROR).await;
                    } else {
                        let _ = timeout(AFTER_AN_ERROR, self.open.join_next()).await;
                    }
                }
            }
        }
    }

    fn add<F>(&mut self, connection: impl FnOnce(HasAsked) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let has_asked = HasAsked::default();
        let task = self.open.spawn(connection(has_asked.clone()));
        self.clients.push_back(Client { task, has_asked });
    }

    async fn make_room(&mut self) {
        while self.open.try_join_next().is_some() {}
        while self.open.len() >= MAX_CONNECTIONS {
            self.clients.retain(|client| !client.task.is_finished());
            self.let_go(|client| !client.has_asked.get());
            if timeout(YIELD_TIMEOUT, self.open.join_next()).await.is_err() {
                self.let_go(|_| true);
            }
        }
        if self.clients.len() > 2 * MAX_CONNECTIONS {
            self.clients.retain(|client| !client.task.is_finished());
        }
    }

    /// Closes the connection of the oldest client of this kind, if there is one.
    fn let_go(&mut self, kind: impl Fn(&Client) -> bool) {
        if let Some(oldest) = self.clients.iter().position(kind)
            && let Some(client) = self.clients.remove(oldest)
        {
            client.task.abort();
        }
    }
}

/// It has gone before it was accepted.
fn is_the_clients(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}
