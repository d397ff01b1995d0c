//! A future or a stream that ends when the drain begins: the loop of a consumer.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::lifecycle::Observation;
use crate::program::program;

/// Ends a future or a stream at the drain's start: for the loops of consumers, which have to stop taking work then.
///
/// Around a stream it is a stream with the same items, which ends when the drain begins. Around a future it is a future
/// of an `Option`: `None` when the drain began first.
///
/// The drain counts first: once it has begun, nothing more is taken from the inner one, even if something is there. What
/// was not taken stays where it is. The inner one lives as long as the wrapper, or comes back by
/// [`into_inner`](UntilDrain::into_inner): drop it before messages are given back, or the broker sends them here again.
///
/// In a program that graceful doesn't run, the drain begins when [`request_shutdown`](crate::request_shutdown) is called.
///
/// # Cancel safety
///
/// As the inner one's. An item that the wrapper has returned is never lost; a future that the drain has ended was not
/// polled to its end, so wrap one that may be dropped: `recv()` of a channel may, a half-written answer may not.
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
    UntilDrain::of(inner, program().lifecycle.draining_token())
}

pin_project! {
    /// A future or a stream that ends when the drain begins. Made by [`until_drain`].
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless they are polled"]
    pub struct UntilDrain<T> {
        #[pin]
        inner: T,
        draining: CancellationToken,
        // Boxed, so that around what is `Unpin` this is too. Only what has to wait needs it.
        wait: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    }
}

impl<T> UntilDrain<T> {
    fn of(inner: T, draining: &CancellationToken) -> Self {
        Self { inner, draining: draining.clone(), wait: None }
    }

    /// The future or stream that was wrapped.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// What `poll` says of the inner one, unless the drain has begun: then `None`.
    fn poll_with<P>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<P>,
    ) -> Poll<Option<P>> {
        let this = self.project();
        if this.draining.is_cancelled() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(polled) = poll(this.inner, context) {
            return Poll::Ready(Some(polled));
        }
        let wait = this.wait.get_or_insert_with(|| {
            program().main.observes_here(Observation::Awaits);
            Box::pin(this.draining.clone().cancelled_owned())
        });
        wait.as_mut().poll(context).map(|()| None)
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
