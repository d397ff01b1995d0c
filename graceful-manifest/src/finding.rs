//! A finding: its place, what is wrong, and what to write instead.

use std::fmt;

use crate::rule::{Rule, Severity};
use crate::text::escape;

/// A place in a manifest that contradicts the program.
///
/// Its `Display` is one line: `deploy/api.yaml:23:7: error: Deployment/api: …`. Control characters from the manifest
/// are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The severity of the finding.
    pub severity: Severity,
    /// The broken rule.
    pub rule: Rule,
    /// The name of the source.
    pub source: String,
    /// The line in the source, from 1.
    pub line: usize,
    /// The column in the source, in characters, from 1. If a field is missing, line and column are those of the field
    /// that should contain it.
    pub column: usize,
    /// Kind and name of the object, such as `Deployment/api`.
    pub workload: String,
    /// What is wrong, with the numbers.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, rule, line, column, workload, message, advice, .. } = self;
        let source = escape(&self.source);
        write!(f, "{source}:{line}:{column}: {severity}: {workload}: {message}; {advice} [{rule}]")
    }
}
