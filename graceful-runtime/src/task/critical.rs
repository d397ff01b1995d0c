//! Critical tasks: when one ends, the shutdown begins.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;
use std::thread;

use crate::failure::{Failure, IntoFailure};
use crate::outcome::{Outcome, message_of};
use crate::returns::HandlerReturn;
use crate::returns::sealed::Sealed;

/// The return types of a critical task: `()`, or a `Result<T, E>` whose error the report [keeps](IntoFailure).
///
/// A task that never ends returns `!` or [`Infallible`]. An error makes the exit code 1. The crate implements this trait; other
/// crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::io;
///
/// async fn consume() -> io::Result<u64> {
///     // …
/// #   Ok(7)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// graceful::spawn_critical("consumer", consume());
/// # graceful::shutdown_requested().await;
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a critical task cannot return `{Self}`",
    label = "expected `()` or `Result<T, E>`",
    note = "`E` is any type that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait CriticalReturn {
    /// What the task's `JoinHandle` returns: the same type, with [`Failure`] for `E`.
    type Output;

    /// Splits the value into what the caller gets and what the report gets. They share the error.
    #[doc(hidden)]
    fn split(self) -> (Self::Output, Option<Failure>);

    #[doc(hidden)]
    fn sealed(_: Sealed);
}

#[diagnostic::do_not_recommend]
impl CriticalReturn for () {
    type Output = ();

    fn split(self) -> ((), Option<Failure>) {
        ((), None)
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl CriticalReturn for Infallible {
    type Output = Infallible;

    fn split(self) -> (Infallible, Option<Failure>) {
        match self {}
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl<T, E: IntoFailure> CriticalReturn for Result<T, E> {
    type Output = Result<T, Failure>;

    fn split(self) -> (Self::Output, Option<Failure>) {
        let result = self.map_err(IntoFailure::into_failure);
        let failure = result.as_ref().err().cloned();
        (result, failure)
    }

    fn sealed(_: Sealed) {}
}

/// How a critical task ended.
#[derive(Debug)]
pub(crate) enum CriticalEnd {
    Returned,
    /// With an error or a panic: the exit code must not be zero.
    Failed(Outcome),
    /// Aborted by its join handle, or dropped with the runtime.
    Dropped,
}

/// Reports how a task ended, also if it panics, or is dropped before its first poll.
pub(crate) struct Watch<E: FnOnce(CriticalEnd)>(Option<E>);

impl<E: FnOnce(CriticalEnd)> Watch<E> {
    pub(crate) fn new(ended: E) -> Self {
        Self(Some(ended))
    }

    /// Runs the task to its end. A panic is reported, and continues.
    pub(crate) async fn over<F>(mut self, future: F) -> <F::Output as CriticalReturn>::Output
    where
        F: Future,
        F::Output: CriticalReturn,
    {
        let mut future = pin!(Some(future));
        let polled = poll_fn(|context| {
            let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Pending };
            let polled = catch_unwind(AssertUnwindSafe(|| running.poll(context).map(CriticalReturn::split)));
            if !matches!(polled, Ok(Poll::Pending)) {
                // Who is told of the end does not find it in flight any more.
                future.set(None);
            }
            polled.unwrap_or_else(|payload| {
                self.report(CriticalEnd::Failed(Outcome::Panicked(message_of(&*payload))));
                resume_unwind(payload)
            })
        });
        let (output, failure) = polled.await;
        self.report(failure.map_or(CriticalEnd::Returned, |failure| CriticalEnd::Failed(Outcome::Failed(failure))));
        output
    }

    fn report(&mut self, end: CriticalEnd) {
        if let Some(ended) = self.0.take() {
            ended(end);
        }
    }
}

impl<E: FnOnce(CriticalEnd)> Drop for Watch<E> {
    fn drop(&mut self) {
        let panicked = || CriticalEnd::Failed(Outcome::Panicked("a panic while it was dropped".to_owned()));
        self.report(if thread::panicking() { panicked() } else { CriticalEnd::Dropped });
    }
}

type Never = <fn() -> ! as Returns>::Type;

#[doc(hidden)]
pub trait Returns {
    type Type;
}

impl<T> Returns for fn() -> T {
    type Type = T;
}

#[diagnostic::do_not_recommend]
impl CriticalReturn for Never {
    type Output = Self;

    fn split(self) -> (Self, Option<Failure>) {
        self
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl HandlerReturn for Never {
    fn into_outcome(self) -> Outcome {
        self
    }

    fn sealed(_: Sealed) {}
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_watched_task_reports_how_it_ended() {
        async fn end_of<F>(future: F, abort: bool) -> CriticalEnd
        where
            F: Future + Send + 'static,
            F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
        {
            let (end, ended) = tokio::sync::oneshot::channel();
            let task = tokio::spawn(Watch::new(move |how| end.send(how).unwrap()).over(future));
            if abort {
                task.abort();
            }
            ended.await.unwrap()
        }
        assert!(matches!(end_of(async {}, false).await, CriticalEnd::Returned));
        assert!(matches!(end_of(async { Ok::<_, String>(1) }, false).await, CriticalEnd::Returned));
        let failed = end_of(async { Err::<(), _>("no") }, false).await;
        assert!(matches!(failed, CriticalEnd::Failed(Outcome::Failed(why)) if why.text() == "no"));
        let panicked = end_of(
            async {
                if true {
                    panic!("at once")
                }
            },
            false,
        )
        .await;
        assert!(matches!(panicked, CriticalEnd::Failed(Outcome::Panicked(why)) if why == "at once"));
        let aborted = end_of(async { pending::<()>().await }, true).await;
        assert!(matches!(aborted, CriticalEnd::Dropped));
        let never = end_of(
            async {
                loop {
                    pending::<()>().await
                }
            },
            true,
        )
        .await;
        assert!(matches!(never, CriticalEnd::Dropped));
    }
}
