//! The error of a command that could not run.

use std::fmt;

use graceful_core::text::escape;

/// The error of a command that could not run: a message in lower case, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    place: Option<Place>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The template that the line was rendered from.
    pub(crate) template: Option<String>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None }
    }

    pub(crate) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What is wrong, without the place.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { source, line, column, .. }) = &self.place {
            write!(f, "{}:{line}:{column}: ", escape(source))?;
        }
        f.write_str(&self.message)?;
        match self.place.as_ref().and_then(|place| place.template.as_ref()) {
            Some(template) => write!(f, " (rendered from {})", escape(template)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
