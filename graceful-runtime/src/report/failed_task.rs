//! A critical task that failed.

use std::fmt;

/// A critical task that returned an error or panicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    name: String,
    why: String,
}

impl FailedTask {
    pub(crate) fn new(name: &str, why: &str) -> Self {
        Self { name: name.to_owned(), why: why.to_owned() }
    }

    /// The name that it was spawned with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its error, or that it panicked.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for FailedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "critical task `{}`: {}", self.name, self.why)
    }
}
