//! One attempt of a supervised task, and the report of a task's final end.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::thread;

use pin_project_lite::pin_project;

use super::critical::CriticalReturn;
use crate::outcome::{Outcome, caught, message_of};

/// What a future's panic carries.
type Payload = Box<dyn Any + Send>;

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Returned,
    /// With an error or a panic.
    Failed(Outcome),
    /// With an error or a panic, after which it would have been restarted, if the drain had not begun.
    NotRestarted,
    /// Aborted by its join handle, or dropped with the runtime.
    Dropped,
}

/// A task that has ended by itself: what its handle returns, and what the program is told.
pub(super) struct Ended<T> {
    /// The error is a panic, which continues in the handle.
    pub(super) output: Result<T, Payload>,
    pub(super) end: End,
    /// How many attempts there were.
    pub(super) attempts: u32,
}

impl<T> Ended<T> {
    fn returned((output, failure): (T, Option<crate::failure::Failure>)) -> Self {
        let end = failure.map_or(End::Returned, |failure| End::Failed(Outcome::Failed(failure)));
        Self { output: Ok(output), end, attempts: 1 }
    }

    fn panicked(payload: Payload) -> Self {
        let end = End::Failed(Outcome::Panicked(message_of(&*payload)));
        Self { output: Err(payload), end, attempts: 1 }
    }
}

/// Makes a future, runs it to its end, and drops it. Each of the three may panic.
pub(super) async fn attempt<F>(make: impl FnOnce() -> F) -> Ended<<F::Output as CriticalReturn>::Output>
where
    F: Future<Output: CriticalReturn>,
{
    let mut future = pin!(None);
    match catch_unwind(AssertUnwindSafe(make)) {
        Ok(made) => future.set(Some(made)),
        Err(payload) => return Ended::panicked(payload),
    }
    let ended = poll_fn(|context| {
        let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled = catch_unwind(AssertUnwindSafe(|| running.poll(context).map(CriticalReturn::split)));
        polled.map_or_else(|payload| Poll::Ready(Ended::panicked(payload)), |polled| polled.map(Ended::returned))
    })
    .await;
    match caught(|| future.set(None)) {
        // What failed first is the cause.
        Err(message) if ended.end == End::Returned => Ended::panicked(Box::new(message)),
        _ => ended,
    }
}

/// Learns how a task has ended.
pub(super) trait Watcher {
    /// The task has ended and is in flight, so the report of a drain that waits for it is not complete.
    fn ended(&self, end: &End, attempts: u32);

    /// The task is not in flight any more.
    fn gone(self, end: End);
}

pin_project! {
    /// A task and its watcher, who learns of the end also if the task is dropped before its first poll.
    pub(super) struct Watched<S, W: Watcher> {
        #[pin]
        task: Option<S>,
        // Dropped after the task.
        watch: Watch<W>,
    }
}

struct Watch<W: Watcher>(Option<W>);

impl<S, W: Watcher> Watched<S, W> {
    pub(super) fn new(task: S, watcher: W) -> Self {
        Self { task: Some(task), watch: Watch(Some(watcher)) }
    }
}

impl<T, S: Future<Output = Ended<T>>, W: Watcher> Future for Watched<S, W> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        let Some(task) = this.task.as_mut().as_pin_mut() else { return Poll::Pending };
        let Ended { output, end, attempts } = ready!(task.poll(context));
        let watcher = this.watch.0.take();
        if let Some(watcher) = &watcher {
            watcher.ended(&end, attempts);
        }
        this.task.set(None);
        if let Some(watcher) = watcher {
            watcher.gone(end);
        }
        Poll::Ready(output.unwrap_or_else(|payload| resume_unwind(payload)))
    }
}

impl<W: Watcher> Drop for Watch<W> {
    fn drop(&mut self) {
        let Some(watcher) = self.0.take() else { return };
        let panicked = || End::Failed(Outcome::Panicked("a panic while it was dropped".to_owned()));
        let end = if thread::panicking() { panicked() } else { End::Dropped };
        watcher.ended(&end, 1);
        watcher.gone(end);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    /// Sends the end.
    struct Sends(tokio::sync::oneshot::Sender<End>);

    impl Watcher for Sends {
        fn ended(&self, _: &End, _: u32) {}

        fn gone(self, end: End) {
            self.0.send(end).unwrap();
        }
    }

    async fn end_of<F>(future: F, abort: bool) -> End
    where
        F: Future + Send + 'static,
        F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
    {
        let (end, ended) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(Watched::new(attempt(|| future), Sends(end)));
        if abort {
            task.abort();
        }
        ended.await.unwrap()
    }

    fn failed(why: &str) -> End {
        End::Failed(Outcome::Failed(why.into()))
    }

    fn panicked(why: &str) -> End {
        End::Failed(Outcome::Panicked(why.to_owned()))
    }

    /// Panics when it is dropped.
    struct Fragile;

    impl Drop for Fragile {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }

    #[tokio::test]
    async fn a_watched_task_reports_how_it_ended() {
        assert_eq!(end_of(async {}, false).await, End::Returned);
        assert_eq!(end_of(async { Ok::<_, String>(1) }, false).await, End::Returned);
        assert_eq!(end_of(async { Err::<(), _>("no") }, false).await, failed("no"));
        let panics = async {
            if true {
                panic!("at once")
            }
        };
        assert_eq!(end_of(panics, false).await, panicked("at once"));
        assert_eq!(end_of(pending::<()>(), true).await, End::Dropped);
        let never = async {
            loop {
                pending::<()>().await
            }
        };
        assert_eq!(end_of(never, true).await, End::Dropped);
    }

    #[tokio::test]
    async fn a_panic_in_a_destructor_is_a_failure_and_never_hides_another() {
        // Moved into the future, and dropped with it.
        let ends_with = |result: Result<(), &'static str>| {
            let fragile = Fragile;
            std::future::poll_fn(move |_| {
                let _ = &fragile;
                Poll::Ready(result)
            })
        };
        assert_eq!(end_of(ends_with(Ok(())), false).await, panicked("in a destructor"));
        assert_eq!(end_of(ends_with(Err("no")), false).await, failed("no"));
    }

    #[tokio::test]
    async fn a_panic_of_the_closure_is_the_end_of_the_attempt() {
        let ended = attempt(|| -> std::future::Ready<()> { panic!("no future") }).await;
        assert_eq!(ended.end, panicked("no future"));
        assert!(ended.output.is_err());
    }
}
