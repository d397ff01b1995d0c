//! A finding: where, what is wrong, what to write instead.

use std::fmt;

use crate::rule::{Rule, Severity};
use crate::text::escape;

/// Something in a manifest that doesn't agree with the program.
///
/// Its `Display` is one line: `deploy/api.yaml:23:7: error: Deployment/api: …`. Nothing in it can move a terminal's
/// cursor, whatever the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How severe it is.
    pub severity: Severity,
    /// What it is about.
    pub rule: Rule,
    /// The name of the source.
    pub source: String,
    /// The line in it, from 1.
    pub line: usize,
    /// The column in it, in characters, from 1. Of a field that should be there and isn't, line and column are those of
    /// what it belongs to.
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
