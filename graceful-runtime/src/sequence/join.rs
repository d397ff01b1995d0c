//! Several futures at once.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::task::JoinSet;

/// Up to so many are polled together whenever one is woken: cheaper than a task for each, as long as they are few.
const FEW: usize = 16;

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

/// Resolves when all have, to whether all said yes. One that panics says no.
pub(super) async fn all(futures: Vec<impl Future<Output = bool> + Send + 'static>) -> bool {
    if futures.len() <= FEW { together(futures).await } else { as_tasks(futures).await }
}

async fn together(futures: Vec<impl Future<Output = bool>>) -> bool {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut yes = true;
    poll_fn(|context| {
        futures.retain_mut(|future| match Pin::as_mut(future).poll(context) {
            Poll::Ready(said) => {
                yes &= said;
                false
            }
            Poll::Pending => true,
        });
        if futures.is_empty() { Poll::Ready(yes) } else { Poll::Pending }
    })
    .await
}

async fn as_tasks(futures: Vec<impl Future<Output = bool> + Send + 'static>) -> bool {
    let mut tasks: JoinSet<bool> = futures.into_iter().collect();
    let mut yes = true;
    while let Some(said) = tasks.join_next().await {
        yes &= said.unwrap_or(false);
    }
    yes
}
