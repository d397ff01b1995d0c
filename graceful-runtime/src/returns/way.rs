//! How a function under an attribute reports its value: the first way that its type allows.
//!
//! `(&&&&&Returned::of(&value)).way()` is that way: method lookup begins with the most references, so the first of the traits
//! below that applies wins. An error is kept with its type if that is possible, and otherwise as its text.

use std::convert::{Infallible, identity};
use std::error::Error;
use std::fmt::Display;
use std::marker::PhantomData;

use crate::failure::{Failure, IntoFailure};

/// The type of a value that a function under an attribute returned.
#[doc(hidden)]
pub struct Returned<T>(PhantomData<T>);

impl<T> Returned<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

/// Converts a returned value of type `T` into `R`. Its error is the user's, `E`, or one that implements [`Display`].
#[doc(hidden)]
pub struct Way<T, R, E> {
    convert: fn(T) -> R,
    error: PhantomData<E>,
}

impl<T, R, E> Way<T, R, E> {
    fn new(convert: fn(T) -> R) -> Self {
        Self { convert, error: PhantomData }
    }

    /// The type of the error, for [`ReportableError::check`](super::ReportableError::check).
    pub fn error(&self) -> PhantomData<E> {
        self.error
    }

    pub fn convert(self, value: T) -> R {
        (self.convert)(value)
    }
}

/// The way of a `Result` whose error becomes a [`Failure`].
type Keeping<T, E, Checked> = Way<Result<T, E>, Result<T, Failure>, Checked>;

/// The error gives a reference to an [`Error`], as that of `anyhow` does, which would hide its type from a conversion.
#[doc(hidden)]
pub trait ByReference {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E> ByReference for &&&&Returned<Result<T, E>>
where
    E: AsRef<dyn Error + Send + Sync> + Send + Sync + 'static,
{
    type Way = Keeping<T, E, String>;

    fn way(&self) -> Self::Way {
        Way::new(|result| result.map_err(Failure::by_reference))
    }
}

/// The error converts into a boxed one.
#[doc(hidden)]
pub trait ByConversion {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E: IntoFailure> ByConversion for &&&Returned<Result<T, E>> {
    type Way = Keeping<T, E, Failure>;

    fn way(&self) -> Self::Way {
        Way::new(|result| result.map_err(IntoFailure::into_failure))
    }
}

/// The error implements [`Display`].
#[doc(hidden)]
pub trait ByDisplay {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E: Display> ByDisplay for &&Returned<Result<T, E>> {
    type Way = Keeping<T, E, E>;

    fn way(&self) -> Self::Way {
        Way::new(|result| result.map_err(|error| format!("{error:#}").into()))
    }
}

/// The error cannot be reported: [`ReportableError::check`](super::ReportableError::check) does not compile, and gives the
/// message.
#[doc(hidden)]
pub trait ByNothing {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E> ByNothing for &Returned<Result<T, E>> {
    type Way = Keeping<T, E, E>;

    fn way(&self) -> Self::Way {
        Way::new(|result| result.map_err(|_| Failure::from(String::new())))
    }
}

/// The value is no `Result`.
#[doc(hidden)]
pub trait AsItIs {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T> AsItIs for Returned<T> {
    type Way = Way<T, T, Infallible>;

    fn way(&self) -> Self::Way {
        Way::new(identity)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::outcome::Outcome;
    use crate::returns::{HandlerReturn, ReportableError};

    struct Plain;

    impl Display for Plain {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(if f.alternate() { "plain: because" } else { "plain" })
        }
    }

    /// As `anyhow::Error`: it converts into a boxed error of a type that nobody can name.
    struct Opaque(io::Error);

    impl AsRef<dyn Error + Send + Sync> for Opaque {
        fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
            &self.0
        }
    }

    impl From<Opaque> for Box<dyn Error + Send + Sync> {
        fn from(_: Opaque) -> Self {
            "opaque".into()
        }
    }

    struct Convertible;

    impl From<Convertible> for Box<dyn Error + Send + Sync> {
        fn from(_: Convertible) -> Self {
            "converted".into()
        }
    }

    macro_rules! outcome {
        ($value:expr) => {{
            let value = $value;
            let way = (&&&&&Returned::of(&value)).way();
            ReportableError::check(way.error());
            way.convert(value).into_outcome()
        }};
    }

    #[test]
    fn every_way() {
        let failed = |text: &str| Outcome::Failed(text.into());
        assert_eq!(outcome!(()), Outcome::Completed);
        assert_eq!(outcome!(Ok::<(), String>(())), Outcome::Completed);
        assert_eq!(outcome!(Err("text")), failed("text"));
        assert_eq!(outcome!(Err(Plain)), failed("plain: because"));
        assert_eq!(outcome!(Ok::<(), Convertible>(())), Outcome::Completed);
        assert_eq!(outcome!(Err(Convertible)), failed("converted"));
        let error: Box<dyn Error> = "boxed".into();
        assert_eq!(outcome!(Err(error)), failed("boxed"));
    }

    #[test]
    fn the_error_is_kept_with_its_type() {
        let kept = |outcome: Outcome| match outcome {
            Outcome::Failed(failure) => failure.downcast_ref::<io::Error>().map(io::Error::kind),
            _ => None,
        };
        let error = || io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(kept(outcome!(Err(error()))), Some(io::ErrorKind::StorageFull));
        let boxed: Box<dyn Error + Send + Sync> = error().into();
        assert_eq!(kept(outcome!(Err(boxed))), Some(io::ErrorKind::StorageFull));
        assert_eq!(kept(outcome!(Err(Opaque(error())))), Some(io::ErrorKind::StorageFull));
        let not_send: Box<dyn Error> = error().into();
        assert_eq!(kept(outcome!(Err(not_send))), None);
    }
}
