//! A listener that does handshakes beside `accept`.

mod lost;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use ::axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

pub(crate) use self::lost::Cause;
use self::lost::Lost;
use super::accepts::{Accepts, Status};
use super::client::Client;
use super::drain::{Drain, IDLE_TIMEOUT};
use crate::in_flight::{Describe, ForcedEnd};
use crate::outcome::caught_async;
use crate::program::program;

/// Half of the file descriptors that a process has on most systems.
const DEFAULT_LIMIT: usize = 512;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Does work on each connection before it is served, such as a handshake: beside `accept`, so no client waits for
/// another.
///
/// `begin` gets each connection that `listener` accepts, and returns the future of its handshake. Each handshake is its
/// own task. When it succeeds, [`serve`](super::serve()) gets the result as the connection, with the client's address.
/// So [`Incoming::io`](super::Incoming::io) has what the handshake has learned. For TLS with rustls see `tls` (feature
/// `tls`), which is built on this function.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use tokio::io::AsyncReadExt;
/// use tokio::net::{TcpListener, TcpStream};
///
/// # async fn example(router: axum::Router) -> std::io::Result<()> {
/// // A balancer sends 16 bytes before the first request.
/// let listener = TcpListener::bind("0.0.0.0:8080").await?;
/// let listener = graceful::axum::handshake(listener, async |mut client: TcpStream| {
///     client.read_exact(&mut [0; 16]).await?;
///     Ok(client)
/// });
/// graceful::axum::serve(listener.timeout(Duration::from_secs(3)), router).await
/// # }
/// ```
///
/// # Clients that stay silent
///
/// A handshake has [10 s](Handshakes::timeout). When [512](Handshakes::limit) are under way and another client connects,
/// the one that has waited longest is dropped. An honest handshake takes milliseconds, so it succeeds although many
/// clients stay silent, and the memory is bounded.
///
/// A handshake that fails, panics or takes too long ends its own connection and nothing else. The log has at most one
/// line per second for each of these.
///
/// # The drain
///
/// When the drain begins, the clients that have connected are accepted, and the listener is closed. Handshakes that are
/// under way, or begin then, have a third of the drain, at most 5 s. What their clients have sent is answered.
///
/// # Cancel safety
///
/// `listener.accept()` must be cancel safe, as it is for TCP and Unix listeners, for those with `tap_io`, and for
/// [`Handshakes`]. Work on a connection belongs in `begin`, which is not cancelled. The `accept` of the returned listener
/// is cancel safe.
pub fn handshake<L, F, H, S>(listener: L, begin: F) -> Handshakes<L, S>
where
    L: Listener,
    F: Fn(L::Io) -> H + Send + Sync + 'static,
    H: Future<Output = io::Result<S>> + Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let begin = Arc::new(begin);
    Handshakes {
        accepts: Accepts::new(listener),
        spawn: Box::new(move |tasks, number, io, limit| {
            let begin = Arc::clone(&begin);
            let handshake = Box::pin(async move { begin(io).await });
            tasks.spawn(async move { (number, ended(timeout(limit, caught_async(handshake)).await)) })
        }),
        limit: DEFAULT_LIMIT,
        timeout: DEFAULT_TIMEOUT,
        tasks: JoinSet::new(),
        under_way: VecDeque::new(),
        accepted: None,
        begun: 0,
        end: None,
        lost: Lost::default(),
    }
}

fn ended<S, T>(ended: Result<Result<io::Result<S>, String>, T>) -> Result<S, Cause> {
    match ended {
        Ok(Ok(Ok(stream))) => Ok(stream),
        Ok(Ok(Err(error))) => Err(Cause::Failed(error)),
        Ok(Err(message)) => Err(Cause::Panicked(message)),
        Err(_) => Err(Cause::TimedOut),
    }
}

/// A listener whose connections have finished a handshake. Returned by [`handshake`].
///
/// Its connections are those that the handshake returns, and its addresses those of the listener inside. With
/// `into_make_service_with_connect_info::<SocketAddr>()` handlers get the client's address as they do without it.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::axum::Handshakes;
/// use tokio::net::{TcpListener, TcpStream};
///
/// async fn bind() -> std::io::Result<Handshakes<TcpListener, TcpStream>> {
///     let listener = TcpListener::bind("0.0.0.0:8080").await?;
///     let listener = graceful::axum::handshake(listener, async |client: TcpStream| {
///         client.readable().await?;
///         Ok(client)
///     });
///     Ok(listener.limit(1000).timeout(Duration::from_secs(3)))
/// }
/// ```
#[must_use = "a listener does nothing unless it is served"]
pub struct Handshakes<L: Listener, S> {
    accepts: Accepts<L>,
    spawn: Spawn<L::Io, S>,
    limit: usize,
    timeout: Duration,
    tasks: JoinSet<Ended<S>>,
    /// In the order of their numbers, so the one that has waited longest comes first.
    under_way: VecDeque<Handshake<L::Addr>>,
    /// Stays in flight until the next `accept`: by then the caller counts the connection.
    accepted: Option<Arc<Opening>>,
    /// How many handshakes have begun.
    begun: u64,
    /// When those that are under way are dropped. `None` while the listener is open.
    end: Option<Pin<Box<dyn Future<Output = Option<()>> + Send>>>,
    lost: Lost,
}

/// The number of a handshake, and its result.
type Ended<S> = (u64, Result<S, Cause>);

type Spawn<I, S> = Box<dyn Fn(&mut JoinSet<Ended<S>>, u64, I, Duration) -> AbortHandle + Send + Sync>;

struct Handshake<A> {
    number: u64,
    address: A,
    task: AbortHandle,
    opening: Arc<Opening>,
}

/// A connection whose handshake is under way.
#[derive(Debug)]
struct Opening(Client);

impl Describe for Opening {
    fn describe(&self) -> String {
        self.0.describe("a connection", "in its handshake")
    }

    fn forced_end(&self) -> ForcedEnd {
        ForcedEnd::Cuts
    }
}

enum Event<I, A, S> {
    Connected(I, A),
    Closed,
    Ended(Ended<S>),
}

impl<L: Listener, S> Handshakes<L, S> {
    /// Sets how many handshakes may be under way. Default: 512. Zero counts as one.
    ///
    /// When another client connects, the handshake that has waited longest is dropped. Each takes a file descriptor, so
    /// keep the limit well below the process's own (`ulimit -n`, often 1024).
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # use tokio::net::{TcpListener, TcpStream};
    /// # fn example(listener: TcpListener) -> graceful::axum::Handshakes<TcpListener, TcpStream> {
    /// graceful::axum::handshake(listener, async |client| Ok(client)).limit(10_000)
    /// # }
    /// ```
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.max(1);
        self
    }

    /// Sets how long a handshake may take. Default: 10 s.
    ///
    /// After the drain has begun it has a third of the drain, at most 5 s, if that is shorter.
    ///
    /// ```no_run
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # use std::time::Duration;
    /// # use tokio::net::{TcpListener, TcpStream};
    /// # fn example(listener: TcpListener) -> graceful::axum::Handshakes<TcpListener, TcpStream> {
    /// graceful::axum::handshake(listener, async |client| Ok(client)).timeout(Duration::from_secs(3))
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<L, S> Listener for Handshakes<L, S>
where
    L: Listener,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Io = S;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (S, L::Addr) {
        self.accepted = None;
        loop {
            match self.event().await {
                Event::Connected(io, address) => self.begin(io, address),
                Event::Closed => return self.finish().await,
                Event::Ended(ended) => {
                    if let Some(accepted) = self.take(ended) {
                        return accepted;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<L::Addr> {
        self.accepts.local_addr()
    }
}

impl<L, S> Handshakes<L, S>
where
    L: Listener,
    S: Send + 'static,
{
    /// Waits for a handshake to end, or for a client to connect.
    async fn event(&mut self) -> Event<L::Io, L::Addr, S> {
        let Self { accepts, tasks, lost, .. } = self;
        let mut next = pin!(accepts.next(|scope| Drain::begin(IDLE_TIMEOUT, scope)));
        poll_fn(|cx| {
            Status::Open.report();
            // First, so that none that has ended is taken for one that waits.
            if let Poll::Ready(Some(ended)) = poll_ended(tasks, cx) {
                return Poll::Ready(Event::Ended(ended));
            }
            lost.poll(cx);
            let next = next.as_mut().poll(cx);
            next.map(|connected| connected.map_or(Event::Closed, |(io, address)| Event::Connected(io, address)))
        })
        .await
    }

    fn begin(&mut self, io: L::Io, address: L::Addr) {
        if self.under_way.len() >= self.limit {
            self.drop_oldest();
        }
        self.begun += 1;
        let number = self.begun;
        let task = (self.spawn)(&mut self.tasks, number, io, self.timeout);
        let scope = self.accepts.scope();
        let opening = Arc::new(Opening(Client::accepted_from(&address, scope)));
        let described: Weak<Opening> = Arc::downgrade(&opening);
        if let Some(scope) = scope {
            scope.connections().add(Weak::<Opening>::clone(&described));
        }
        program().connections.add(described);
        self.under_way.push_back(Handshake { number, address, task, opening });
    }

    fn drop_oldest(&mut self) {
        // One that has ended is about to be accepted.
        let oldest = self.under_way.iter().position(|handshake| !handshake.task.is_finished());
        if let Some(oldest) = oldest.and_then(|oldest| self.under_way.remove(oldest)) {
            oldest.task.abort();
            self.lost.note(Cause::CrowdedOut(self.limit), oldest.opening.0.peer());
        }
    }

    /// Takes a handshake that has ended. `None`: it has no connection to serve.
    fn take(&mut self, (number, result): Ended<S>) -> Option<(S, L::Addr)> {
        let index = self.under_way.binary_search_by_key(&number, |handshake| handshake.number).ok()?;
        let handshake = self.under_way.remove(index)?;
        match result {
            Ok(stream) => {
                self.accepted = Some(handshake.opening);
                Some((stream, handshake.address))
            }
            Err(cause) => {
                self.lost.note(cause, handshake.opening.0.peer());
                None
            }
        }
    }

    /// Waits for the handshakes that are under way after the listener has been closed. Never ends if none succeeds.
    async fn finish(&mut self) -> (S, L::Addr) {
        poll_fn(|cx| {
            while let Poll::Ready(Some(ended)) = poll_ended(&mut self.tasks, cx) {
                if let Some(accepted) = self.take(ended) {
                    Status::Open.report();
                    return Poll::Ready(accepted);
                }
            }
            let end = self.accepts.request_end().unwrap_or_else(Instant::now);
            let end = self.end.get_or_insert_with(|| {
                // The drain may be cut short.
                Box::pin(program().cut_connections.run_until_cancelled(sleep_until(end)))
            });
            if !self.under_way.is_empty() && end.as_mut().poll(cx).is_ready() {
                for late in self.under_way.drain(..) {
                    self.lost.note(Cause::TimedOut, late.opening.0.peer());
                }
                self.tasks.abort_all();
            }
            if self.under_way.is_empty() {
                Status::Closed.report()
            } else {
                Status::Open.report()
            }
            Poll::Pending
        })
        .await
    }
}

/// The next handshake that has ended and was not aborted. `Ready(None)`: none is under way.
fn poll_ended<S: 'static>(tasks: &mut JoinSet<Ended<S>>, cx: &mut Context<'_>) -> Poll<Option<Ended<S>>> {
    loop {
        match tasks.poll_join_next(cx) {
            Poll::Ready(Some(Ok(ended))) => return Poll::Ready(Some(ended)),
            Poll::Ready(Some(Err(_))) => {}
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        }
    }
}

impl<L: Listener, S> fmt::Debug for Handshakes<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, timeout, under_way, .. } = self;
        f.debug_struct("Handshakes")
            .field("limit", limit)
            .field("timeout", timeout)
            .field("under_way", &under_way.len())
            .finish_non_exhaustive()
    }
}
