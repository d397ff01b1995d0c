//! Whether the application's runtime still runs anything.

#[cfg(feature = "probes")]
use std::sync::{Mutex, PoisonError};
#[cfg(feature = "probes")]
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
#[cfg(feature = "probes")]
use tokio::time::{Instant, sleep};

use crate::spawn;

/// Gives `app` a task, and resolves when it was run. `false` when the runtime is gone: then there is nothing that could
/// be blocked.
///
/// # Cancel safety
///
/// Cancel safe: the task is run all the same, and nobody hears of it.
pub(crate) async fn beat(app: &Handle) -> bool {
    let (beat, heard) = oneshot::channel();
    spawn::task(app, async move {
        let _ = beat.send(());
    });
    heard.await.is_ok()
}

/// Between two beats, but no more than a tenth of the timeout.
#[cfg(feature = "probes")]
const PAUSE: Duration = Duration::from_secs(1);

/// When the application's runtime last ran something.
#[cfg(feature = "probes")]
#[derive(Debug)]
pub(crate) struct Heartbeat {
    timeout: Duration,
    last: Mutex<Instant>,
}

#[cfg(feature = "probes")]
impl Heartbeat {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, last: Mutex::new(Instant::now()) }
    }

    /// Gives `app` a task every so often, and notes that it was run. Ends when the runtime is gone: then
    /// [`Heartbeat::silence`] is not asked any more.
    pub(crate) async fn run(&self, app: &Handle) {
        let pause = PAUSE.min(self.timeout / 10);
        while beat(app).await {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            sleep(pause).await;
        }
    }

    /// For how long nothing was run, if that is longer than the timeout.
    pub(crate) fn silence(&self) -> Option<Duration> {
        let silence = self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        (silence > self.timeout).then_some(silence)
    }
}

#[cfg(all(test, feature = "probes"))]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_what_is_longer_than_the_timeout() {
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
        assert!(heartbeat.silence().is_some());
        std::thread::scope(|scope| {
            scope.spawn(|| app.block_on(tokio::task::yield_now()));
        });
        turn(&mut beats).await;
        assert_eq!(heartbeat.silence(), None);
        // The next beat is asked for a second later.
        advance(Duration::from_secs(9)).await;
        assert_eq!(heartbeat.silence(), None);
        app.shutdown_background();
    }
}
