//! A tower layer for services that are not HTTP: job queues, message consumers, RPC of your own.
//!
//! For HTTP take `graceful::http::layer()`: it counts until the response body has ended, and it can say no.

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::in_flight::{InFlight, Work};
use crate::program::work;

/// A layer that counts each call as work in flight, from the call until its future has ended or was dropped.
///
/// Calls are always counted and never refused: a job that was taken from its queue is there to be done. What stops the
/// service from taking more is up to the queue: end its consumer on [`drain_started`](crate::drain_started).
///
/// ```
/// use std::convert::Infallible;
///
/// use tower::{ServiceBuilder, service_fn};
///
/// # fn main() {
/// let worker = ServiceBuilder::new().layer(graceful::tower::track()).service(service_fn(async |job: String| {
///     println!("{job}");
///     Ok::<_, Infallible>(())
/// }));
/// # let mut worker = worker;
/// # let job = tower::Service::call(&mut worker, "done".to_owned());
/// # assert_eq!(graceful::in_flight(), 1);
/// # drop(job);
/// # assert_eq!(graceful::in_flight(), 0);
/// # }
/// # mod graceful { pub use graceful_runtime::*; }
/// ```
#[must_use]
pub fn track() -> TrackLayer {
    TrackLayer::of(work())
}

/// Made by [`track`]: turns a service into one whose calls are work in flight.
#[derive(Clone, Copy)]
pub struct TrackLayer {
    work: &'static Work,
}

impl TrackLayer {
    const fn of(work: &'static Work) -> Self {
        Self { work }
    }
}

impl<S> Layer<S> for TrackLayer {
    type Service = Track<S>;

    fn layer(&self, inner: S) -> Track<S> {
        Track { inner, work: self.work }
    }
}

impl fmt::Debug for TrackLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackLayer").finish_non_exhaustive()
    }
}

/// A service whose calls are work in flight. Made by [`track`].
#[derive(Clone, Copy)]
pub struct Track<S> {
    inner: S,
    work: &'static Work,
}

impl<S, Request> Service<Request> for Track<S>
where
    S: Service<Request>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = TrackFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, request: Request) -> Self::Future {
        // First, so that what the call itself does is counted too.
        let guard = self.work.track();
        TrackFuture { inner: self.inner.call(request), guard: Some(guard) }
    }
}

impl<S: fmt::Debug> fmt::Debug for Track<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Track").field("inner", &self.inner).finish_non_exhaustive()
    }
}

pin_project! {
    /// The call of a [`Track`]ed service: in flight until it has ended or is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TrackFuture<F> {
        #[pin]
        inner: F,
        // Behind the call, so that its destructors run while it counts.
        guard: Option<InFlight>,
    }
}

impl<F: Future> Future for TrackFuture<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.inner.poll(context);
        if polled.is_ready() {
            *this.guard = None;
        }
        polled
    }
}
