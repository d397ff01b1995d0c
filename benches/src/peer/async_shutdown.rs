//! async-shutdown.

use async_shutdown::{DelayShutdownToken, ShutdownManager};

use super::Peer;

/// async-shutdown.
pub struct AsyncShutdown(ShutdownManager<()>);

impl Peer for AsyncShutdown {
    type Guard = DelayShutdownToken<()>;

    fn start() -> Self {
        Self(ShutdownManager::new())
    }

    #[inline]
    fn guard(&self) -> DelayShutdownToken<()> {
        self.0.delay_shutdown_token().expect("the shutdown has not ended")
    }

    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.wait_shutdown_triggered()
    }

    fn spawn_until_stopping(&self, started: impl FnOnce() + Send + 'static) {
        let (guard, stopping) = (self.guard(), self.stopping());
        tokio::spawn(guard.wrap_future(async move {
            started();
            stopping.await;
        }));
    }

    async fn end(self) {
        let _ = self.0.trigger_shutdown(());
        self.0.wait_shutdown_complete().await;
    }
}
