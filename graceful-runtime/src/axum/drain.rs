//! What the drain means for the connections of a server: how long each of them may take for what.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use crate::http::Rules;
use crate::program::program;

/// How long an open connection waits for a request that was sent before the drain.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_millis(100);

/// One turn of the I/O driver: a timer fires only after the driver has told what has arrived.
pub(super) const TURN: Duration = Duration::from_millis(1);

/// So long who waits at the listener is let in, if they come in an endless row.
const MAX_ACCEPTING: Duration = Duration::from_secs(1);

const MAX_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_LINGERING_CLOSE: Duration = Duration::from_secs(2);

/// The drain, as the connections see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drain {
    /// Until then who waits at the listener is let in.
    pub(super) accept_end: Instant,
    /// Until then a connection without a request waits for one.
    pub(super) idle_end: Instant,
    end: Instant,
}

impl Drain {
    /// It begins now. `linger`: the least that a connection waits, but no longer than a tenth of the drain.
    pub(super) fn begin(linger: Duration) -> Self {
        let begin = Instant::now();
        let end = program().drain_deadline().map_or(begin, Instant::from_std);
        let most = end.saturating_duration_since(begin) / 10;
        let after = |wanted: Duration| begin + wanted.min(most);
        Self { accept_end: after(MAX_ACCEPTING), idle_end: after(linger), end }
    }

    /// How long a connection may take to bring a request that it has begun to send, or to close.
    pub(super) fn request_timeout(&self, since: Instant) -> Duration {
        (self.end.saturating_duration_since(since) / 3).min(MAX_REQUEST_TIMEOUT)
    }

    /// How long to read what nobody wants any more, behind the last answer.
    pub(super) fn lingering_close(drain: Option<&Self>) -> Duration {
        drain.map_or(MAX_LINGERING_CLOSE, |drain| drain.request_timeout(Instant::now()).min(MAX_LINGERING_CLOSE))
    }
}

/// Gone when the listener and the last connection are.
#[derive(Debug)]
pub(super) struct Server {
    header_timeout: Option<Duration>,
    rules: Option<Rules>,
    linger: Duration,
    drain: OnceLock<Drain>,
    _closed: DropGuard,
}

impl Server {
    pub(super) fn new(
        header_timeout: Option<Duration>,
        rules: Option<Rules>,
        linger: Duration,
        closed: DropGuard,
    ) -> Self {
        Self { header_timeout, rules, linger, drain: OnceLock::new(), _closed: closed }
    }

    /// Whom the drain refuses. Without them all are served.
    pub(super) fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
    }

    pub(super) fn header_timeout(&self) -> Option<Duration> {
        self.header_timeout
    }

    /// The drain, once somebody has seen that it has begun: see [`Server::drain_begun`].
    pub(super) fn drain(&self) -> Option<&Drain> {
        self.drain.get()
    }

    /// The drain, which has begun: at the first call.
    pub(super) fn drain_begun(&self) -> &Drain {
        self.drain.get_or_init(|| Drain::begin(self.linger))
    }
}
