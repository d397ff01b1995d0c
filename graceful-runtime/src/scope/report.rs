//! What happened in a scope until its end.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::text::{count, counted, duration, escape};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::report::{Abandoned, HandlerReport};

/// How many errors of one scope are kept. All are counted.
const MAX_ERRORS: usize = 64;

/// What was found in a scope, and in the descendants that have ended with it.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Findings {
    pub(super) errors: Vec<ScopeError>,
    pub(super) error_count: usize,
    pub(super) abandoned: Vec<Abandoned>,
    pub(super) handlers: Vec<HandlerReport>,
}

impl Findings {
    pub(super) fn is_empty(&self) -> bool {
        self.error_count == 0 && self.abandoned.is_empty() && self.handlers.is_empty()
    }

    pub(super) fn add_error(&mut self, error: ScopeError) {
        self.error_count += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    /// Adds what the report of a child says.
    pub(super) fn extend(&mut self, child: &ScopeReport) {
        let Self { errors, error_count, abandoned, handlers } = &child.0.findings;
        self.errors.extend_from_slice(errors);
        self.error_count += error_count;
        self.abandoned.extend_from_slice(abandoned);
        self.handlers.extend_from_slice(handlers);
    }
}

/// The report on the end of a scope: which tasks failed in it, which work was abandoned, and its handlers. Returned by
/// [`Scope::shut_down`](crate::Scope::shut_down) and [`Scope::ended`](crate::Scope::ended).
///
/// It covers the scope, since its begin, and those of its descendants that ended with it. Clones are cheap. Its `Display` is one line.
/// With the feature `serde` it serializes, and is read back from that, as [`Report`](crate::Report) is.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::io;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tenant = graceful::scope("tenant 7");
/// tenant.spawn(async { Err::<(), _>(io::Error::other("disk full")) });
///
/// let report = tenant.shut_down(Duration::from_secs(10)).await;
/// assert!(!report.is_clean());
/// let failure = report.errors()[0].failure().unwrap();
/// assert_eq!(failure.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::Other);
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeReport(Arc<Inner>);

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Inner {
    pub(super) scope: Arc<str>,
    pub(super) elapsed: Duration,
    pub(super) findings: Findings,
}

impl From<Inner> for ScopeReport {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl ScopeReport {
    /// `begin`: when the drain began. `None` if the scope was never open.
    pub(super) fn new(scope: &Arc<str>, begin: Option<Instant>, findings: Findings) -> Self {
        let elapsed = begin.map_or(Duration::ZERO, |begin| begin.elapsed());
        Inner { scope: Arc::clone(scope), elapsed, findings }.into()
    }

    /// Returns the name of the scope, after the names of the scopes around it: `ingest/tenant 7`.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.0.scope
    }

    /// Returns the time from the begin of the scope's drain to its end.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Returns whether no task has failed, no work was abandoned, and each handler has completed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.error_count() == 0 && self.abandoned().is_empty() && self.failed_handlers() == 0
    }

    /// How many handlers have not completed, or were skipped.
    pub(crate) fn failed_handlers(&self) -> usize {
        self.handlers().iter().filter(|handler| !handler.outcome().is_clean()).count()
    }

    /// Returns the errors and panics of the tasks, of each scope in the order in which they happened.
    ///
    /// Of each scope the first 64 are kept. [`error_count`](Self::error_count) is the number of all.
    #[must_use]
    pub fn errors(&self) -> &[ScopeError] {
        &self.0.findings.errors
    }

    /// Returns how many tasks have failed.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::ScopeReport;
    ///
    /// fn print(report: &ScopeReport) {
    ///     report.errors().iter().for_each(|error| eprintln!("{error}"));
    ///     let others = report.error_count() - report.errors().len();
    ///     if others > 0 {
    ///         eprintln!("and {others} others");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.0.findings.error_count
    }

    /// Returns the work that was abandoned when the time of the drain was up: tasks, which were aborted, guards, and connections on
    /// which the application still produced an answer.
    #[must_use]
    pub fn abandoned(&self) -> &[Abandoned] {
        &self.0.findings.abandoned
    }

    /// Returns what became of the [handlers](crate::Scope::handler), in the order in which they ended. Their names come after that of
    /// their scope, as in `tenant 7/flush`.
    ///
    /// [`HandlerReport::started`] counts from the begin of the scope's drain, and in the shutdown of the service from the trigger.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::{Outcome, ScopeReport};
    ///
    /// fn print(report: &ScopeReport) {
    ///     for handler in report.handlers().iter().filter(|handler| *handler.outcome() != Outcome::Completed) {
    ///         eprintln!("{}: {}", handler.name(), handler.outcome());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn handlers(&self) -> &[HandlerReport] {
        &self.0.findings.handlers
    }
}

impl fmt::Display for ScopeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scope `{}` ended in {}", escape(self.scope()), duration(self.elapsed()))?;
        if self.error_count() > 0 {
            write!(f, ", {} failed", counted(self.error_count(), "task"))?;
        }
        let abandoned: usize = self.abandoned().iter().map(Abandoned::number).sum();
        if abandoned > 0 {
            write!(f, ", {} abandoned", count(abandoned))?;
        }
        if self.failed_handlers() > 0 {
            write!(f, ", {} not completed", counted(self.failed_handlers(), "handler"))?;
        }
        Ok(())
    }
}

/// A task of a scope that returned an error or panicked, in a [`ScopeReport`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::ScopeReport;
///
/// fn print(report: &ScopeReport) {
///     for error in report.errors() {
///         eprintln!("{} in {}: {}", error.task(), error.scope(), error.outcome());
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeError {
    scope: Arc<str>,
    task: String,
    outcome: Outcome,
}

impl ScopeError {
    pub(super) fn new(scope: &Arc<str>, task: String, outcome: Outcome) -> Self {
        Self { scope: Arc::clone(scope), task, outcome }
    }

    /// Returns the name of the scope, after the names of the scopes around it.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Returns the name of the task, or where it was spawned if it has none.
    #[must_use]
    pub fn task(&self) -> &str {
        &self.task
    }

    /// Returns how the task ended: [`Outcome::Failed`] or [`Outcome::Panicked`].
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Returns the error that the task returned. `None` if it panicked.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, task, outcome } = self;
        write!(f, "task `{}` of scope `{}` {}", escape(task), escape(scope), escape(&outcome.to_string()))
    }
}

/// Its causes are those of the task's error.
impl Error for ScopeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.outcome.source()
    }
}
