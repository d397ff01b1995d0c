//! How a shutdown handler ended, and how panics of the user's code are caught.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use crate::failure::Failure;

/// How a shutdown handler ended, in a [`HandlerReport`](crate::HandlerReport). Main and critical tasks that failed have one too.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Outcome;
///
/// fn retry_later(outcome: &Outcome) -> bool {
///     matches!(outcome, Outcome::TimedOut { .. } | Outcome::Cancelled)
/// }
///
/// let outcome = Outcome::TimedOut { blocked: false };
/// assert!(retry_later(&outcome) && !outcome.is_clean());
/// assert_eq!(outcome.label(), "timed_out");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It ran to its end.
    Completed,
    /// It returned this error.
    Failed(Failure),
    /// It panicked: the panic's message.
    Panicked(String),
    /// It did not end within its timeout. An async handler was dropped.
    TimedOut {
        /// Whether it was still running when the shutdown continued: a plain function, or one that blocks its thread.
        blocked: bool,
    },
    /// It was not called, because no value of this type was provided.
    Skipped(String),
    /// It was cancelled, or not called, because of a second Ctrl-C.
    Cancelled,
}

impl Outcome {
    /// Returns whether the handler completed or was skipped.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self, Self::Completed | Self::Skipped(_))
    }

    /// Returns the error that was returned, to walk through its causes. `None` if nothing failed, or if only the text is known.
    ///
    /// [`Failure::downcast_ref`] finds your own error type.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// graceful::on_report(|report| {
    ///     for handler in report.handlers() {
    ///         let mut cause = handler.outcome().source();
    ///         while let Some(error) = cause {
    ///             eprintln!("{}: {error}", handler.name());
    ///             cause = error.source();
    ///         }
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(failure) => failure.error(),
            _ => None,
        }
    }

    /// Returns the text of the error with its causes, the message of the panic, or the type of which no value was provided.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Outcome;
    ///
    /// assert_eq!(Outcome::Panicked("out of bounds".to_owned()).message(), Some("out of bounds"));
    /// assert_eq!(Outcome::Completed.message(), None);
    /// ```
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => Some(failure.text()),
            Self::Panicked(text) | Self::Skipped(text) => Some(text),
            Self::Completed | Self::TimedOut { .. } | Self::Cancelled => None,
        }
    }

    /// The message, if it tells of an error.
    pub(crate) fn error_text(&self) -> Option<&str> {
        self.message().filter(|_| !self.is_clean())
    }

    /// Returns the outcome as one word in snake case, as in the log's field `outcome` and in the JSON.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::TimedOut { .. } => "timed_out",
            _ => self.words(),
        }
    }

    /// The outcome as a person reads it, without details.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::TimedOut { .. } => "timed out",
            Self::Skipped(_) => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())?;
        match self {
            Self::Failed(why) => write!(f, ": {}", why.text()),
            Self::Panicked(why) => write!(f, ": {why}"),
            Self::TimedOut { blocked: true } => f.write_str(", still blocks its thread"),
            Self::Skipped(missing) => write!(f, ": no {missing} was provided"),
            Self::Completed | Self::TimedOut { blocked: false } | Self::Cancelled => Ok(()),
        }
    }
}

/// Calls `foreign`. The error is the message of its panic.
pub(crate) fn caught<T>(foreign: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(foreign)).map_err(message)
}

/// Polls `foreign` until it resolves, and drops it. The error is the message of its panic, or of a panic in its destructor.
pub(crate) async fn caught_async<F: Future + ?Sized>(foreign: Pin<Box<F>>) -> Result<F::Output, String> {
    let mut slot = Guarded(Some(foreign));
    let output = poll_fn(|context| {
        let Some(foreign) = &mut slot.0 else { return Poll::Pending };
        match caught(|| foreign.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(message) => Poll::Ready(Err(message)),
        }
    })
    .await;
    slot.drop_it()?;
    output
}

/// Catches a panic of its future's destructor.
struct Guarded<F: ?Sized>(Option<Pin<Box<F>>>);

impl<F: ?Sized> Guarded<F> {
    fn drop_it(&mut self) -> Result<(), String> {
        let foreign = self.0.take();
        caught(|| drop(foreign))
    }
}

impl<F: ?Sized> Drop for Guarded<F> {
    fn drop(&mut self) {
        // The panic hook has printed the message.
        let _ = self.drop_it();
    }
}

fn message(payload: Box<dyn Any + Send>) -> String {
    let message = message_of(&*payload);
    if !payload.is::<&str>() && !payload.is::<String>() {
        // The payload's destructor is the user's code too, and could panic again.
        std::mem::forget(payload);
    }
    message
}

/// The message of a panic, from its payload.
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
