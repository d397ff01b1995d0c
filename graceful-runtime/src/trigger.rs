//! The trigger: the event that starts the shutdown, and the deadline that it fixes.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use graceful_core::{Signal, budget};

/// The reason for the shutdown: a signal, a call, main's end or the end of a critical task.
///
/// Returned by [`shutdown_requested`](crate::shutdown_requested) and [`Report::reason`](crate::Report::reason), and an
/// argument of shutdown handlers.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::{Reason, Signal};
///
/// fn is_deployment(reason: &Reason) -> bool {
///     matches!(reason, Reason::Signal(Signal::Terminate))
/// }
/// # graceful::request_shutdown();
/// # assert!(!is_deployment(&graceful::wait_for_shutdown()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The process received a signal.
    Signal(Signal),
    /// [`request_shutdown`](crate::request_shutdown) or [`exit`](crate::exit) was called.
    Requested,
    /// Main returned without an error.
    MainReturned,
    /// Main returned an error or a failing exit code, or panicked.
    MainFailed,
    /// The critical task of this name ended, or the task with [`OnError::Shutdown`](crate::OnError::Shutdown) failed.
    CriticalTask(Arc<str>),
}

impl Reason {
    /// The reason as one word, as in the log's field `reason` and in the JSON: `SIGTERM`, `requested`, `main_returned`,
    /// `main_failed` or `critical_task`.
    ///
    /// ```
    /// # use graceful_runtime as graceful;
    /// assert_eq!(graceful::Reason::MainReturned.label(), "main_returned");
    /// ```
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Signal(signal) => signal.label(),
            Self::Requested => "requested",
            Self::MainReturned => "main_returned",
            Self::MainFailed => "main_failed",
            Self::CriticalTask(_) => "critical_task",
        }
    }

    /// The name of the critical task that ended.
    pub(crate) fn task(&self) -> Option<&str> {
        match self {
            Self::CriticalTask(name) => Some(name),
            _ => None,
        }
    }

    /// The exit code of a process that the signal has killed, as a shell reports it: 128 + its number.
    pub(crate) fn signal_code(&self) -> Option<u8> {
        match self {
            Self::Signal(signal) => Some(128 + signal.number()),
            _ => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => signal.fmt(f),
            Self::Requested => f.pad("a request of the program"),
            Self::MainReturned => f.pad("main returned"),
            Self::MainFailed => f.pad("main failed"),
            Self::CriticalTask(name) => write!(f, "the critical task `{name}` ended"),
        }
    }
}

/// Why the shutdown started, when, and until when it lasts at most.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) reason: Reason,
    pub(crate) at: Instant,
    pub(crate) deadline: Instant,
    /// The start is cancelled: there is neither a lame duck nor a drain, and main has a moment to return.
    pub(crate) cancels_start: bool,
}

impl Trigger {
    /// When the last handler must have ended: a little before the deadline.
    pub(crate) fn end(&self) -> Instant {
        let grace_period = self.deadline.saturating_duration_since(self.at);
        self.deadline.checked_sub(budget::margin(grace_period)).unwrap_or(self.at)
    }
}
