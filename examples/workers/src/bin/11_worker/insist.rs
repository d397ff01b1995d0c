//! What has to be said to the broker.

use std::time::Duration;

use tokio::time::sleep;

use crate::broker::BoxError;
use crate::retry;

/// The pauses between attempts to reach a broker that is away: from, to.
pub(crate) const AWAY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Tries until it has succeeded, however long that takes: who calls this is dropped at the drain's end.
pub(crate) async fn insist<T, F>(what: &str, mut attempt: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, BoxError>>,
{
    let (mut pause, longest) = AWAY;
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(error) => tracing::warn!("the broker is away, cannot {what}: {error}"),
        }
        sleep(retry::with_jitter(pause)).await;
        pause = (pause * 2).min(longest);
    }
}
