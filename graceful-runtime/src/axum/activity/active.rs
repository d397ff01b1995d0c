//! What counts as part of a request: its body, and its answer over HTTP/1 or its stream over HTTP/2.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use hyper::rt::Executor;

use super::{Activity, DRAINING, ONE};

impl Activity {
    #[inline]
    fn begin_part(&self) {
        self.requests.fetch_add(ONE, Ordering::Relaxed);
    }

    #[inline]
    pub(in crate::axum) fn end_part(&self) {
        if self.requests.fetch_sub(ONE, Ordering::AcqRel) == ONE | DRAINING {
            self.wake();
        }
    }

    /// The head of a request was read over HTTP/1. Its answer is a part from there to [`Self::end_part`], at the end of its body.
    #[inline]
    pub(in crate::axum) fn begin_answer(&self) {
        // More bytes may follow the head.
        self.unparsed.store(true, Ordering::Relaxed);
        self.body_unread.store(false, Ordering::Relaxed);
        self.begin_part();
    }

    /// Whether a request is in progress or an answer is being written. If so, `idle` is woken after the last one.
    pub(in crate::axum) fn is_busy(&self, idle: &Waker) -> bool {
        self.set_waker(idle);
        let requests = self.requests.fetch_or(DRAINING, Ordering::AcqRel) / ONE;
        requests > 0 || self.write_blocked.load(Ordering::Relaxed)
    }
}

/// Counts while it exists: the body of a request, until that is read or dropped, or a stream over HTTP/2.
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
