//! What counts as part of a request: guards, and the tasks of HTTP/2's streams.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::Executor;

use super::Activity;

/// Part of a request in progress. One is its body, until that is read or dropped. The other is its answer, from the head of
/// the request to the end of the answer's body, or the whole stream over HTTP/2.
#[derive(Debug)]
pub(in crate::axum) struct Active(Arc<Activity>);

impl Active {
    #[inline]
    pub(in crate::axum) fn begin(activity: &Arc<Activity>) -> Self {
        activity.begin_part();
        Self(Arc::clone(activity))
    }

    #[inline]
    pub(in crate::axum) fn activity(&self) -> &Arc<Activity> {
        &self.0
    }
}

impl Drop for Active {
    #[inline]
    fn drop(&mut self) {
        self.0.end_part();
    }
}

/// Spawns HTTP/2 streams, which count as requests until they end.
#[derive(Debug, Clone)]
pub(in crate::axum) struct Streams(pub(in crate::axum) Arc<Activity>);

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(Counted { stream: Box::pin(stream), _active: Active::begin(&self.0) });
    }
}

/// A stream that counts. It is boxed, since a task is moved several times before it runs, and again when it ends.
struct Counted<F> {
    // The fields are dropped in this order.
    stream: Pin<Box<F>>,
    _active: Active,
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.stream.as_mut().poll(cx)
    }
}
