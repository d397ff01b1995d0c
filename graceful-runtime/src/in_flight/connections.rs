//! The connections that the drain waits for, so that a person learns whose they are.

use std::fmt;
use std::sync::{Mutex, PoisonError, Weak};

use graceful_core::text::join;

/// How many connections are described.
const MAX_DESCRIBED: usize = 4;

/// Connections that are open in the drain. They join when it begins, so that they cost nothing before; those that are upgraded
/// join then, since nothing of ours polls them afterwards.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<Vec<Weak<dyn Describe>>>);

pub(crate) trait Describe: fmt::Debug + Send + Sync {
    /// In words, such as `127.0.0.1:50000, open for 12 s, 1 request in progress`.
    fn describe(&self) -> String;
}

impl Connections {
    #[cfg(any(feature = "axum", test))]
    pub(crate) fn add(&self, connection: Weak<dyn Describe>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == known.capacity() {
            known.retain(|connection| connection.strong_count() > 0);
        }
        known.push(connection);
    }

    /// Those that are still open, in words. Empty if none is known.
    pub(crate) fn describe(&self) -> String {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|connection| connection.strong_count() > 0);
        let open = known.iter().filter_map(Weak::upgrade).take(MAX_DESCRIBED);
        let mut described: Vec<_> = open.map(|connection| connection.describe()).collect();
        if known.len() > MAX_DESCRIBED {
            described.push(format!("and {} more", known.len() - MAX_DESCRIBED));
        }
        join(&described, "; ")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    impl Describe for &'static str {
        fn describe(&self) -> String {
            (*self).to_owned()
        }
    }

    #[test]
    fn a_few_of_those_that_are_open_are_described() {
        let connections = Connections::default();
        let add = |name: &'static str| {
            let connection: Arc<dyn Describe> = Arc::new(name);
            connections.add(Arc::downgrade(&connection));
            connection
        };
        assert_eq!(connections.describe(), "");
        let (_a, b) = (add("a"), add("b"));
        assert_eq!(connections.describe(), "a; b");
        drop(b);
        let _more = ["c", "d", "e", "f"].map(add);
        assert_eq!(connections.describe(), "a; c; d; e; and 1 more");
    }
}
