//! The timeouts of a server's connections in the drain.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use graceful_core::Phase;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::http::Rules;
use crate::lifecycle::Lifecycle;
use crate::program::program;
use crate::scope::InScope;

/// How long an idle connection waits for a request that was sent before the drain.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_millis(100);

/// So many times the linger has a client for what it could not know to be late: its first request, and its acknowledgement of a
/// GOAWAY. By default that is 1 s, which is enough around the world and back.
const PATIENCE: u32 = 10;

/// One turn of the I/O driver: a timer fires only after the driver has reported what has arrived.
pub(super) const TURN: Duration = Duration::from_millis(1);

/// How long waiting clients are accepted after the drain has begun, if they never stop coming.
const MAX_ACCEPTING: Duration = Duration::from_secs(1);

const MAX_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_LINGERING_CLOSE: Duration = Duration::from_secs(2);

/// The drain, for the connections of one server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drain {
    /// Until then, clients that wait at the listener are accepted.
    pub(super) accept_end: Instant,
    /// How long an idle connection waits for a request.
    linger: Duration,
    /// [`PATIENCE`] times the linger.
    patience: Duration,
    pub(super) begin: Instant,
    end: Instant,
}

impl Drain {
    /// Begins now, with the program's drain or that of the scope. An idle connection waits for `linger`, at most a tenth of it.
    pub(super) fn begin(linger: Duration, scope: Option<&InScope>) -> Self {
        let begin = Instant::now();
        let of_program = program().drain_deadline().map(Instant::from_std);
        let of_scope = scope.and_then(InScope::drain_end);
        let end = of_program.into_iter().chain(of_scope).min().unwrap_or(begin);
        let most = end.saturating_duration_since(begin) / 10;
        let after = |wanted: Duration| begin + wanted.min(most);
        Self {
            accept_end: after(MAX_ACCEPTING),
            linger: linger.min(most),
            patience: linger.saturating_mul(PATIENCE).min(most),
            begin,
            end,
        }
    }

    /// Until when the first request of a connection that was accepted at this time may be on its way, if it has sent nothing yet.
    pub(super) fn first_request_end(&self, accepted: Instant) -> Instant {
        self.idle_end(accepted).max(accepted + self.patience)
    }

    /// Until when an HTTP/2 connection that was accepted at this time is not told to go away, since its first stream may follow.
    pub(super) fn first_stream_end(&self, accepted: Instant) -> Instant {
        accepted + self.linger
    }

    /// Until when a connection that was accepted at this time waits for a request.
    pub(super) fn idle_end(&self, accepted: Instant) -> Instant {
        accepted.max(self.begin) + self.linger
    }

    /// Until when a listener whose `accept` may have work under way is polled, if it has accepted its last connection at
    /// this time.
    pub(super) fn accepting_end(&self, accepted: Instant) -> Instant {
        self.idle_end(accepted).min(self.accept_end)
    }

    /// How long a client may take to finish the request that it has begun to send, or to close.
    pub(super) fn request_timeout(&self, since: Instant) -> Duration {
        (self.end.saturating_duration_since(since) / 3).min(MAX_REQUEST_TIMEOUT)
    }

    /// When an HTTP/2 connection without streams is closed, although its client has not acknowledged that it goes away.
    pub(super) fn farewell_end(&self, since: Instant) -> Instant {
        since.max(self.begin) + self.patience.max(TURN)
    }

    /// How long to read and discard after the last answer.
    pub(super) fn lingering_close(drain: Option<&Self>) -> Duration {
        drain.map_or(MAX_LINGERING_CLOSE, |drain| drain.request_timeout(Instant::now()).min(MAX_LINGERING_CLOSE))
    }
}

/// What a server does about clients that do not do what most do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clients {
    pub(super) half_close: bool,
    pub(super) unclean_when_cut: bool,
    pub(super) upgrade_idle_timeout: Option<Duration>,
}

/// Shared by the listener and all connections of a server.
pub(super) struct Server {
    /// That of the program, which each request looks at.
    lifecycle: &'static Lifecycle,
    header_timeout: Option<Duration>,
    rules: Option<Rules>,
    linger: Duration,
    clients: Clients,
    scope: Option<InScope>,
    drain: OnceLock<Drain>,
    _closed: DropGuard,
}

impl Server {
    pub(super) fn new(
        header_timeout: Option<Duration>,
        rules: Option<Rules>,
        linger: Duration,
        clients: Clients,
        scope: Option<InScope>,
        closed: DropGuard,
    ) -> Self {
        let (lifecycle, drain) = (&program().lifecycle, OnceLock::new());
        Self { lifecycle, header_timeout, rules, linger, clients, scope, drain, _closed: closed }
    }

    /// The scope that it serves in.
    #[inline]
    pub(super) fn scope(&self) -> Option<&InScope> {
        self.scope.as_ref()
    }

    #[inline]
    pub(super) fn scope_drains(&self) -> bool {
        self.scope.as_ref().is_some_and(InScope::drains)
    }

    /// Whether an answer may be the last on its connection: after the trigger, and in the drain of the scope.
    #[inline]
    pub(super) fn is_ending(&self) -> bool {
        self.lifecycle.is_shutting_down() || self.scope_drains()
    }

    /// Whether the drain has begun.
    #[inline]
    pub(super) fn drains(&self) -> bool {
        // The phase has a lock that all connections share.
        self.scope_drains() || self.lifecycle.is_shutting_down() && self.lifecycle.phase() >= Phase::Draining
    }

    /// The token of the drain.
    pub(super) fn draining_token(&self) -> &CancellationToken {
        self.scope.as_ref().map_or_else(|| self.lifecycle.draining_token(), InScope::draining)
    }

    /// Cancelled when the connections are to be closed at once.
    pub(super) fn cut_token(&self) -> &CancellationToken {
        self.scope.as_ref().map_or_else(|| &program().cut_connections, InScope::cut)
    }

    /// The rules by which the drain refuses requests. `None`: all are served.
    pub(super) fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    pub(super) fn header_timeout(&self) -> Option<Duration> {
        self.header_timeout
    }

    /// The drain, after the first call of [`Server::drain_begun`].
    pub(super) fn drain(&self) -> Option<&Drain> {
        self.drain.get()
    }

    /// The drain, which begins at the first call.
    pub(super) fn drain_begun(&self) -> &Drain {
        self.drain.get_or_init(|| Drain::begin(self.linger, self.scope.as_ref()))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("clients", &self.clients).field("scope", &self.scope).finish_non_exhaustive()
    }
}
