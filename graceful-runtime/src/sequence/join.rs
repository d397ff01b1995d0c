//! A future beside another.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Resolves as `future` does, and lets `other` go on meanwhile.
pub(crate) async fn beside<F: Future>(future: F, other: impl Future<Output = Infallible>) -> F::Output {
    let mut future = pin!(future);
    let mut other = pin!(other);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(output),
        Poll::Pending => other.as_mut().poll(context).map(|never| match never {}),
    })
    .await
}
