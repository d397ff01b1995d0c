//! The connections that are open: how many there are, and how they are cut at the drain's end.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::in_flight::InFlight;

#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: AtomicUsize,
    cut: CancellationToken,
    emptied: Notify,
}

/// An open connection, in flight until this is dropped.
#[derive(Debug)]
pub(crate) struct Open {
    connections: &'static Connections,
    _in_flight: InFlight,
}

impl Connections {
    pub(crate) fn open(&'static self, in_flight: InFlight) -> Open {
        self.open.fetch_add(1, Ordering::Relaxed);
        Open { connections: self, _in_flight: in_flight }
    }

    pub(crate) fn len(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// Cuts those that are open, and those that will be; says how many are.
    pub(crate) fn cut(&self) -> usize {
        let open = self.len();
        self.cut.cancel();
        open
    }

    /// Cancelled when the connections are to be cut.
    pub(crate) fn cut_token(&self) -> &CancellationToken {
        &self.cut
    }

    /// Resolves when none is open. From one task at a time: one is notified. Cancel safe.
    pub(crate) async fn finished(&self) {
        while self.len() > 0 {
            self.emptied.notified().await;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.connections.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.connections.emptied.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::in_flight::Work;

    #[tokio::test]
    async fn a_connection_is_in_flight_while_it_is_open() {
        let work = Work::leaked();
        let connections: &'static Connections = Box::leak(Box::default());
        let (one, two) = (connections.open(work.track()), connections.open(work.track()));
        assert_eq!((connections.len(), work.sum()), (2, 2));
        assert_eq!(connections.cut(), 2);
        assert!(connections.cut_token().is_cancelled());
        let finished = tokio::spawn(connections.finished());
        drop(one);
        tokio::task::yield_now().await;
        assert!(!finished.is_finished());
        drop(two);
        finished.await.unwrap();
        assert_eq!(work.sum(), 0);
    }
}
