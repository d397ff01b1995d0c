//! The error of a check.

use std::fmt;

use crate::check::Source;
use crate::template::Unrendered;
use crate::text::escape;
use crate::tree::Position;

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
    /// The text does not have the syntax of its format, such as YAML.
    Syntax,
    /// The text is a template with `{{`, `${NAME}` or `@NAME@`, which must be rendered first.
    Template,
    /// The file is a kustomization or one of its patches, which must be built first.
    Kustomization,
    /// The text has too many values or levels, perhaps through aliases, or there are too many objects.
    TooLarge,
    /// Nothing in the files runs a program.
    NoWorkload,
    /// No object has the named kind and name.
    NoSuchWorkload,
    /// No object has the named container, service or task.
    NoSuchContainer,
    /// The files have several containers, services or tasks, and none was named.
    SeveralContainers,
}

/// An error whose place has no source name yet.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: ErrorKind,
    position: Option<Position>,
    message: String,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, position: None, message: message.into() }
    }

    /// A text that is not of this syntax.
    pub(crate) fn syntax(syntax: &str, position: Position, why: &str) -> Self {
        Self::new(ErrorKind::Syntax, format!("not {syntax}: {}", escape(why))).at(position)
    }

    /// A text that is not rendered.
    pub(crate) fn template(template: Unrendered) -> Self {
        Self::new(ErrorKind::Template, template.value.advice()).at(template.position)
    }

    pub(crate) fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    pub(crate) fn into_error(self, sources: &[Source<'_>]) -> Error {
        let Self { kind, position, message } = self;
        let place = position.map(|position| {
            let (source, line, column) = position.in_sources(sources);
            (source.to_owned(), line, column)
        });
        Error { kind, place, message }
    }
}

impl Error {
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
