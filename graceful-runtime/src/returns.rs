//! What a shutdown handler may return.

use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::fmt::Display;

use crate::argument::Missing;
use crate::outcome::Outcome;

/// `()`, or a `Result<(), E>` whose error can be shown: what a handler that is registered at run time returns.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a shutdown handler cannot return `{Self}`",
    label = "not a result of a shutdown handler",
    note = "it can return `()`, or `Result<(), E>` where `E` implements `Display`"
)]
pub trait HandlerReturn {
    /// How it ended.
    fn into_outcome(self) -> Outcome;
}

impl HandlerReturn for () {
    fn into_outcome(self) -> Outcome {
        Outcome::Completed
    }
}

impl<E: Display> HandlerReturn for Result<(), E> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(()) => Outcome::Completed,
            Err(error) => failed(error),
        }
    }
}

impl From<Missing> for Outcome {
    fn from(missing: Missing) -> Self {
        Outcome::Skipped(missing.0.to_owned())
    }
}

/// `Result<(), E>`, whatever `E` is: what a function under the attribute returns, if not `()`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a shutdown handler cannot return `{Self}`",
    label = "expected `()` or `Result<(), E>`",
    note = "`E` is any type that implements `Display` or converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait HandlerResult<E> {
    fn into_result(self) -> Result<(), E>;
}

impl HandlerResult<Infallible> for () {
    fn into_result(self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<E> HandlerResult<E> for Result<(), E> {
    fn into_result(self) -> Result<(), E> {
        self
    }
}

/// How it ended, whatever of the traits below its error implements: `(&&&returned).outcome()` is the first that applies,
/// because method lookup begins with the most references.
#[doc(hidden)]
pub struct Returned<E>(Cell<Option<E>>);

impl<E> Returned<E> {
    pub fn new(result: Result<(), E>) -> Self {
        Self(Cell::new(result.err()))
    }

    fn outcome_by<T: Display>(&self, shown: impl FnOnce(E) -> T) -> Outcome {
        match self.0.take() {
            None => Outcome::Completed,
            Some(error) => failed(shown(error)),
        }
    }
}

#[doc(hidden)]
pub trait ByDisplay {
    fn outcome(&self) -> Outcome;
}

impl<E: Display> ByDisplay for &&Returned<E> {
    fn outcome(&self) -> Outcome {
        self.outcome_by(|error| error)
    }
}

#[doc(hidden)]
pub trait ByConversion {
    fn outcome(&self) -> Outcome;
}

impl<E: Into<Box<dyn Error + Send + Sync>>> ByConversion for &Returned<E> {
    fn outcome(&self) -> Outcome {
        self.outcome_by(Into::into)
    }
}

/// Applies to every error, and then doesn't compile: this is where the message comes from.
#[doc(hidden)]
pub trait ByNothing<E> {
    fn outcome(&self) -> Outcome
    where
        E: HandlerError;
}

impl<E> ByNothing<E> for Returned<E> {
    fn outcome(&self) -> Outcome
    where
        E: HandlerError,
    {
        self.outcome_by(HandlerError::text)
    }
}

/// Implemented by nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` cannot be reported",
    label = "implements neither `Display` nor `Into<Box<dyn Error + Send + Sync>>`",
    note = "what goes wrong is reported, so the error must have a text"
)]
pub trait HandlerError {
    fn text(self) -> String;
}

/// With the causes, if the alternate form of the error shows them.
fn failed(error: impl Display) -> Outcome {
    Outcome::Failed(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;

    impl Display for Plain {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(if f.alternate() { "plain: because" } else { "plain" })
        }
    }

    struct Convertible;

    impl From<Convertible> for Box<dyn Error + Send + Sync> {
        fn from(_: Convertible) -> Self {
            "converted".into()
        }
    }

    macro_rules! outcome {
        ($value:expr) => {
            (&&&Returned::new(HandlerResult::into_result($value))).outcome()
        };
    }

    #[test]
    fn every_way() {
        let failed = |text: &str| Outcome::Failed(text.to_owned());
        assert_eq!(outcome!(()), Outcome::Completed);
        assert_eq!(outcome!(Ok::<(), String>(())), Outcome::Completed);
        assert_eq!(outcome!(Err("text")), failed("text"));
        assert_eq!(outcome!(Err(Plain)), failed("plain: because"));
        assert_eq!(outcome!(Ok::<(), Convertible>(())), Outcome::Completed);
        assert_eq!(outcome!(Err(Convertible)), failed("converted"));
        let error: Box<dyn Error> = "boxed".into();
        assert_eq!(outcome!(Err(error)), failed("boxed"));
    }
}
