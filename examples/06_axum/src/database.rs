//! Stands in for a connection pool, so that this example builds quickly. The README shows the same with sqlx.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// Cheap to clone, as pools are.
#[derive(Clone, Default)]
pub(crate) struct Database(Arc<Inner>);

#[derive(Default)]
struct Inner {
    visits: watch::Sender<u64>,
    closed: AtomicBool,
}

impl Database {
    /// Counts one more visit, and returns how many there were.
    pub(crate) async fn count_visit(&self) -> Result<u64, Closed> {
        self.ping().await?;
        self.0.visits.send_modify(|visits| *visits += 1);
        Ok(*self.0.visits.borrow())
    }

    /// Waits for the next visit, and returns how many there were.
    pub(crate) async fn next_visit(&self) -> u64 {
        let mut visits = self.0.visits.subscribe();
        // The sender lives as long as this.
        let _ = visits.changed().await;
        *visits.borrow()
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
