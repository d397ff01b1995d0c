//! What supervised tasks return.

use std::convert::Infallible;

use crate::failure::{Failure, IntoFailure};
use crate::outcome::Outcome;
use crate::returns::HandlerReturn;
use crate::returns::sealed::Sealed;

/// The return types of a [critical](crate::spawn_critical) or a [supervised](crate::task()) task, and of the tasks of a
/// [`Scope`](crate::Scope): `()`, or a `Result<T, E>` whose error the report [keeps](IntoFailure).
///
/// A task that never ends returns `!` or [`Infallible`]. An error of a critical task makes the exit code 1. The crate implements
/// this trait; other crates cannot.
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
    message = "a task whose failure is reported cannot return `{Self}`",
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
