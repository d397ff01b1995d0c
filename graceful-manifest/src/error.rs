//! Why a check could not be made.

use std::fmt;

use crate::text::escape;

/// Why a check could not be made.
///
/// Its `Display` is one line, which begins with the name of the source, line and column where there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    place: Option<(String, usize, usize)>,
    message: String,
}

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// It isn't YAML.
    Yaml,
    /// It is a template, with `{{`: it has to be rendered first.
    Template,
    /// It has too many nodes, or nests too deep, perhaps by aliases.
    TooLarge,
    /// There is nothing in it that has pods.
    NoWorkload,
    /// No pod has the container that was asked for.
    NoSuchContainer,
    /// There are several containers, and none was asked for.
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

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The name of the source.
    #[must_use]
    pub fn source_name(&self) -> Option<&str> {
        self.place.as_ref().map(|(source, ..)| &**source)
    }

    /// Line and column, from 1.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|&(_, line, column)| (line, column))
    }

    /// What is wrong, without the place.
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
