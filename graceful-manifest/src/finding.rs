//! A finding: its place, what is wrong, and what to write instead.

use std::fmt;

use crate::rule::{Rule, Severity};
use crate::text::escape;

/// A contradiction between the program and what its platform grants it.
///
/// Its `Display` is one line: `deploy/api.yaml:23:7: error: Deployment/api: …`. It has no place if the finding is in no
/// file. Control characters from the file are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The severity of the finding.
    pub severity: Severity,
    /// The broken rule.
    pub rule: Rule,
    /// The name of the source. Empty if the finding is in no file.
    pub source: String,
    /// The line in the source, from 1. 0 if the finding is in no file, as is `column`.
    pub line: usize,
    /// The column in the source, in characters, from 1. If a field is missing, line and column are those of the field
    /// that should contain it.
    pub column: usize,
    /// The number of characters at that place that the finding is about, at least 1.
    pub length: usize,
    /// Kind and name of the object, such as `Deployment/api`. Of several pods with one owner, the owner:
    /// `ReplicaSet/api-5d9 (3 pods)`.
    pub workload: String,
    /// What is wrong, with the numbers.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

impl Finding {
    /// Returns the finding for a program that has handlers and nothing that runs them. `first` is the name of the first
    /// handler, with its file and line, and `handlers` is their number.
    #[must_use]
    pub fn handlers_without_main(first: &str, file: &str, line: usize, handlers: usize) -> Self {
        let message = match handlers {
            1 => "the handler is linked, and nothing in the program runs it".to_owned(),
            _ => format!("this handler and {} more are linked, and nothing in the program runs them", handlers - 1),
        };
        Self {
            severity: Rule::HandlersWithoutMain.severity(),
            rule: Rule::HandlersWithoutMain,
            source: file.to_owned(),
            line,
            column: 1,
            length: 1,
            workload: format!("handler/{first}"),
            message,
            advice: "put `#[graceful::main]` on main, or call `Config::run` or `graceful::run_handlers`".to_owned(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, rule, line, column, workload, message, advice, .. } = self;
        if !self.source.is_empty() {
            write!(f, "{}:{line}:{column}: ", escape(&self.source))?;
        }
        write!(f, "{severity}: {workload}: {message}; {advice} [{rule}]")
    }
}
