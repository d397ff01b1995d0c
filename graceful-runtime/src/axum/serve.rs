//! `serve`: the server, from its configuration to its end.

use std::any::Any;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use ::axum::serve::Listener;
use graceful_core::Phase;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::activity::Activity;
use super::connection::Connection;
use super::drain::{IDLE_TIMEOUT, Server, TURN};
use super::make_service::{Incoming, MakeService};
use crate::http::DrainLayer;
use crate::in_flight::Kind;
use crate::observe;
use crate::program::{program, work};

/// Serves `router` on `listener`, to the end of the drain: `axum::serve` with a shutdown that loses nothing.
///
/// Await what it returns. It takes the same listeners as `axum::serve` (TCP, Unix, your own, each with `tap_io`), and
/// the same services: see [`MakeService`]. It speaks HTTP/1 and HTTP/2.
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
/// - When it is first polled it calls [`ready`](crate::ready).
/// - **From the trigger on** answers over HTTP/1 carry `Connection: close`, so that clients go elsewhere. During the
///   lame duck it goes on accepting.
/// - **At the drain's start** it accepts what waits already, and closes the listener. What clients had sent by then is
///   answered, also several requests in a row; idle connections wait for the [linger](Serve::linger), then they are
///   closed. Over HTTP/2 the client is told at once to open no more streams.
/// - **During the drain** requests in progress go on until they end. A request whose head doesn't come to its end is
///   not waited for: it has a third of the drain, at most 5 s. An answer to a request whose body is still being sent is
///   kept from harm: what comes is read and forgotten, for at most 2 s.
/// - **At the drain's end** all that is left is cut. What uses a connection is gone before teardown begins; only a
///   WebSocket over HTTP/2 may still be about to notice.
///
/// Each open connection is in flight, also after an upgrade: a WebSocket is waited for. Long-lived answers and
/// WebSockets should watch [`drain_started`](crate::drain_started), and say goodbye.
///
/// It returns when the listener is closed and the last connection has ended. Connections are tasks of their own: they
/// live on when the future is dropped, and the drain waits for them. In a program that graceful doesn't run it is as
/// `axum::serve`.
///
/// # Errors
///
/// None as yet. What goes wrong in accepting is the listener's business: axum's wait for a second when the process has
/// too many open files.
///
/// # Panics
///
/// When it is polled outside of a tokio runtime that has I/O and time enabled.
///
/// # Cancel safety
///
/// Cancel safe: to drop the future closes the listener, and nothing else.
pub fn serve<L, M>(listener: L, router: M) -> Serve<L, M>
where
    L: Listener,
    M: MakeService<L>,
{
    Serve { listener, router, linger: IDLE_TIMEOUT, header_timeout: None, layer: None }
}

/// A server that is about to be started: see [`serve`].
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<L, M> {
    listener: L,
    router: M,
    linger: Duration,
    header_timeout: Option<Duration>,
    layer: Option<DrainLayer>,
}

impl<L: Listener, M> Serve<L, M> {
    /// Puts the [layer](crate::http::layer()) around the router: requests that come once the service drains are refused.
    ///
    /// Without it they are served, as those are that came before. It does what `Router::layer` would do with it, for
    /// less: axum boxes what a router's layer makes of the service and of the body.
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

    /// How long an idle HTTP/1 connection is kept open at the drain's start, for a request that is on its way already.
    ///
    /// 100 ms unless it is set here; never longer than a tenth of the drain. With zero only what has arrived is
    /// answered.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// How long the head of an HTTP/1 request may take, and how long a connection may be idle before it.
    ///
    /// There is no limit unless it is set here: it costs a timer for each request. The drain has its own.
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = Some(timeout);
        self
    }

    /// The address that the listener is bound to.
    ///
    /// # Errors
    ///
    /// Those of the listener.
    pub fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }
}

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
        let Self { listener, router, linger, header_timeout, layer } = self;
        f.debug_struct("Serve")
            .field("listener", listener)
            .field("router", router)
            .field("linger", linger)
            .field("header_timeout", header_timeout)
            .field("layer", layer)
            .finish()
    }
}

/// A server that runs, of [`Serve`].
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
    observe::ready();
    let closed = CancellationToken::new();
    let server = Arc::new(Server::new(
        serve.header_timeout,
        serve.layer.map(DrainLayer::into_rules),
        serve.linger,
        closed.clone().drop_guard(),
    ));
    accept_all(serve.listener, serve.router.prepare(), &server).await;
    drop(server);
    closed.cancelled().await;
    Ok(())
}

/// Accepts until the drain has begun and nobody waits any more.
async fn accept_all<L, M>(mut listener: L, mut router: M, server: &Arc<Server>)
where
    L: Listener,
    M: MakeService<L>,
{
    let mut turned = pin!(async {
        observe::drain_started().await;
        server.drain_begun();
        // Right after the start an empty queue proves nothing: the I/O driver may not have looked yet.
        sleep(TURN).await;
    });
    loop {
        let mut accept = pin!(listener.accept());
        let accepted = poll_fn(|cx| match accept.as_mut().poll(cx) {
            Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
            Poll::Pending => turned.as_mut().poll(cx).map(|()| None),
        });
        let Some((io, remote_addr)) = accepted.await else { return };
        // Only addresses of a network say anything about the client.
        let peer = (&remote_addr as &dyn Any).downcast_ref().copied();
        let making = router.make(Incoming::new(&io, remote_addr));
        let Ok(service) = making.await;
        let activity = Activity::new(work().track_as(Kind::Connection), peer, Arc::clone(server));
        tokio::spawn(Connection::new(io, service, activity));
        // In an endless row they are not let in for ever, and nothing else would have noticed the drain.
        if program().lifecycle.phase() >= Phase::Draining && Instant::now() > server.drain_begun().accept_end {
            return;
        }
    }
}
