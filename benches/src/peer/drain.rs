//! drain.

use drain::{Signal, Watch};

use super::Peer;

/// drain.
pub struct Drain {
    signal: Signal,
    watch: Watch,
}

impl Peer for Drain {
    type Guard = Watch;

    fn start() -> Self {
        let (signal, watch) = drain::channel();
        Self { signal, watch }
    }

    #[inline]
    fn guard(&self) -> Watch {
        self.watch.clone()
    }

    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        let signaled = self.watch.clone().signaled();
        async move { drop(signaled.await) }
    }

    fn spawn_until_stopping(&self, started: impl FnOnce() + Send + 'static) {
        let stopping = self.stopping();
        tokio::spawn(async move {
            started();
            stopping.await;
        });
    }

    async fn end(self) {
        drop(self.watch);
        self.signal.drain().await;
    }
}
