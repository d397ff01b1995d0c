//! The tasks that hyper spawns for HTTP/2: one for each stream, and one more for each that was upgraded.

use std::sync::Arc;

use hyper::rt::Executor;

use super::activity::{Active, Activity};

/// Spawns them, and has them counted as requests until they end.
#[derive(Debug, Clone)]
pub(super) struct Streams(pub(super) Arc<Activity>);

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let active = Active::begin(&self.0);
        tokio::spawn(async move {
            // Locals are dropped in reverse: first the stream, then the count.
            let _active = active;
            stream.await
        });
    }
}
