//! A task that runs until its handler's turn comes, and that the handler then runs to its end.

#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio::sync::oneshot;
use tokio::task::unconstrained;
use tokio_util::sync::CancellationToken;

use super::{Function, Job};
use crate::ending::Ending;
use crate::outcome::{Outcome, caught_async};
use crate::registry::BoxFuture;
use crate::returns::HandlerReturn;

/// The turn of a handler in the shutdown, for the task that
/// [`HandlerBuilder::spawn`](crate::HandlerBuilder::spawn) spawns.
///
/// It comes when the handlers of the task's priority start, or when those have ended that the handler runs
/// [after](crate::HandlerBuilder::after). In teardown nothing is in flight any more, or the drain has
/// timed out.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Turn;
/// use tokio::sync::mpsc;
///
/// async fn write_all(mut rows: mpsc::Receiver<String>, turn: Turn) {
///     while let Some(Some(row)) = turn.until(rows.recv()).await {
///         println!("{row}");
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), graceful::Error> {
/// let (_sender, rows) = mpsc::channel(1000);
/// graceful::handler("rows").spawn(|turn| write_all(rows, turn))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Turn(CancellationToken);

impl Turn {
    /// Ends a future or a stream when the turn has come and the future or stream has nothing left.
    ///
    /// A wrapped stream has the same items. A wrapped future returns an `Option`. The end is `None`, and comes only when the
    /// inner value was polled after the turn had come, and was pending. So a channel is empty then. A source that always
    /// has more is ended by the handler's timeout only.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe if the inner future or stream is. A future that the turn ends is dropped before it is ready, so wrap one that
    /// may be dropped, such as a channel's `recv()`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use futures_util::{Stream, StreamExt};
    /// use graceful::Turn;
    ///
    /// async fn write_all(rows: impl Stream<Item = String> + Unpin, turn: Turn) {
    ///     let mut rows = turn.until(rows);
    ///     while let Some(row) = rows.next().await {
    ///         println!("{row}");
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), graceful::Error> {
    /// # let rows = futures_util::stream::iter(["one".to_owned()]);
    /// graceful::handler("rows").spawn(|turn| write_all(rows, turn))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn until<T>(&self, inner: T) -> UntilTurn<T> {
        UntilTurn { inner, turn: Ending::of(&self.0) }
    }
}

pin_project! {
    /// A future or a stream that ends when a handler's turn has come and nothing is left. Returned by [`Turn::until`].
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::{Turn, UntilTurn};
    /// use tokio::sync::watch;
    ///
    /// async fn print_changes(mut levels: watch::Receiver<u32>, turn: Turn) {
    ///     loop {
    ///         let change: UntilTurn<_> = turn.until(levels.changed());
    ///         let Some(Ok(())) = change.await else { return };
    ///         println!("{}", *levels.borrow_and_update());
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), graceful::Error> {
    /// # let (_sender, levels) = watch::channel(1);
    /// # graceful::handler("levels").spawn(|turn| print_changes(levels, turn))?;
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless they are polled"]
    pub struct UntilTurn<T> {
        #[pin]
        inner: T,
        turn: Ending,
    }
}

impl<T> UntilTurn<T> {
    /// Polls the inner value. `None` if it is pending after the turn has come.
    fn poll_with<P>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        poll: impl Fn(Pin<&mut T>, &mut Context<'_>) -> Poll<P>,
    ) -> Poll<Option<P>> {
        let mut this = self.project();
        if let Poll::Ready(polled) = poll(this.inner.as_mut(), context) {
            return Poll::Ready(Some(polled));
        }
        ready!(this.turn.poll(context, || {}));
        // A full channel is pending too, when the task has used its budget of tokio's. And something may have arrived since.
        let again = pin!(unconstrained(poll_fn(|context| poll(this.inner.as_mut(), context))));
        match again.poll(context) {
            Poll::Ready(polled) => Poll::Ready(Some(polled)),
            Poll::Pending => Poll::Ready(None),
        }
    }
}

impl<F: Future> Future for UntilTurn<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.poll_with(context, F::poll)
    }
}

impl<S: Stream> Stream for UntilTurn<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_with(context, S::poll_next).map(Option::flatten)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // The turn may come at any moment.
        (0, self.inner.size_hint().1)
    }
}

/// Splits a task in two: what to spawn, which runs it until its turn, and the handler, which runs the rest. So the rest has the
/// handler's timeout and span, and is dropped as any other handler.
///
/// The turn comes also when the handler is dropped before it was called, because it was unregistered. Then the first part runs
/// the rest. `ended_early` is called with an outcome before the turn.
pub(crate) fn split<F, T>(
    task: impl FnOnce(Turn) -> F + Send + 'static,
    ended_early: impl FnOnce(&Outcome) + Send + 'static,
) -> (impl Future<Output = ()> + Send + 'static, Job)
where
    F: Future<Output = T> + Send + 'static,
    T: HandlerReturn,
{
    let turn = CancellationToken::new();
    let comes = turn.clone().drop_guard();
    let (hand_over, handed_over) = oneshot::channel::<BoxFuture<Outcome>>();
    let until_turn = async move {
        let argument = Turn(turn.clone());
        let task = Box::pin(async { task(argument).await.into_outcome() });
        let mut task: BoxFuture<Outcome> =
            Box::pin(async { caught_async(task).await.unwrap_or_else(Outcome::Panicked) });
        if let Some(outcome) = turn.run_until_cancelled(task.as_mut()).await {
            ended_early(&outcome);
            task = Box::pin(ready(outcome));
        }
        if let Err(task) = hand_over.send(task) {
            task.await;
        }
    };
    let function = Function::Late(Box::new(move |_| -> BoxFuture<Outcome> {
        drop(comes);
        Box::pin(async move {
            match handed_over.await {
                Ok(rest) => rest.await,
                Err(_) => Outcome::Panicked("the runtime that ran its task is gone".to_owned()),
            }
        })
    }));
    (until_turn, Job::Async(function))
}
