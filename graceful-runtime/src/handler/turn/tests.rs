use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use super::*;

fn turn() -> (CancellationToken, Turn) {
    let token = CancellationToken::new();
    (token.clone(), Turn(token))
}

#[tokio::test]
async fn it_ends_when_the_turn_has_come_and_nothing_is_left() {
    let (comes, turn) = turn();
    let (sender, mut rows) = mpsc::channel(3);
    sender.send("one").await.unwrap();
    let writer = tokio::spawn(async move {
        let mut written = Vec::new();
        while let Some(Some(row)) = turn.until(rows.recv()).await {
            written.push(row);
        }
        written
    });
    yield_now().await;
    assert!(!writer.is_finished(), "the turn has not come");
    for row in ["two", "three", "four"] {
        sender.send(row).await.unwrap();
    }
    comes.cancel();
    assert_eq!(writer.await.unwrap(), ["one", "two", "three", "four"]);
}

/// tokio lets a task take some hundred items, and then says that the channel is pending.
#[tokio::test]
async fn a_full_queue_is_emptied_also_by_a_task_that_has_used_its_budget() {
    const ROWS: usize = 10_000;

    let (comes, turn) = turn();
    let (sender, mut rows) = mpsc::unbounded_channel();
    (0..ROWS).for_each(|row| sender.send(row).unwrap());
    comes.cancel();
    let mut written = 0;
    while let Some(Some(_)) = turn.until(rows.recv()).await {
        written += 1;
    }
    assert_eq!(written, ROWS);
}

#[tokio::test]
async fn a_stream_ends_where_the_inner_one_does_or_when_it_waits() {
    let (comes, turn) = turn();
    assert_eq!(turn.until(stream::iter([1, 2])).collect::<Vec<_>>().await, [1, 2]);
    comes.cancel();
    let rows = turn.until(stream::iter([1, 2]).chain(stream::pending()));
    assert_eq!(rows.size_hint(), (0, Some(2)), "the turn may come at any moment");
    assert_eq!(rows.collect::<Vec<_>>().await, [1, 2]);
}

#[test]
fn it_is_unpin_if_the_inner_value_is() {
    fn check<T: Send + Sync + Unpin>(_: &T) {}
    check(&turn().1.until(ready(1)));
}
