//! A connection in words, and who holds it open.

use std::sync::atomic::Ordering;

use graceful_core::text::{counted, join};

use super::{Activity, ONE};
use crate::axum::exchange::{Name, Reading};
use crate::in_flight::{Describe, ForcedEnd};

/// How many streams of a connection are named.
const MAX_NAMED: usize = 3;

impl Activity {
    fn reading(&self) -> Reading {
        let may_be_slow = !self.is_http1() || self.write_blocked.load(Ordering::Relaxed);
        if may_be_slow { Reading::PerhapsSlowly } else { Reading::InTime }
    }

    /// What is in progress, and what it waits for.
    fn describe_requests(&self) -> (String, &'static str) {
        let requests = self.requests.load(Ordering::Relaxed) / ONE;
        let blocked = self.write_blocked.load(Ordering::Relaxed);
        let mut known = self.exchanges.describe(self.reading());
        match known.len() {
            0 if blocked => ("an answer".to_owned(), "the client does not read"),
            0 if requests == 0 && self.has_unparsed() && !self.is_http2() => ("a request".to_owned(), "incomplete"),
            0 if requests == 0 => ("a connection".to_owned(), "idle"),
            // A body in progress is counted beside its request.
            0 if !self.is_http2() => ("a request".to_owned(), "in progress"),
            0 => (counted(requests, "stream"), "in progress"),
            1 => known.remove(0),
            number => {
                let mut heads: Vec<_> = known.into_iter().take(MAX_NAMED).map(|(head, _)| head).collect();
                if number > MAX_NAMED {
                    heads.push(format!("{} more", number - MAX_NAMED));
                }
                (join(&heads, " and "), "in progress")
            }
        }
    }
}

impl Describe for Activity {
    fn describe(&self) -> String {
        let (what, doing) = match self.tunnel.get() {
            Some(tunnel) => (Name::show(tunnel.name.as_ref()), "upgraded"),
            None => self.describe_requests(),
        };
        self.client.describe(&what, doing)
    }

    fn forced_end(&self) -> ForcedEnd {
        let abandons = match self.tunnel.get() {
            Some(_) => (!self.tunnel_waits()).then_some(false),
            None => self.exchanges.producing(self.reading()),
        };
        match abandons {
            Some(streams) => ForcedEnd::Abandons { streams },
            None if self.server.clients().unclean_when_cut => ForcedEnd::Abandons { streams: false },
            None => ForcedEnd::Cuts,
        }
    }
}
