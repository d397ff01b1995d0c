//! What can go wrong in the crate's own calls.

use std::{error, fmt, io};

use crate::exit::code;

/// Why the crate couldn't do what it was asked.
///
/// Its `Debug` is its text with the cause, as a main that returns it would have it printed.
pub struct Error {
    kind: ErrorKind,
    what: String,
    source: Option<io::Error>,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A second `run` in one process.
    AlreadyRunning,
    /// The operating system refused to register a signal handler.
    Signal,
    /// The runtime, or the supervisor's thread, could not be started.
    Runtime,
    /// The address of the probes could not be had.
    Probes,
    /// The configuration doesn't hold together, in the source.
    Config,
    /// A variable of the environment holds what can't be used.
    Environment,
    /// A handler was registered when those of its phase had begun to run.
    TooLate,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    pub(crate) fn caused(kind: ErrorKind, what: impl Into<String>, source: io::Error) -> Self {
        Self { kind, what: what.into(), source: Some(source) }
    }

    /// A part of the program that the system refused.
    pub(crate) fn cannot_start(what: &str, source: io::Error) -> Self {
        Self::caused(ErrorKind::Runtime, format!("cannot start {what}"), source)
    }

    /// Which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The exit code of a program that can't start for this error: 78 (`EX_CONFIG`) for a bad configuration, else 1.
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
