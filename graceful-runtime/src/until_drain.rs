//! A future or a stream that ends when the drain begins: the loop of a consumer.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio_util::sync::CancellationToken;

use crate::ending::Ending;
use crate::program::program;

/// Ends a future or a stream when the drain begins, for the loops of consumers.
///
/// A wrapped stream has the same items, and ends when the drain begins. A wrapped future returns an `Option`: `None` if
/// the drain began first.
///
/// It is for work that arrives from outside. A consumer that the work in flight feeds must outlast the drain: see
/// [`HandlerBuilder::spawn`](crate::HandlerBuilder::spawn).
///
/// After the drain has begun, nothing more is taken from the inner stream or future, even if something is available.
/// What was not taken stays where it is. The inner value lives as long as the wrapper, or is returned by
/// [`into_inner`](UntilDrain::into_inner). Drop it before messages are given back, or the broker sends them here again.
///
/// In a program that graceful does not run, the drain begins at a call of
/// [`request_shutdown`](crate::request_shutdown).
///
/// # Cancel safety
///
/// Cancel safe if the inner future or stream is. No item that the wrapper has returned is lost. A future that the drain
/// ends is not polled to its end, so wrap one that may be dropped: a channel's `recv()`, but no half-written answer.
///
/// # Examples
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use tokio::sync::mpsc;
///
/// async fn work_on(mut jobs: mpsc::Receiver<String>) {
///     while let Some(Some(job)) = graceful::until_drain(jobs.recv()).await {
///         println!("{job}");
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let (sender, jobs) = mpsc::channel(1);
/// # sender.send("done".to_owned()).await.unwrap();
/// # drop(sender);
/// # work_on(jobs).await;
/// # }
/// ```
///
/// With a stream, as the clients of most brokers have one:
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use futures_util::{Stream, StreamExt};
///
/// async fn consume(deliveries: impl Stream<Item = String> + Unpin) {
///     let mut deliveries = graceful::until_drain(deliveries);
///     while let Some(delivery) = deliveries.next().await {
///         println!("{delivery}");
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() { consume(futures_util::stream::iter(["done".to_owned()])).await }
/// ```
pub fn until_drain<T>(inner: T) -> UntilDrain<T> {
    let lifecycle = &program().lifecycle;
    lifecycle.participation.begin();
    UntilDrain::of(inner, lifecycle.draining_token())
}

pin_project! {
    /// A future or a stream that ends when the drain begins. Returned by [`until_drain`].
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::future::ready;
    ///
    /// use graceful::UntilDrain;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let wrapped: UntilDrain<_> = graceful::until_drain(ready(7));
    /// assert_eq!(wrapped.await, Some(7));
    ///
    /// graceful::request_shutdown();
    /// assert_eq!(graceful::until_drain(ready(7)).await, None);
    /// # }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless they are polled"]
    pub struct UntilDrain<T> {
        #[pin]
        inner: T,
        drain: Ending,
    }
}

impl<T> UntilDrain<T> {
    pub(crate) fn of(inner: T, draining: &CancellationToken) -> Self {
        Self { inner, drain: Ending::of(draining) }
    }

    /// Returns the future or stream that was wrapped.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use futures_util::{StreamExt, stream};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut deliveries = graceful::until_drain(stream::iter(["one", "two"]));
    /// assert_eq!(deliveries.next().await, Some("one"));
    ///
    /// graceful::request_shutdown();
    /// assert_eq!(deliveries.next().await, None);
    /// assert_eq!(deliveries.into_inner().next().await, Some("two"));
    /// # }
    /// ```
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Polls the inner value. `None` if the drain has begun.
    fn poll_with<P>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<P>,
    ) -> Poll<Option<P>> {
        let this = self.project();
        if this.drain.has_come() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(polled) = poll(this.inner, context) {
            return Poll::Ready(Some(polled));
        }
        this.drain.poll(context, || program().lifecycle.participation.awaits()).map(|()| None)
    }
}

impl<F: Future> Future for UntilDrain<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.poll_with(context, F::poll)
    }
}

impl<S: Stream> Stream for UntilDrain<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_with(context, S::poll_next).map(Option::flatten)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // The drain may begin at any moment.
        (0, self.inner.size_hint().1)
    }
}
