//! tokio-graceful.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_graceful::{Shutdown, ShutdownGuard};

use super::Peer;

/// tokio-graceful.
pub struct TokioGraceful {
    shutdown: Shutdown,
    /// A task holds one and clones it for each piece of work.
    guard: ShutdownGuard,
    trigger: Arc<Notify>,
}

impl Peer for TokioGraceful {
    type Guard = ShutdownGuard;

    fn start() -> Self {
        let trigger = Arc::new(Notify::new());
        let triggered = Arc::clone(&trigger);
        let shutdown = Shutdown::new(async move { triggered.notified().await });
        Self { guard: shutdown.guard(), shutdown, trigger }
    }

    #[inline]
    fn guard(&self) -> ShutdownGuard {
        self.guard.clone()
    }

    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        self.guard.clone_weak().into_cancelled()
    }

    fn spawn_until_stopping(&self, started: impl FnOnce() + Send + 'static) {
        self.shutdown.spawn_task_fn(|guard| async move {
            started();
            guard.cancelled().await;
        });
    }

    async fn end(self) {
        self.trigger.notify_one();
        drop(self.guard);
        self.shutdown.shutdown().await;
    }
}
