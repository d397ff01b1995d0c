//! tokio-util's `TaskTracker`, with its `CancellationToken`.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Peer;

/// tokio-util.
#[derive(Debug)]
pub struct Tracker {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Peer for Tracker {
    type Guard = TaskTrackerToken;

    fn start() -> Self {
        Self { tracker: TaskTracker::new(), stop: CancellationToken::new() }
    }

    #[inline]
    fn guard(&self) -> TaskTrackerToken {
        self.tracker.token()
    }

    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        self.stop.clone().cancelled_owned()
    }

    fn spawn_until_stopping(&self, started: impl FnOnce() + Send + 'static) {
        let stopping = self.stopping();
        self.tracker.spawn(async move {
            started();
            stopping.await;
        });
    }

    async fn end(self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
