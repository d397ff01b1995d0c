//! The client of a connection, which is in flight from its accept on.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use graceful_core::text::{duration, escape};
use tokio::time::Instant;

use crate::in_flight::{InFlight, Kind};
use crate::program::work;
use crate::scope::{InScope, Member};

pub(super) struct Client {
    /// Only addresses of a network say anything about it.
    peer: Option<SocketAddr>,
    accepted: Instant,
    _open: InFlight,
    // Dropped last: what waits for the scope finds the program without the connection.
    member: Option<Member>,
}

impl Client {
    /// The one whose connection was just accepted.
    pub(super) fn accepted_from<A: 'static>(address: &A, scope: Option<&InScope>) -> Self {
        let peer = (address as &dyn Any).downcast_ref().copied();
        let member = scope.and_then(InScope::count_connection);
        Self { peer, accepted: Instant::now(), _open: work().track_as(Kind::Connection), member }
    }

    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    pub(super) fn accepted(&self) -> Instant {
        self.accepted
    }

    /// In words, such as `GET /events from 127.0.0.1:50000, open for 12 s, answer in progress`.
    pub(super) fn describe(&self, what: &str, doing: &str) -> String {
        let peer = self.peer.map_or_else(|| "a client without an address".to_owned(), |peer| peer.to_string());
        let age = self.accepted.elapsed();
        let age = if age < Duration::from_secs(1) { age } else { Duration::from_secs(age.as_secs()) };
        let scope = self.member.as_ref().map(|member| format!(" in scope `{}`", escape(member.node().path())));
        format!("{what} from {peer}{}, open for {}, {doing}", scope.unwrap_or_default(), duration(age))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("peer", &self.peer).finish_non_exhaustive()
    }
}
