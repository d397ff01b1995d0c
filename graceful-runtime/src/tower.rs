//! A tower layer for services that are not HTTP: job queues, message consumers, your own RPC.
//!
//! For HTTP use `graceful::http::layer()`, which counts until the response body has ended, and refuses requests during
//! the drain.
//!
//! ```
//! # mod graceful { pub use graceful_runtime::*; }
//! use tower::{ServiceBuilder, service_fn};
//!
//! # let send = async |mail: String| std::io::Result::Ok(mail.len());
//! let mailer = ServiceBuilder::new()
//!     .layer(graceful::tower::track())
//!     .service(service_fn(send));
//! # drop(mailer);
//! ```
//!
//! The module has everything of the crate `tower` too, so that `use graceful::*` does not hide the crate. An import beside that
//! glob must say which of the two it means: `use ::tower::ServiceBuilder`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

#[doc(no_inline)]
pub use ::tower::*;

use crate::in_flight::{InFlight, Work};
use crate::program::{program, work};

/// Returns a layer that counts each call as work in flight until its future has ended or is dropped.
///
/// It refuses no call, since a job that was taken from its queue must be done. To take no more jobs, end the consumer
/// of the queue on [`drain_started`](crate::drain_started).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::convert::Infallible;
///
/// use tower::{ServiceBuilder, service_fn};
///
/// let worker = ServiceBuilder::new().layer(graceful::tower::track()).service(service_fn(async |job: String| {
///     println!("{job}");
///     Ok::<_, Infallible>(())
/// }));
/// # let mut worker = worker;
/// # let job = tower::Service::call(&mut worker, "done".to_owned());
/// # assert_eq!(graceful::in_flight(), 1);
/// # drop(job);
/// # assert_eq!(graceful::in_flight(), 0);
/// ```
#[must_use]
pub fn track() -> TrackLayer {
    program().lifecycle.participation.begin();
    TrackLayer::of(work())
}

/// The layer that [`track`] returns.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use tower::{Layer, service_fn};
///
/// let layer: graceful::tower::TrackLayer = graceful::tower::track();
/// let mail = layer.layer(service_fn(async |_: String| std::io::Result::Ok(())));
/// let sms = layer.layer(service_fn(async |_: u64| std::io::Result::Ok(())));
/// # drop((mail, sms));
/// ```
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

/// A service whose calls count as work in flight. Made by a [`TrackLayer`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::tower::Track;
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let double = service_fn(async |n: u32| std::io::Result::Ok(2 * n));
/// let service: Track<_> = graceful::tower::track().layer(double);
/// assert_eq!(service.oneshot(4).await?, 8);
/// # Ok(())
/// # }
/// ```
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
        // First, so that the work of `call` itself is counted too.
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
    /// The future of a call of a [`Track`] service. It is in flight until it has ended or is dropped.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use tower::{Layer, Service, service_fn};
    ///
    /// let mut service = graceful::tower::track().layer(service_fn(async |n: u32| std::io::Result::Ok(n)));
    /// let call: graceful::tower::TrackFuture<_> = service.call(4);
    /// assert_eq!(graceful::in_flight(), 1);
    /// drop(call);
    /// assert_eq!(graceful::in_flight(), 0);
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TrackFuture<F> {
        #[pin]
        inner: F,
        // After the call, so that its destructors run while it counts.
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
