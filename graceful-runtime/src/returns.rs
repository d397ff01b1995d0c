//! What main and shutdown handlers can return, and how an error becomes text.

use std::convert::{Infallible, identity};
use std::error::Error;
use std::fmt::Display;
use std::marker::PhantomData;
use std::process::{ExitCode, Termination};

use self::sealed::Sealed;
use crate::arguments::Missing;
use crate::outcome::Outcome;

/// The return types of a shutdown handler: `()`, or a `Result<(), E>` whose error can be reported.
///
/// A handler that never ends returns `!`. The crate implements this trait; other crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::{fs, io};
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::handler("pid file").register_blocking(|| -> io::Result<()> { fs::remove_file("service.pid") })?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a shutdown handler cannot return `{Self}`",
    label = "expected `()` or `Result<(), E>`",
    note = "`E` is any type that implements `Display`; with `#[on_shutdown]`, also one that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait HandlerReturn {
    #[doc(hidden)]
    fn into_outcome(self) -> Outcome;

    #[doc(hidden)]
    fn sealed(_: Sealed);
}

#[diagnostic::do_not_recommend]
impl HandlerReturn for () {
    fn into_outcome(self) -> Outcome {
        Outcome::Completed
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl<E: ReportableError> HandlerReturn for Result<(), E> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(()) => Outcome::Completed,
            Err(error) => Outcome::Failed(error.text()),
        }
    }

    fn sealed(_: Sealed) {}
}

impl From<Missing> for Outcome {
    fn from(missing: Missing) -> Self {
        Outcome::Skipped(missing.0.to_owned())
    }
}

/// An error that a shutdown handler or a health check can return: every type that implements [`Display`].
///
/// `#[on_shutdown]` and `#[health_check]` also accept errors that convert into `Box<dyn Error + Send + Sync>`. The crate
/// implements this trait; other crates cannot.
///
/// The report has the text of the error's alternate form, `{:#}`, which in `anyhow` includes the causes.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::fmt;
///
/// struct Refused(u16);
///
/// impl fmt::Display for Refused {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         write!(f, "refused with status {}", self.0)
///     }
/// }
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::handler("deregister").register(async || Err::<(), _>(Refused(503)))?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` cannot be reported",
    label = "does not implement `Display`",
    note = "the text of the error goes to the log and to the report",
    note = "with `#[on_shutdown]` and `#[health_check]`, `Into<Box<dyn Error + Send + Sync>>` is enough"
)]
pub trait ReportableError: Sized {
    /// The alternate form of the error, which may include its causes.
    #[doc(hidden)]
    fn text(&self) -> String;

    /// Compiles if the error can be reported.
    #[doc(hidden)]
    fn check(_: PhantomData<Self>) {}

    #[doc(hidden)]
    fn sealed(_: Sealed);
}

#[diagnostic::do_not_recommend]
impl<E: Display> ReportableError for E {
    fn text(&self) -> String {
        format!("{self:#}")
    }

    fn sealed(_: Sealed) {}
}

/// The return types of main under `#[graceful::main]`: every type that implements [`Termination`].
///
/// The crate implements this trait; other crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::process::ExitCode;
///
/// # async fn import() -> u32 { 0 }
/// # /*
/// #[graceful::main]
/// async fn main() -> ExitCode {
/// # */
/// # async fn body() -> ExitCode {
///     match import().await {
///         0 => ExitCode::SUCCESS,
///         rejected => ExitCode::from(rejected.min(99) as u8),
///     }
/// }
/// # fn is_return<T: graceful::MainReturn>() {}
/// # is_return::<ExitCode>();
/// ```
#[diagnostic::on_unimplemented(
    message = "main cannot return `{Self}`",
    label = "expected `()`, `ExitCode` or `Result<(), E>`",
    note = "`E` is any type that implements `Debug`; every type that implements `std::process::Termination` is valid"
)]
pub trait MainReturn {
    #[doc(hidden)]
    fn report(self) -> ExitCode;

    #[doc(hidden)]
    fn sealed(_: Sealed);
}

#[diagnostic::do_not_recommend]
impl<T: Termination> MainReturn for T {
    fn report(self) -> ExitCode {
        Termination::report(self)
    }

    fn sealed(_: Sealed) {}
}

/// Keeps other crates from implementing the traits: they cannot name this type.
pub(crate) mod sealed {
    pub struct Sealed;
}

/// The type of a value that a function under an attribute returned.
///
/// `(&&&&returned).way()` is the way to report it: method lookup begins with the most references, so the first of the
/// traits below that applies wins.
#[doc(hidden)]
pub struct Returned<T>(PhantomData<T>);

impl<T> Returned<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

/// Converts a returned value of type `T` into `R`, whose error implements [`Display`].
#[doc(hidden)]
pub struct Way<T, R, E> {
    convert: fn(T) -> R,
    error: PhantomData<E>,
}

impl<T, R, E> Way<T, R, E> {
    fn new(convert: fn(T) -> R) -> Self {
        Self { convert, error: PhantomData }
    }

    /// The type of the error, for [`ReportableError::check`].
    pub fn error(&self) -> PhantomData<E> {
        self.error
    }

    pub fn convert(self, value: T) -> R {
        (self.convert)(value)
    }
}

/// The error implements [`Display`].
#[doc(hidden)]
pub trait ByDisplay {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E: Display> ByDisplay for &&&Returned<Result<T, E>> {
    type Way = Way<Result<T, E>, Result<T, E>, E>;

    fn way(&self) -> Self::Way {
        Way::new(identity)
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// The error converts into one that implements [`Display`].
#[doc(hidden)]
pub trait ByConversion {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E: Into<BoxError>> ByConversion for &&Returned<Result<T, E>> {
    type Way = Way<Result<T, E>, Result<T, BoxError>, BoxError>;

    fn way(&self) -> Self::Way {
        Way::new(|result| result.map_err(Into::into))
    }
}

/// The error cannot be reported: [`ReportableError::check`] does not compile, and gives the message.
#[doc(hidden)]
pub trait ByNothing {
    type Way;
    fn way(&self) -> Self::Way;
}

impl<T, E> ByNothing for &Returned<Result<T, E>> {
    type Way = Way<Result<T, E>, Result<T, String>, E>;

    fn way(&self) -> Self::Way {
        Way::new(|result| result.map_err(|_| String::new()))
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
        ($value:expr) => {{
            let value = $value;
            let way = (&&&&Returned::of(&value)).way();
            ReportableError::check(way.error());
            way.convert(value).into_outcome()
        }};
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
