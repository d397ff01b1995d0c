//! What counts as part of a request: guards, and the tasks of HTTP/2's streams.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use hyper::rt::Executor;

use super::{Activity, DRAINING, ONE};
use crate::http::RequestProtocol;

/// Part of a request in progress. One is its body, until that is read or dropped. The other is the time from the head
/// to the end of the answer's body over HTTP/1, and the stream over HTTP/2.
#[derive(Debug)]
pub(in crate::axum) struct Active {
    activity: Arc<Activity>,
    counts: bool,
}

impl Active {
    #[inline]
    pub(in crate::axum) fn begin(activity: &Arc<Activity>) -> Self {
        activity.requests.fetch_add(ONE, Ordering::Relaxed);
        Self { activity: Arc::clone(activity), counts: true }
    }

    /// For the head of a request.
    #[inline]
    pub(in crate::axum) fn of_head(activity: &Arc<Activity>, protocol: RequestProtocol) -> Self {
        if protocol == RequestProtocol::Multiplexed {
            // The stream counts.
            return Self { activity: Arc::clone(activity), counts: false };
        }
        // More bytes may follow it.
        activity.unparsed.store(true, Ordering::Relaxed);
        activity.body_unread.store(false, Ordering::Relaxed);
        Self::begin(activity)
    }

    #[inline]
    pub(in crate::axum) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for Active {
    #[inline]
    fn drop(&mut self) {
        if self.counts && self.activity.requests.fetch_sub(ONE, Ordering::AcqRel) == ONE | DRAINING {
            self.activity.wake();
        }
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
