//! The connections that the drain waits for: whose they are, and which of them their clients hold open.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use graceful_core::text::{counted, join};

/// How many connections are described.
const MAX_DESCRIBED: usize = 4;

/// Connections that are open in the drain. They join when it begins, so that they cost nothing before; those that are upgraded
/// join then, since nothing of ours polls them afterwards. Those of a scope join its list when they are accepted.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: Mutex<Vec<Weak<dyn Describe>>>,
    /// Those that were cut before the end of the drain.
    cut: Mutex<Ended>,
}

pub(crate) trait Describe: fmt::Debug + Send + Sync {
    /// In words, such as `GET /events from 127.0.0.1:50000, open for 12 s, answer in progress`.
    fn describe(&self) -> String;

    /// Whether ending this connection now abandons work.
    fn forced_end(&self) -> ForcedEnd;
}

/// Who loses when an open connection is ended.
#[cfg_attr(not(any(feature = "axum", test)), expect(dead_code, reason = "only a server has connections"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForcedEnd {
    /// The application was still producing an answer: work is abandoned.
    Abandons {
        /// The answer has begun, and may have no end.
        streams: bool,
    },
    /// The client holds it open.
    Cuts,
}

/// Connections that were ended by force.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ended {
    pub(crate) abandoned: Described,
    pub(crate) cut: Described,
    /// Whether an abandoned answer had begun.
    pub(crate) streams: bool,
}

/// Some connections, a few of them in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) number: usize,
    words: Vec<String>,
}

impl Connections {
    #[cfg(any(feature = "axum", test))]
    pub(crate) fn add(&self, connection: Weak<dyn Describe>) {
        let mut known = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == known.capacity() {
            known.retain(|connection| connection.strong_count() > 0);
            // The next look at all of them is as far away as they are many.
            let open = known.len();
            known.reserve(open.max(1));
        }
        known.push(connection);
    }

    fn open(&self) -> Vec<Arc<dyn Describe>> {
        let mut known = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|connection| connection.strong_count() > 0);
        known.iter().filter_map(Weak::upgrade).collect()
    }

    /// Those that are open, in words. Empty if none is known.
    pub(crate) fn describe(&self) -> String {
        let mut described = Described::default();
        self.open().iter().for_each(|connection| described.add(&**connection));
        described.to_string()
    }

    /// Records a connection that is cut before the end of the drain.
    #[cfg(feature = "axum")]
    pub(crate) fn cut(&self, connection: &dyn Describe) {
        self.cuts().add(connection);
    }

    fn cuts(&self) -> MutexGuard<'_, Ended> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that end by force at the end of the drain, when `number` are open, and those that were cut before.
    ///
    /// What is not known of a connection does not acquit the application: its thread may be blocked.
    pub(crate) fn ended(&self, number: usize) -> Ended {
        let mut ended = self.cuts().clone();
        let open = self.open();
        open.iter().for_each(|connection| ended.add(&**connection));
        ended.abandoned.number += number.saturating_sub(open.len());
        ended
    }
}

impl Ended {
    fn add(&mut self, connection: &dyn Describe) {
        match connection.forced_end() {
            ForcedEnd::Abandons { streams } => {
                self.streams |= streams;
                self.abandoned.add(connection);
            }
            ForcedEnd::Cuts => self.cut.add(connection),
        }
    }
}

impl Described {
    fn add(&mut self, connection: &dyn Describe) {
        if self.words.len() < MAX_DESCRIBED {
            self.words.push(connection.describe());
        }
        self.number += 1;
    }

    /// With their number: `2 connections: GET / from …; POST / from …`.
    pub(crate) fn counted(&self) -> String {
        let connections = counted(self.number, "connection");
        if self.words.is_empty() { connections } else { format!("{connections}: {self}") }
    }
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&self.words, "; "))?;
        match self.number - self.words.len() {
            more @ 1.. if !self.words.is_empty() => write!(f, "; and {more} more"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Describe for &'static str {
        fn describe(&self) -> String {
            (*self).to_owned()
        }

        /// Capitals are the application's.
        fn forced_end(&self) -> ForcedEnd {
            if self.starts_with(char::is_uppercase) { ForcedEnd::Abandons { streams: false } } else { ForcedEnd::Cuts }
        }
    }

    fn add(connections: &Connections, name: &'static str) -> Arc<dyn Describe> {
        let connection: Arc<dyn Describe> = Arc::new(name);
        connections.add(Arc::downgrade(&connection));
        connection
    }

    #[test]
    fn a_few_of_those_that_are_open_are_described() {
        let connections = Connections::default();
        assert_eq!(connections.describe(), "");
        let (_a, b) = (add(&connections, "a"), add(&connections, "b"));
        assert_eq!(connections.describe(), "a; b");
        drop(b);
        let _more = ["c", "d", "e", "f"].map(|name| add(&connections, name));
        assert_eq!(connections.describe(), "a; c; d; e; and 1 more");
    }

    #[test]
    fn those_that_end_by_force_are_told_apart() {
        let connections = Connections::default();
        let _open = ["a", "B", "c"].map(|name| add(&connections, name));
        let ended = connections.ended(3);
        assert_eq!(ended.cut.counted(), "2 connections: a; c");
        assert_eq!(ended.abandoned.counted(), "1 connection: B");
        // One is not known.
        assert_eq!(connections.ended(4).abandoned.counted(), "2 connections: B; and 1 more");
        assert_eq!(Connections::default().ended(2).abandoned.counted(), "2 connections");
    }
}
