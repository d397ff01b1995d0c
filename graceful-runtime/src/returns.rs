//! What main, shutdown handlers and health checks can return.

mod main_way;
mod way;

use std::fmt::Display;
use std::marker::PhantomData;
use std::process::{ExitCode, Termination};

pub use self::main_way::{MainAsItIs, MainByConversion, MainByDisplay, MainByReference};
use self::sealed::Sealed;
pub use self::way::{AsItIs, ByConversion, ByDisplay, ByNothing, ByReference, Returned};
use crate::arguments::Missing;
use crate::failure::IntoFailure;
use crate::outcome::Outcome;

/// The return types of a shutdown handler: `()`, or a `Result<(), E>` whose error the report [keeps](IntoFailure).
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
    note = "`E` is any type that converts into `Box<dyn Error + Send + Sync>`; with `#[on_shutdown]`, also one that implements `Display`"
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
impl<E: IntoFailure> HandlerReturn for Result<(), E> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(()) => Outcome::Completed,
            Err(error) => Outcome::Failed(error.into_failure()),
        }
    }

    fn sealed(_: Sealed) {}
}

impl From<Missing> for Outcome {
    fn from(missing: Missing) -> Self {
        Outcome::Skipped(missing.0.to_owned())
    }
}

/// An error that a health check can return: every type that implements [`Display`].
///
/// `#[on_shutdown]` accepts it too, and keeps its text. `#[health_check]` also accepts errors that convert into
/// `Box<dyn Error + Send + Sync>`. The crate implements this trait; other crates cannot.
///
/// The text is that of the error's alternate form, `{:#}`, which in `anyhow` includes the causes.
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
/// graceful::health_check("broker").register(async || Err::<(), _>(Refused(503)))?;
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
