//! Why something failed: the text of the user's error, and the error itself.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// How many causes of an error its text has at most: a chain that leads back to itself has no end.
const MAX_CAUSES: usize = 16;

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a shutdown handler, a critical task or main failed: the error that it returned, with all its causes.
///
/// In [`Outcome::Failed`](crate::Outcome::Failed). Clones share the error. Two failures are equal if their texts are.
///
/// Its `Display` is the text of the error; the alternate form, `{:#}`, and [`text`](Self::text) add the causes.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::io;
///
/// use graceful::Outcome;
///
/// graceful::on_report(|report| {
///     for handler in report.handlers() {
///         if let Outcome::Failed(failure) = handler.outcome() {
///             let refused = failure
///                 .downcast_ref::<io::Error>()
///                 .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
///             println!("{}: {} (refused: {refused})", handler.name(), failure.text());
///         }
///     }
/// });
/// ```
#[derive(Clone)]
pub struct Failure(Arc<Inner>);

struct Inner {
    /// With the causes.
    text: String,
    error: Option<Box<dyn Held>>,
}

/// An error in the form in which the user's function returned it.
trait Held: Send + Sync {
    fn error(&self) -> &(dyn Error + 'static);
}

impl Held for BoxError {
    fn error(&self) -> &(dyn Error + 'static) {
        &**self
    }
}

/// An error such as that of `anyhow`, which hides its type once it is converted into a `Box<dyn Error>`.
struct ByReference<E>(E);

impl<E: AsRef<dyn Error + Send + Sync> + Send + Sync> Held for ByReference<E> {
    fn error(&self) -> &(dyn Error + 'static) {
        self.0.as_ref()
    }
}

impl Failure {
    /// Keeps an error: any type that implements `Error`, a text, or a boxed error.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Failure;
    ///
    /// let failure = Failure::new(std::io::Error::other("disk full"));
    /// assert!(failure.downcast_ref::<std::io::Error>().is_some());
    /// assert_eq!(failure, Failure::from("disk full"));
    /// ```
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        match error.into().downcast::<Self>() {
            Ok(failure) => *failure,
            Err(error) => Self::holding(Box::new(error)),
        }
    }

    /// Keeps an error that does not convert into a boxed one without hiding its type.
    pub(crate) fn by_reference<E: AsRef<dyn Error + Send + Sync> + Send + Sync + 'static>(error: E) -> Self {
        Self::holding(Box::new(ByReference(error)))
    }

    fn holding(error: Box<dyn Held>) -> Self {
        let text = text_of(error.error());
        Self(Arc::new(Inner { text, error: Some(error) }))
    }

    /// Returns the text of the error and of its causes, as in the log and in the report.
    ///
    /// A cause whose text the error's own text contains is not repeated.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns the error itself. `None` if only its text is known, as in a report that was read from JSON, or for an
    /// error that implements only `Display`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Failure;
    ///
    /// let failure = Failure::new(std::io::Error::other("disk full"));
    /// assert_eq!(failure.error().unwrap().to_string(), "disk full");
    /// assert!(Failure::from("disk full").error().is_none());
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&(dyn Error + 'static)> {
        self.0.error.as_ref().map(|held| held.error())
    }

    /// Returns the error, or the first of its causes, that has the type `E`.
    ///
    /// An `anyhow::Error` that has no context and comes from a function without the attribute hides its own type: return
    /// `error.into_boxed_dyn_error()` there. Its causes are found.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        causes(self.error()?).find_map(|error| error.downcast_ref())
    }
}

/// The error and its causes.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source()).take(MAX_CAUSES + 1)
}

fn text_of(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("{error:#}");
    for cause in causes(error).skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A failure of which only the text is known.
impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(Arc::new(Inner { text, error: None }))
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Failure {}

impl std::hash::Hash for Failure {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error() {
            Some(error) if !f.alternate() => fmt::Display::fmt(error, f),
            _ => f.pad(self.text()),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text(), f)
    }
}

/// Its causes are those of the error that it keeps.
impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error()?.source()
    }
}

/// An error that the report keeps: every type that converts into `Box<dyn Error + Send + Sync>`.
///
/// So each type that is `Error + Send + Sync + 'static`, `String`, `&str`, and the errors of `anyhow` and `eyre`. The crate
/// implements this trait; other crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::{HandlerRegistration, IntoFailure};
///
/// fn register<E: IntoFailure + 'static>(close: fn() -> Result<(), E>) -> Result<HandlerRegistration, graceful::Error> {
///     graceful::handler("close").register_blocking(close)
/// }
/// # register(|| std::fs::remove_file("lock")).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` cannot be reported",
    label = "does not convert into `Box<dyn Error + Send + Sync>`",
    note = "an error that only implements `Display` can return its text: `.map_err(|error| error.to_string())`"
)]
pub trait IntoFailure: Sized {
    #[doc(hidden)]
    fn into_failure(self) -> Failure;

    #[doc(hidden)]
    fn sealed(_: crate::returns::sealed::Sealed);
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> IntoFailure for E {
    fn into_failure(self) -> Failure {
        Failure::new(self)
    }

    fn sealed(_: crate::returns::sealed::Sealed) {}
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|cause| &**cause as _)
        }
    }

    /// An error that is its cause.
    #[derive(Debug)]
    struct Endless;

    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("again")
        }
    }

    impl Error for Endless {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    fn layers() -> Layer {
        Layer("cannot flush", Some(Box::new(Layer("no connection", Some(Box::new(Layer("refused", None)))))))
    }

    #[test]
    fn the_text_has_the_causes() {
        let failure = Failure::new(layers());
        assert_eq!(failure.text(), "cannot flush: no connection: refused");
        assert_eq!(
            format!("{failure}|{failure:#}|{failure:?}"),
            "cannot flush|cannot flush: no connection: refused|\"cannot flush: no connection: refused\""
        );
        assert_eq!(failure.source().unwrap().to_string(), "no connection");
    }

    #[test]
    fn a_cause_is_not_repeated() {
        let says_all = Layer("cannot flush: refused", Some(Box::new(Layer("refused", None))));
        assert_eq!(Failure::new(says_all).text(), "cannot flush: refused");
        assert_eq!(Failure::new(Endless).text(), "again");
        assert!(Failure::new(Endless).downcast_ref::<io::Error>().is_none());
    }

    #[test]
    fn the_users_type_is_found_in_each_layer() {
        let failure = Failure::new(io::Error::other(layers()));
        assert_eq!(failure.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::Other);
        // As for `io::Error`, which shows the error in it as its own.
        assert_eq!(failure.downcast_ref::<Layer>().unwrap().0, "no connection");
        let boxed: BoxError = Box::new(layers());
        assert_eq!(Failure::new(boxed).downcast_ref::<Layer>().unwrap().0, "cannot flush");
        // A failure in a failure is the same failure.
        assert_eq!(Failure::new(Failure::new(layers())).downcast_ref::<Layer>().unwrap().0, "cannot flush");
        assert!(Failure::from("text").error().is_none());
    }

    #[test]
    fn an_error_that_hides_its_type_is_kept_as_it_is() {
        struct Opaque(BoxError);
        impl AsRef<dyn Error + Send + Sync> for Opaque {
            fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
                &*self.0
            }
        }
        let failure = Failure::by_reference(Opaque(layers().into()));
        assert_eq!(failure.downcast_ref::<Layer>().unwrap().0, "cannot flush");
    }
}
