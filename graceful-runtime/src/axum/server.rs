//! `serve`: the server, from its configuration to its end.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use ::axum::serve::Listener;
use tokio_util::sync::CancellationToken;

use super::accepts::Accepts;
use super::activity::Activity;
use super::client::Client;
use super::connection::Connection;
use super::drain::{Clients, IDLE_TIMEOUT, Server};
use super::make_service::{Incoming, MakeService};
use crate::http::DrainLayer;
use crate::observe;
use crate::program::program;
use crate::scope::{Listening, Part, Scope};

/// Serves `router` on `listener` until the end of the drain: an `axum::serve` whose shutdown loses no request.
///
/// Await the returned [`Serve`]. It takes the same listeners as `axum::serve` (TCP, Unix, your own, each with
/// `tap_io`), and the same services: see [`MakeService`]. It speaks HTTP/1 and HTTP/2. For TLS wrap the listener with
/// `tls` (feature `tls`) or [`handshake`](super::handshake).
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use axum::Router;
/// use axum::routing::get;
/// use tokio::net::TcpListener;
///
/// # async fn example() -> std::io::Result<()> {
/// let router = Router::new().route("/", get(|| async { "hello" }));
/// graceful::axum::serve(TcpListener::bind("0.0.0.0:8080").await?, router).await
/// # }
/// ```
///
/// # What it does
///
/// - **At the first poll** it calls [`ready`](crate::ready), unless [`without_ready`](Serve::without_ready) was set.
/// - **After the trigger** answers over HTTP/1 have `Connection: close`, so that clients connect elsewhere. During the
///   lame duck it still accepts connections.
/// - **When the drain begins** it accepts the connections that wait already, and closes the listener. It answers what
///   clients had sent by then, also several requests in a row. Idle connections wait for the [linger](Serve::linger),
///   and are then closed; one that has just connected and sent nothing yet has ten times as long after its accept. HTTP/2
///   clients get GOAWAY at once; one that has just connected, after its first request. One without a stream that does not
///   acknowledge it has ten times the linger, too.
/// - **During the drain** requests in progress continue to their end. A request whose head is incomplete has a third of
///   the drain, at most 5 s. After an answer to a request whose body is still being sent, the rest of the body is read
///   and discarded for at most 2 s, so that a reset does not destroy the answer.
/// - **When the drain ends** the remaining connections are cut, before teardown begins. Only a WebSocket over HTTP/2
///   may notice a little later. A connection on which the application still produces an answer is abandoned work, with exit
///   code 1. One that its client holds open is counted in [`Report::cut`](crate::Report::cut), and the end stays clean:
///   see [`unclean_when_cut`](Serve::unclean_when_cut).
///
/// # Listeners
///
/// What clients have sent before the drain is answered for these listeners: tokio's for TCP and Unix sockets, and
/// [`Handshakes`](super::Handshakes) on them, which includes TLS. Tests hold it for each.
///
/// Any other listener may do work in its `accept`, which `serve` cannot see. So it is polled until it has accepted
/// nothing for the [linger](Serve::linger), at most 1 s or a tenth of the drain, and is then dropped with what it was
/// doing. Clients that wait behind a slower `accept` are lost: do such work with [`handshake`](super::handshake).
///
/// # The end
///
/// Each open connection is in flight, also after an upgrade, so the drain waits for WebSockets. Streams and long
/// polls should end with [`until_drain`](crate::until_drain()), and WebSockets await [`drain_started`](crate::drain_started)
/// and close.
///
/// It returns when the listener is closed and the last connection has ended. Each connection is its own task: it
/// survives when the future is dropped, and the drain waits for it. A server that ends before the service does is
/// [in a scope](Serve::in_scope). In a program that graceful does not run, it behaves like `axum::serve`.
///
/// # Errors
///
/// At present none. The listener handles errors of accept: axum's wait for a second when the process has too many open
/// files.
///
/// # Panics
///
/// If it is polled outside of a tokio runtime with I/O and time enabled.
///
/// # Cancel safety
///
/// Cancel safe: dropping the future closes the listener and nothing else.
pub fn serve<L, M>(listener: L, router: M) -> Serve<L, M>
where
    L: Listener,
    M: MakeService<L>,
{
    program().lifecycle.participation.begin();
    let clients = Clients::default();
    Serve {
        listener,
        router,
        linger: IDLE_TIMEOUT,
        header_timeout: None,
        layer: None,
        calls_ready: true,
        clients,
        scope: None,
    }
}

/// A server and its settings, to be awaited. Returned by [`serve`].
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
/// let server = graceful::axum::serve(listener, router)
///     .linger(Duration::from_millis(50))
///     .header_timeout(Duration::from_secs(10));
/// println!("listening on {}", server.local_addr()?);
/// server.await
/// # }
/// ```
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<L, M> {
    listener: L,
    router: M,
    linger: Duration,
    header_timeout: Option<Duration>,
    layer: Option<DrainLayer>,
    calls_ready: bool,
    clients: Clients,
    scope: Option<Arc<dyn Part>>,
}

impl<L: Listener, M> Serve<L, M> {
    /// Puts the [layer](crate::http::layer()) around the router: requests that arrive during the drain are refused.
    ///
    /// Without it they are served. It has the effect of `Router::layer`, at a lower cost: axum boxes the service and
    /// the body of a router's layer.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
    /// graceful::axum::serve(listener, router).layer(graceful::http::layer()).await
    /// # }
    /// ```
    pub fn layer(mut self, layer: DrainLayer) -> Self {
        self.layer = Some(layer);
        self
    }

    /// Sets how long an idle connection stays open after the drain has begun. Default: 100 ms.
    ///
    /// A request that was on its way is answered in that time. With zero only what has arrived is answered. A connection has
    /// ten times as long for its first request, counted from its accept, and so has an HTTP/2 client to acknowledge the
    /// GOAWAY. Each of these is at most a tenth of the drain.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// Sets how long an HTTP/1 connection may take for a request's head, idle time included. Default: no limit.
    ///
    /// A limit costs a timer for each request. During the drain there is always one.
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = Some(timeout);
        self
    }

    /// Serves without calling [`ready`](crate::ready), for an admin server beside the public one.
    ///
    /// The program is then ready when another server says so, or a part of its [readiness](crate::readiness()).
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn example(listener: tokio::net::TcpListener, admin: axum::Router) {
    /// let admin = graceful::axum::serve(listener, admin).without_ready();
    /// graceful::spawn_critical("admin", async { admin.await });
    /// # }
    /// ```
    pub fn without_ready(mut self) -> Self {
        self.calls_ready = false;
        self
    }

    /// Serves in a scope, and ends with it: a tenant's own listener, for example. The rest of the service continues.
    ///
    /// - The drain of the server begins with that of the scope, of a scope around it, or of the service. It is the one that
    ///   [`serve`] describes, within the timeout of the shutdown. Answers have `Connection: close` from its begin.
    /// - Each connection is in flight in the scope, and so is each handshake of [`Handshakes`](super::Handshakes). The end of the
    ///   scope waits for them, and for the listener to be closed.
    /// - When the scope aborts its tasks, the remaining connections are cut. Those on which the application still produces an answer
    ///   are in [`ScopeReport::abandoned`](crate::ScopeReport::abandoned), and not in the report of the service. Those that their
    ///   clients hold open have a line in the log.
    /// - The future returns when the listener is closed and the last connection has ended, at the latest with the scope. In a scope
    ///   that has ended it closes the listener and returns at once.
    /// - It does not call [`ready`](crate::ready()), since a part does not speak for the service.
    ///
    /// Streams and WebSockets of the server end with [`Scope::until_drain`] and [`Scope::drain_started`]. The
    /// [layer](Self::layer) of the server refuses requests in the drain of the scope; one around the router knows only that of the
    /// service.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use axum::Router;
    /// use tokio::net::TcpListener;
    ///
    /// async fn start(name: &str, address: &str, router: Router) -> std::io::Result<()> {
    ///     let tenant = graceful::scope(name);
    ///     let server = graceful::axum::serve(TcpListener::bind(address).await?, router).in_scope(&tenant);
    ///     tenant.spawn(server.into_future());
    ///     Ok(())
    /// }
    ///
    /// /// Its requests in progress are answered.
    /// async fn stop(name: &str) {
    ///     let report = graceful::scope(name).shut_down(Duration::from_secs(10)).await;
    ///     println!("{report}");
    /// }
    /// # let _ = (start, stop);
    /// ```
    pub fn in_scope(mut self, scope: &Scope) -> Self {
        self.scope = Some(scope.part());
        self.calls_ready = false;
        self
    }

    /// Sets whether the end is unclean when connections are cut at the end of the drain because their clients hold them open.
    /// Default: `false`.
    ///
    /// Such a client has not sent the rest of its request, does not read, or keeps an upgraded connection open. By default its
    /// connection is counted in [`Report::cut`](crate::Report::cut), and the end stays clean, since otherwise any client could
    /// decide the exit code. With `true` the connection counts as abandoned work, with exit code 1.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
    /// graceful::axum::serve(listener, router).unclean_when_cut(true).await
    /// # }
    /// ```
    pub fn unclean_when_cut(mut self, unclean: bool) -> Self {
        self.clients.unclean_when_cut = unclean;
        self
    }

    /// Sets how long an upgraded HTTP/1 connection, such as a WebSocket, stays open during the drain while no byte moves on it.
    /// Default: until the end of the drain.
    ///
    /// After that time its reads and writes fail, as at the end of the drain, and it counts as cut. The time starts with the
    /// drain, and again with each read or write. A task that waits for neither is not disturbed. WebSockets over HTTP/2 have no
    /// such bound.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
    /// graceful::axum::serve(listener, router).upgrade_idle_timeout(Duration::from_secs(2)).await
    /// # }
    /// ```
    pub fn upgrade_idle_timeout(mut self, timeout: Duration) -> Self {
        self.clients.upgrade_idle_timeout = Some(timeout);
        self
    }

    /// Sets whether an HTTP/1 client that has closed its sending half gets its answer, also in the drain. Default: `false`.
    ///
    /// `nc -N` and some health checkers close that half after the request. It looks the same as a client that has gone away,
    /// whose handler is dropped by default. With `true` such a handler runs to its end, or until a write fails, and the drain
    /// waits for it.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
    /// graceful::axum::serve(listener, router).half_close(true).await
    /// # }
    /// ```
    pub fn half_close(mut self, allowed: bool) -> Self {
        self.clients.half_close = allowed;
        self
    }

    /// Not needed: the server drains by itself. It exists for the compiler's message.
    #[doc(hidden)]
    pub fn with_graceful_shutdown<F: NotNeeded>(self, _: F) -> Self {
        self
    }

    /// Returns the address that the listener is bound to.
    ///
    /// # Errors
    ///
    /// The errors of the listener.
    pub fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }
}

/// What `with_graceful_shutdown` would need. No type implements it.
///
/// ```compile_fail,E0277
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) {
/// graceful::axum::serve(listener, router).with_graceful_shutdown(async {}).await;
/// # }
/// ```
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`with_graceful_shutdown` is not needed: `graceful::axum::serve` ends with the drain",
    label = "remove the call",
    note = "to start the shutdown on another event than a signal, await it in a task that calls `graceful::request_shutdown()`"
)]
pub trait NotNeeded {}

impl<L, M> IntoFuture for Serve<L, M>
where
    L: Listener,
    M: MakeService<L> + Send + 'static,
{
    type Output = io::Result<()>;
    type IntoFuture = ServeFuture;

    fn into_future(self) -> ServeFuture {
        ServeFuture(Box::pin(run(self)))
    }
}

impl<L: fmt::Debug, M: fmt::Debug> fmt::Debug for Serve<L, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listener, router, linger, header_timeout, layer, calls_ready, clients, scope } = self;
        f.debug_struct("Serve")
            .field("listener", listener)
            .field("router", router)
            .field("linger", linger)
            .field("header_timeout", header_timeout)
            .field("layer", layer)
            .field("calls_ready", calls_ready)
            .field("clients", clients)
            .field("scope", &scope.as_ref().map(|scope| scope.path()))
            .finish()
    }
}

/// The future of a server. [`Serve`] turns into it when it is awaited.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::axum::ServeFuture;
///
/// # async fn example(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
/// let server: ServeFuture = graceful::axum::serve(listener, router).into_future();
/// graceful::spawn(server);
/// # Ok(())
/// # }
/// ```
#[must_use = "a server does nothing unless it is awaited"]
pub struct ServeFuture(Pin<Box<dyn Future<Output = io::Result<()>> + Send>>);

impl Future for ServeFuture {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ServeFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeFuture").finish_non_exhaustive()
    }
}

async fn run<L, M>(serve: Serve<L, M>) -> io::Result<()>
where
    L: Listener,
    M: MakeService<L>,
{
    if serve.calls_ready {
        observe::set_ready();
    }
    let listening = match serve.scope.map(Listening::begin) {
        None => None,
        Some(Some(listening)) => Some(listening),
        // The scope has ended.
        Some(None) => return Ok(()),
    };
    let scope = listening.as_ref().map(|listening| listening.scope().clone());
    let closed = CancellationToken::new();
    let server = Arc::new(Server::new(
        serve.header_timeout,
        serve.layer.map(DrainLayer::into_rules),
        serve.linger,
        serve.clients,
        scope.clone(),
        closed.clone().drop_guard(),
    ));
    accept_all(serve.listener, serve.router.prepare(), &server).await;
    drop((listening, server));
    match scope {
        None => closed.cancelled().await,
        // What has not ended then is not waited for.
        Some(scope) => drop(closed.run_until_cancelled(scope.has_ended()).await),
    }
    Ok(())
}

/// Accepts until the drain has begun and no client waits any more.
async fn accept_all<L, M>(listener: L, mut router: M, server: &Arc<Server>)
where
    L: Listener,
    M: MakeService<L>,
{
    let mut accepts = Accepts::new(listener);
    if let Some(scope) = server.scope() {
        accepts.set_scope(scope);
    }
    while let Some((io, remote_addr)) = accepts.next(|_| *server.drain_begun()).await {
        let client = Client::accepted_from(&remote_addr, server.scope());
        let making = router.make(Incoming::new(&io, remote_addr));
        let Ok(service) = making.await;
        let activity = Activity::new(client, Arc::clone(server));
        tokio::spawn(Connection::new(io, service, activity));
    }
}
