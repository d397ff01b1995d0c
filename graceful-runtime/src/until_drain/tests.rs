use std::cell::Cell;
use std::future::{pending, poll_fn, ready};

use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;

use super::*;

#[tokio::test]
async fn a_future_has_its_outcome() {
    let draining = CancellationToken::new();
    assert_eq!(UntilDrain::of(ready(7), &draining).await, Some(7));
}

#[tokio::test]
async fn a_future_is_woken_by_the_drain() {
    let draining = CancellationToken::new();
    let mut waiting = Box::pin(UntilDrain::of(pending::<()>(), &draining));
    let outcome = tokio::spawn(async move {
        let first = waiting.as_mut().await;
        // It stays ended.
        (first, waiting.await)
    });
    tokio::task::yield_now().await;
    draining.cancel();
    assert_eq!(outcome.await.unwrap(), (None, None));
}

#[tokio::test]
async fn nothing_is_taken_once_the_drain_has_begun() {
    let draining = CancellationToken::new();
    draining.cancel();
    let polled = Cell::new(false);
    let job = poll_fn(|_| {
        polled.set(true);
        Poll::Ready("job")
    });
    assert_eq!(UntilDrain::of(job, &draining).await, None);
    assert!(!polled.get());

    let (sender, mut jobs) = mpsc::channel(2);
    sender.send("one").await.unwrap();
    assert_eq!(UntilDrain::of(jobs.recv(), &draining).await, None);
    assert_eq!(jobs.recv().await, Some("one"), "what was not taken is still there");
}

#[tokio::test]
async fn a_stream_ends_although_it_has_more() {
    let draining = CancellationToken::new();
    let mut numbers = UntilDrain::of(stream::iter(1..), &draining);
    assert_eq!(numbers.next().await, Some(1));
    assert_eq!(numbers.next().await, Some(2));
    draining.cancel();
    assert_eq!(numbers.next().await, None);
    assert_eq!(numbers.next().await, None);
    assert_eq!(numbers.into_inner().next().await, Some(3), "what was not taken is still there");
}

#[tokio::test]
async fn a_stream_ends_where_the_inner_one_does() {
    let draining = CancellationToken::new();
    let numbers = UntilDrain::of(stream::iter([1, 2]), &draining);
    assert_eq!(numbers.size_hint(), (0, Some(2)), "the drain may begin at once");
    assert_eq!(numbers.collect::<Vec<_>>().await, [1, 2]);
}

#[tokio::test]
async fn a_stream_that_waits_is_woken_by_the_drain() {
    let draining = CancellationToken::new();
    let mut deliveries = UntilDrain::of(stream::pending::<()>(), &draining);
    let end = tokio::spawn(async move { deliveries.next().await });
    tokio::task::yield_now().await;
    draining.cancel();
    assert_eq!(end.await.unwrap(), None);
}

#[test]
fn it_is_unpin_if_the_inner_value_is() {
    fn check<T: Send + Sync + Unpin>(_: &T) {}
    check(&UntilDrain::of(ready(1), &CancellationToken::new()));
}
