//! The probes that the supervisor's thread answers, also while the application drains, is blocked, or has no HTTP.

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

/// How many clients may wait to be accepted. A client that finds the queue full retries only after a second.
const BACKLOG: u32 = 1024;

/// Binds the listener, if an address is configured. Clients can connect after this. Call it inside a runtime whose I/O
/// driver is enabled.
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
    let bound = bind().map_err(|cause| Error::caused(ErrorKind::Probes, what(), cause))?;
    // Not when the first client comes: a signal may come before.
    program.lifecycle.readiness.probes_wait();
    Ok(Some(bound))
}

/// Returns the address on which the supervisor answers probes. `None` if it serves none, and before main starts.
///
/// It is the address of main's key `probes`, of [`Config::probes`](crate::Config::probes) or of the environment
/// variable `GRACEFUL_PROBES`. If its port was 0, this one has the port that the system chose.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// if let Some(address) = graceful::probes_address() {
///     println!("curl http://{address}/readyz");
/// }
/// ```
#[must_use]
pub fn probes_address() -> Option<SocketAddr> {
    program().probes_address()
}

/// How long a client may take to send its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The most that is buffered for a client, in bytes. It is more than any probe sends.
const MAX_HEAD: usize = 16 * 1024;

/// Answers until the process is gone.
pub(crate) async fn serve(program: &'static Program, listener: TcpListener, app: Handle) {
    let heartbeat = Arc::new(Heartbeat::new(program.config().probes_config().heartbeat_timeout));
    let beating = Arc::clone(&heartbeat);
    spawn::task(&Handle::current(), async move { beating.run(&app).await });
    let mut connections = Connections::default();
    loop {
        let client = connections.accept(&listener).await;
        let heartbeat = Arc::clone(&heartbeat);
        connections.add(|has_asked| connection(program, heartbeat, client, has_asked));
        // Lets the open connections run before the next one is accepted.
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
    // An error means that the client has gone away or does not speak HTTP. Nobody could act on it.
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
        probe::LIVEZ | probe::HEALTHZ => probe::live(program, heartbeat.blocked_for()),
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

/// A quarter of the 1024 descriptors that a process usually may have, so that the application does not run short.
const MAX_CONNECTIONS: usize = 256;

/// How long to wait for a connection to end, before the oldest one is closed although it waits for an answer.
const YIELD_TIMEOUT: Duration = Duration::from_secs(1);

/// The pause after an error of accept that is not the client's. It is shorter if a connection ends.
const ACCEPT_ERROR_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
struct Connections {
    open: JoinSet<()>,
    /// In the order of arrival. Clients that have ended are removed later.
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
    /// Returns the next client, once there is room for it. Without free descriptors it waits for one.
    async fn accept(&mut self, listener: &TcpListener) -> TcpStream {
        loop {
            self.make_room().await;
            match listener.accept().await {
                Ok((client, _)) => return client,
                Err(error) if is_the_clients(error.kind()) => {}
                Err(_) => {
                    self.close_oldest(|client| !client.has_asked.get());
                    if self.open.is_empty() {
                        sleep(ACCEPT_ERROR_PAUSE).await;
                    } else {
                        let _ = timeout(ACCEPT_ERROR_PAUSE, self.open.join_next()).await;
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
            self.close_oldest(|client| !client.has_asked.get());
            if timeout(YIELD_TIMEOUT, self.open.join_next()).await.is_err() {
                self.close_oldest(|_| true);
            }
        }
        if self.clients.len() > 2 * MAX_CONNECTIONS {
            self.clients.retain(|client| !client.task.is_finished());
        }
    }

    /// Closes the connection of the oldest client of this kind, if one exists.
    fn close_oldest(&mut self, kind: impl Fn(&Client) -> bool) {
        if let Some(oldest) = self.clients.iter().position(kind)
            && let Some(client) = self.clients.remove(oldest)
        {
            client.task.abort();
        }
    }
}

/// Whether the client has gone before it was accepted.
fn is_the_clients(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}
