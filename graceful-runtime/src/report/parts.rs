//! The parts of a report: phases, handlers, connections that were cut, and tasks that failed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::plan::{Label, PlannedHandler};
use graceful_core::text::counted;
use graceful_core::{HandlerPhase, Phase};

use crate::in_flight::Described;
use crate::outcome::Outcome;

/// One phase of the shutdown, in a [`Report`](crate::Report).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::on_report(|report| {
///     for phase in report.phases() {
///         println!("{} began after {:?} and took {:?}", phase.phase(), phase.started(), phase.elapsed());
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhaseReport {
    pub(super) phase: Phase,
    pub(super) started: Duration,
    pub(super) elapsed: Duration,
}

impl PhaseReport {
    /// Returns which phase it is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns when the phase began, as the time since the trigger.
    #[must_use]
    pub fn started(&self) -> Duration {
        self.started
    }

    /// Returns how long the phase took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// The report on one shutdown handler, in a [`Report`](crate::Report) or a [`ScopeReport`](crate::ScopeReport): its times and its
/// outcome.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::HandlerReport;
///
/// fn nearly_timed_out(handler: &HandlerReport) -> bool {
///     handler.outcome().is_clean() && handler.elapsed() > handler.timeout().mul_f64(0.8)
/// }
///
/// graceful::on_report(|report| {
///     for handler in report.handlers().iter().filter(|handler| nearly_timed_out(handler)) {
///         println!("{} took {:?}", handler.name(), handler.elapsed());
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HandlerReport {
    pub(super) name: Label,
    pub(super) priority: i32,
    pub(super) phase: HandlerPhase,
    /// `None` if it ran after no others.
    pub(super) after: Option<Arc<[String]>>,
    pub(super) timeout: Duration,
    pub(super) started: Option<Duration>,
    pub(super) elapsed: Duration,
    pub(super) outcome: Outcome,
}

impl HandlerReport {
    /// Of a handler that does not begin at all.
    pub(crate) fn left_out(handler: &PlannedHandler) -> Self {
        Self::new(handler, handler.timeout(), None, Outcome::Cancelled)
    }

    #[inline]
    pub(super) fn new(
        handler: &PlannedHandler,
        timeout: Duration,
        started: Option<Duration>,
        outcome: Outcome,
    ) -> Self {
        Self {
            name: handler.owned_name(),
            priority: handler.priority(),
            phase: handler.phase(),
            after: handler.after().next().map(|_| handler.after().map(str::to_owned).collect()),
            timeout,
            started,
            elapsed: Duration::ZERO,
            outcome,
        }
    }

    /// Returns the handler's name, as in the plan.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the handler's priority.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Returns the phase in which the handler ran.
    #[must_use]
    pub fn phase(&self) -> HandlerPhase {
        self.phase
    }

    /// Returns the names of the handlers that it ran after, as in the plan.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::HandlerReport;
    ///
    /// fn print(handler: &HandlerReport) {
    ///     let after: Vec<_> = handler.after().collect();
    ///     println!("{} ran after {}", handler.name(), after.join(", "));
    /// }
    /// ```
    pub fn after(&self) -> impl Iterator<Item = &str> {
        self.after.iter().flat_map(|after| after.iter()).map(String::as_str)
    }

    /// Returns how long the handler was allowed to take. Less than in the plan if time was short.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns when the handler was called, as the time since the trigger. `None` if it was not called.
    #[must_use]
    pub fn started(&self) -> Option<Duration> {
        self.started
    }

    /// Returns how long the handler took. Zero if it was not called.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns how the handler ended.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The details of the outcome, without its label.
    pub(super) fn remark(&self) -> String {
        match &self.outcome {
            Outcome::Failed(why) => why.text().to_owned(),
            Outcome::Panicked(why) => why.clone(),
            Outcome::TimedOut { blocked: true } => "was still running".to_owned(),
            Outcome::Skipped(missing) => format!("no {missing} was provided"),
            Outcome::Completed | Outcome::TimedOut { blocked: false } | Outcome::Cancelled => String::new(),
        }
    }
}

/// Connections that were cut, at the end of the drain or before, because their clients held them open.
///
/// Such a client had not sent the rest of its request, did not read, or kept an upgraded connection open. It does not make the
/// end unclean.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::on_report(|report| {
///     let cut = report.cut();
///     if cut.connections() > 0 {
///         eprintln!("{} cut: {}", cut.connections(), cut.description());
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CutConnections {
    pub(super) connections: usize,
    pub(super) description: String,
}

impl CutConnections {
    /// Returns how many.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// Describes a few of them: method and path of the request, the client's address, how long the connection was open, and
    /// what it waited for. Empty if there are none.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

impl From<&Described> for CutConnections {
    fn from(described: &Described) -> Self {
        Self { connections: described.number, description: described.to_string() }
    }
}

impl fmt::Display for CutConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&counted(self.connections, "connection"))?;
        if self.description.is_empty() { Ok(()) } else { write!(f, ": {}", self.description) }
    }
}

/// A task whose final end was an error or a panic: a critical one, or one with [`OnError::Shutdown`](crate::OnError::Shutdown).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::on_report(|report| {
///     for task in report.failed_tasks() {
///         eprintln!("{} {}: {}", task.name(), task.outcome().label(), task.why());
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FailedTask {
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

impl FailedTask {
    pub(crate) fn new(name: &str, outcome: Outcome) -> Self {
        Self { name: name.to_owned(), outcome }
    }

    /// Returns the name that the task was spawned with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how the task ended: [`Outcome::Failed`] or [`Outcome::Panicked`].
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Returns the text of the error with its causes, or the message of the panic.
    #[must_use]
    pub fn why(&self) -> &str {
        self.outcome.message().unwrap_or_default()
    }
}

impl fmt::Display for FailedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "critical task `{}`", self.name)?;
        match &self.outcome {
            Outcome::Failed(failure) => write!(f, ": {}", failure.text()),
            outcome => write!(f, " {outcome}"),
        }
    }
}
