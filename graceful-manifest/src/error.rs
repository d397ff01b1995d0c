//! The error of a check.

use std::fmt;

use crate::text::escape;

/// The error of a check that could not be made.
///
/// Its `Display` is one line. It begins with source, line and column, if the error has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    place: Option<(String, usize, usize)>,
    message: String,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not YAML.
    Yaml,
    /// The text is a template with `{{`, which must be rendered first.
    Template,
    /// The text has too many values or levels, perhaps through aliases, or there are too many objects.
    TooLarge,
    /// No object has a pod template.
    NoWorkload,
    /// No pod has the named container.
    NoSuchContainer,
    /// The pods have several containers, and none was named.
    SeveralContainers,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, place: None, message: message.into() }
    }

    pub(crate) fn at(mut self, source: &str, line: usize, column: usize) -> Self {
        self.place = Some((source.to_owned(), line, column));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the name of the source.
    #[must_use]
    pub fn source_name(&self) -> Option<&str> {
        self.place.as_ref().map(|(source, ..)| &**source)
    }

    /// Returns line and column, both from 1.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|&(_, line, column)| (line, column))
    }

    /// Returns what is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((source, line, column)) = &self.place {
            write!(f, "{}:{line}:{column}: ", escape(source))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
