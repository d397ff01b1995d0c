//! The report: what happened during the shutdown.

mod abandoned;
mod data;
mod handlers;
mod parts;
mod recorder;
#[cfg(feature = "serde")]
mod serialize;
mod supervised;
#[cfg(test)]
mod tests;
mod timeline;

use std::time::Duration;

use graceful_core::ReportFormat;
use graceful_core::text::{count, counted, duration, escape, join};

pub use self::abandoned::Abandoned;
pub(crate) use self::abandoned::Details;
use self::handlers::Handlers;
pub use self::parts::{CutConnections, FailedTask, HandlerReport, PhaseReport};
#[cfg(test)]
pub(crate) use self::recorder::Draft;
pub(crate) use self::recorder::{HandlerId, Recorder};
pub use self::supervised::SupervisedTask;
use crate::outcome::Outcome;
use crate::trigger::Reason;

/// The report of a shutdown: what happened in each phase and to each handler, and the exit code.
///
/// Passed to the function that [`on_report`](crate::on_report()) takes. Its `Display` is a timeline of at most 80
/// columns, for a terminal or a log. With the feature `serde` it serializes as the guide's chapter on observability says, and is
/// read back from that: durations in whole milliseconds, and errors as their texts.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::on_report(|report| {
///     println!("{} took {:?} of {:?}", report.reason(), report.elapsed(), report.grace_period());
///     if !report.is_clean() {
///         eprintln!("exit code {}\n{report}", report.exit_code());
///     }
///     for work in report.abandoned() {
///         eprintln!("abandoned: {work}");
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Report {
    reason: Reason,
    grace_period: Duration,
    elapsed: Duration,
    phases: Vec<PhaseReport>,
    handlers: Handlers,
    abandoned: Vec<Abandoned>,
    /// Each of them in words, with what to change.
    explained: Vec<String>,
    /// `None` until the report is final.
    pub(crate) main_failure: Option<Outcome>,
    /// Empty until the report is final.
    pub(crate) failed_tasks: Vec<FailedTask>,
    /// Empty until the report is final.
    pub(crate) supervised_tasks: Vec<SupervisedTask>,
    /// Empty until the report is final.
    pub(crate) warnings: Vec<String>,
    /// Zero until the report is final.
    pub(crate) exit_code: u8,
    cut: CutConnections,
}

impl Report {
    /// Returns what started the shutdown.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Returns the code with which the process exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// Returns the time from the trigger to the end.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the grace period: how long the shutdown was allowed to take.
    #[must_use]
    pub fn grace_period(&self) -> Duration {
        self.grace_period
    }

    /// Returns the phases that were entered, in order: lame duck, draining and teardown.
    #[must_use]
    pub fn phases(&self) -> &[PhaseReport] {
        &self.phases
    }

    /// Returns all handlers of drain and teardown, including those that were not called, in running order.
    ///
    /// The handlers of the flush run after the report.
    #[must_use]
    pub fn handlers(&self) -> &[HandlerReport] {
        self.handlers.in_order()
    }

    /// Returns the work that was abandoned at the end of the drain.
    #[must_use]
    pub fn abandoned(&self) -> &[Abandoned] {
        &self.abandoned
    }

    /// Returns the connections that were cut because their clients held them open. They do not make the end unclean.
    #[must_use]
    pub fn cut(&self) -> &CutConnections {
        &self.cut
    }

    /// Returns the critical tasks that failed, before or during the shutdown, and those of
    /// [`OnError::Shutdown`](crate::OnError::Shutdown).
    #[must_use]
    pub fn failed_tasks(&self) -> &[FailedTask] {
        &self.failed_tasks
    }

    /// Returns the [supervised tasks](crate::task()) that have failed at least once and were restarted, or without which the
    /// program continued, in the order of their ends. They do not make the end unclean.
    ///
    /// Of the tasks that have ended, the last 100 are remembered.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// graceful::on_report(|report| {
    ///     for task in report.supervised_tasks().iter().filter(|task| task.is_final()) {
    ///         eprintln!("{} was given up after {} attempts: {}", task.name(), task.attempts(), task.outcome());
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn supervised_tasks(&self) -> &[SupervisedTask] {
        &self.supervised_tasks
    }

    /// Returns how main failed: [`Outcome::Failed`] with the error that it returned, or [`Outcome::Panicked`].
    ///
    /// `None` if main did not fail. Only `#[graceful::main]` sees the error: a program that calls
    /// [`Config::run`](crate::Config::run) has it on standard error, and in the exit code.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// graceful::on_report(|report| {
    ///     if let Some(failure) = report.main_failure() {
    ///         println!("main {failure}");
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn main_failure(&self) -> Option<&Outcome> {
        self.main_failure.as_ref()
    }

    /// Returns what is probably wrong with the program although nothing failed, such as two values of one type that were
    /// given to [`provide`](crate::provide).
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// graceful::on_report(|report| {
    ///     for warning in report.warnings() {
    ///         eprintln!("{warning}");
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns whether each handler completed or was skipped, nothing was abandoned, and no critical task failed.
    ///
    /// Main's own end does not count here: see [`exit_code`](Self::exit_code).
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.abandoned.is_empty()
            && self.failed_tasks.is_empty()
            && self.handlers.iter().all(|handler| handler.outcome.is_clean())
    }

    /// The report for standard error after a message of one line.
    pub(crate) fn in_format(&self, format: ReportFormat, message: &str) -> String {
        match format {
            ReportFormat::Text => format!("graceful: {message}\n{self}\n"),
            ReportFormat::Json => self.line(message) + "\n",
            _ => format!("graceful: {message}\n"),
        }
    }

    /// The report in one line, for the log.
    pub(crate) fn summary(&self) -> String {
        let handlers: Vec<_> = self.handlers.iter().collect();
        let cut = match self.cut.connections() {
            0 => String::new(),
            connections => format!("; cut {}", counted(connections, "connection")),
        };
        format!(
            "shutdown after {} took {} of {}: {}{}{cut}; exit code {}",
            escape(&self.reason.to_string()),
            duration(self.elapsed),
            duration(self.grace_period),
            tally(&handlers, "handler"),
            [
                (self.abandoned.is_empty(), "; work was abandoned"),
                (self.failed_tasks.is_empty(), "; a critical task failed")
            ]
            .into_iter()
            .filter_map(|(is_empty, what)| (!is_empty).then_some(what))
            .collect::<String>(),
            self.exit_code,
        )
    }
}

/// Counts the outcomes: "3 handlers completed, 1 failed".
fn tally(handlers: &[&HandlerReport], noun: &str) -> String {
    const LABELS: [&str; 6] = ["completed", "failed", "panicked", "timed out", "skipped", "cancelled"];

    let mut parts = Vec::new();
    for label in LABELS {
        match handlers.iter().filter(|handler| handler.outcome.words() == label).count() {
            0 => {}
            number if parts.is_empty() && !noun.is_empty() => {
                parts.push(format!("{} {label}", counted(number, noun)));
            }
            number => parts.push(format!("{} {label}", count(number))),
        }
    }
    if parts.is_empty() { format!("no {noun}s") } else { join(&parts, ", ") }
}
