//! The heartbeat: whether the application's runtime still runs tasks.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::spawn;

/// The time between two beats. It is shorter if a tenth of the timeout is.
const PAUSE: Duration = Duration::from_secs(1);

/// When the application's runtime last ran something.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    timeout: Duration,
    last: Mutex<Instant>,
}

impl Heartbeat {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, last: Mutex::new(Instant::now()) }
    }

    /// Spawns a task on `app` at intervals, and records when it ran. Ends when the runtime is gone: nobody calls
    /// [`Heartbeat::blocked_for`] after that.
    pub(crate) async fn run(&self, app: &Handle) {
        let pause = PAUSE.min(self.timeout / 10);
        while spawn::answers(app).await {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            sleep(pause).await;
        }
    }

    /// How long the runtime has run nothing, if that is longer than the timeout.
    pub(crate) fn blocked_for(&self) -> Option<Duration> {
        let blocked_for = self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        (blocked_for > self.timeout).then_some(blocked_for)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_runtime_is_blocked_after_the_timeout() {
        let app = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let heartbeat = Heartbeat::new(Duration::from_secs(10));
        let handle = app.handle().clone();
        let mut beats = std::pin::pin!(heartbeat.run(&handle));
        let turn = async |beats: &mut std::pin::Pin<&mut _>| {
            tokio::select! {
                biased;
                () = beats => unreachable!("the runtime is there"),
                () = sleep(Duration::from_millis(1)) => {}
            }
        };
        // Nobody drives the runtime.
        turn(&mut beats).await;
        advance(Duration::from_secs(10)).await;
        turn(&mut beats).await;
        assert!(heartbeat.blocked_for().is_some());
        std::thread::scope(|scope| {
            scope.spawn(|| app.block_on(tokio::task::yield_now()));
        });
        turn(&mut beats).await;
        assert_eq!(heartbeat.blocked_for(), None);
        // The next beat is a second later.
        advance(Duration::from_secs(9)).await;
        assert_eq!(heartbeat.blocked_for(), None);
        app.shutdown_background();
    }
}
