//! Plain tokio with little code: a count, and channels for the begin and the end of the drain. It does not refuse new work.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, watch};

use super::Peer;

/// Main counts as one, so nothing is notified before main waits.
static IN_FLIGHT: AtomicUsize = AtomicUsize::new(1);
static EMPTY: Notify = Notify::const_new();

/// Plain tokio.
#[derive(Debug)]
pub struct ByHand {
    stop: watch::Sender<bool>,
}

/// Work in flight while it lives.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    // In a program this is its own code, which the compiler inlines.
    #[inline]
    fn new() -> Self {
        IN_FLIGHT.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if IN_FLIGHT.fetch_sub(1, Ordering::Release) == 1 {
            EMPTY.notify_one();
        }
    }
}

impl Peer for ByHand {
    type Guard = Guard;

    fn start() -> Self {
        Self { stop: watch::Sender::new(false) }
    }

    #[inline]
    fn guard(&self) -> Guard {
        Guard::new()
    }

    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            let _ = stop.wait_for(|stop| *stop).await;
        }
    }

    fn spawn_until_stopping(&self, started: impl FnOnce() + Send + 'static) {
        let (guard, stopping) = (self.guard(), self.stopping());
        tokio::spawn(async move {
            started();
            stopping.await;
            drop(guard);
        });
    }

    async fn end(self) {
        self.stop.send_replace(true);
        if IN_FLIGHT.fetch_sub(1, Ordering::AcqRel) > 1 {
            EMPTY.notified().await;
        }
    }
}
