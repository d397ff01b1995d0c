//! The error of the crate's own calls.

use std::{error, fmt, io};

use crate::exit::code;

/// The error of [`Config::run`](crate::Config::run) and of registering handlers and health checks.
///
/// Its `Debug` is its text with the cause, on one line, as Rust prints it for a main that returns the error.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::ErrorKind;
///
/// let error = graceful::handler("cache").timeout(Duration::ZERO).register(async || {}).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// assert_eq!(error.to_string(), "the timeout of the handler `cache` is zero");
/// ```
pub struct Error {
    kind: ErrorKind,
    what: String,
    source: Option<io::Error>,
}

/// The kinds of [`Error`], for code that handles some of them.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::ErrorKind;
///
/// fn flush_at_exit() -> Result<(), graceful::Error> {
///     match graceful::handler("flush").register(async || println!("flushed")) {
///         // The service is stopping: nothing to flush any more.
///         Err(error) if error.kind() == ErrorKind::TooLate => Ok(()),
///         registered => registered.map(drop),
///     }
/// }
/// # flush_at_exit().unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The process has run graceful before: a process has one lifecycle.
    AlreadyRunning,
    /// The operating system refused to register a signal handler.
    Signal,
    /// The runtime, or the supervisor's thread, could not be started.
    Runtime,
    /// The address of the probes is not available.
    Probes,
    /// The configuration in the source is invalid: a timeout is zero, or the parts do not fit the grace period.
    Config,
    /// An environment variable has an invalid value, or one that does not fit the rest of the configuration.
    Environment,
    /// A handler was registered after the handlers of its phase had begun to run, or a health check in a scope that has ended.
    TooLate,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    pub(crate) fn caused(kind: ErrorKind, what: impl Into<String>, source: io::Error) -> Self {
        Self { kind, what: what.into(), source: Some(source) }
    }

    /// The system refused to start a part of the program.
    pub(crate) fn cannot_start(what: &str, source: io::Error) -> Self {
        Self::caused(ErrorKind::Runtime, format!("cannot start {what}"), source)
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the exit code of a program that cannot start: 78 (`EX_CONFIG`) for an invalid configuration, or 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            ErrorKind::Config | ErrorKind::Environment => code::CONFIG,
            _ => code::UNCLEAN,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
