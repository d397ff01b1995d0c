//! Critical tasks: when one ends, the shutdown begins.

use std::convert::Infallible;
use std::fmt::Display;
use std::future::Future;
use std::thread;

use crate::outcome::Outcome;
use crate::returns::HandlerReturn;
use crate::returns::sealed::Sealed;

/// The return types of a critical task: `()`, or a `Result<T, E>` whose error implements [`Display`].
///
/// A task that never ends returns `!` or [`Infallible`]. An error makes the exit code 1.
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
    note = "`E` is any type that implements `Display`"
)]
pub trait CriticalReturn {
    /// Returns the text of the error, or `None` if the task did not fail.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::CriticalReturn;
    ///
    /// assert_eq!(().failure(), None);
    /// assert_eq!(Err::<(), _>("connection lost").failure().as_deref(), Some("connection lost"));
    /// ```
    fn failure(&self) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl CriticalReturn for () {
    fn failure(&self) -> Option<String> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl CriticalReturn for Infallible {
    fn failure(&self) -> Option<String> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Display> CriticalReturn for Result<T, E> {
    fn failure(&self) -> Option<String> {
        self.as_ref().err().map(|error| format!("{error:#}"))
    }
}

/// How a critical task ended.
#[derive(Debug)]
pub(crate) enum CriticalEnd {
    Returned,
    Failed(String),
    Panicked,
    /// Aborted by its join handle, or dropped with the runtime.
    Dropped,
}

impl CriticalEnd {
    /// Why the exit code must not be zero. `None` if it may be.
    pub(crate) fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(why) => Some(why),
            Self::Panicked => Some("it panicked"),
            Self::Returned | Self::Dropped => None,
        }
    }
}

/// Reports how a task ended, also if it panics, or is dropped before its first poll.
pub(crate) struct Watch<E: FnOnce(CriticalEnd)>(Option<E>);

impl<E: FnOnce(CriticalEnd)> Watch<E> {
    pub(crate) fn new(ended: E) -> Self {
        Self(Some(ended))
    }

    /// Runs the task to its end.
    pub(crate) async fn over<F>(mut self, future: F) -> F::Output
    where
        F: Future,
        F::Output: CriticalReturn,
    {
        let output = future.await;
        self.report(output.failure().map_or(CriticalEnd::Returned, CriticalEnd::Failed));
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
        self.report(if thread::panicking() { CriticalEnd::Panicked } else { CriticalEnd::Dropped });
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
    fn failure(&self) -> Option<String> {
        match *self {}
    }
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
            F::Output: CriticalReturn + Send + 'static,
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
        assert!(matches!(failed, CriticalEnd::Failed(why) if why == "no"));
        let panicked = end_of(
            async {
                if true {
                    panic!("at once")
                }
            },
            false,
        )
        .await;
        assert!(matches!(panicked, CriticalEnd::Panicked));
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
