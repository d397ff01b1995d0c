//! What all connections of one server share.

use std::sync::OnceLock;
use std::time::Duration;

use tokio_util::sync::DropGuard;

use super::drain::Drain;
use crate::http::Rules;

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
