//! Stands in for a connection pool, so that this example builds quickly. The README shows the same with sqlx.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Cheap to clone, as pools are.
#[derive(Clone, Default)]
pub(crate) struct Database(Arc<Inner>);

#[derive(Default)]
struct Inner {
    visits: AtomicU64,
    closed: AtomicBool,
}

impl Database {
    /// Counts one more visit, and returns how many there were.
    pub(crate) async fn count_visit(&self) -> Result<u64, Closed> {
        self.ping().await?;
        Ok(self.0.visits.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(crate) async fn ping(&self) -> Result<(), Closed> {
        if self.0.closed.load(Ordering::Acquire) { Err(Closed) } else { Ok(()) }
    }

    pub(crate) async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
    }
}

/// The database was closed before this query.
#[derive(Debug)]
pub(crate) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the database is closed")
    }
}

impl Error for Closed {}
