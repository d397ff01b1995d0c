//! Whether the application's runtime still runs anything.

#[cfg(feature = "probes")]
mod silence;

#[cfg(feature = "probes")]
pub(crate) use self::silence::Heartbeat;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Gives `app` a task, and resolves when it was run. `false` when the runtime is gone: then there is nothing that could
/// be blocked.
///
/// # Cancel safety
///
/// Cancel safe: the task is run all the same, and nobody hears of it.
pub(crate) async fn beat(app: &Handle) -> bool {
    let (beat, heard) = oneshot::channel();
    app.spawn(async move {
        let _ = beat.send(());
    });
    heard.await.is_ok()
}
