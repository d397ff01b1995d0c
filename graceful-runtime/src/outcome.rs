//! How a shutdown handler ended.

use std::fmt;

/// How a shutdown handler ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It ran to its end.
    Completed,
    /// It returned an error: its text.
    Failed(String),
    /// It panicked: the panic's message.
    Panicked(String),
    /// Its timeout came first. An asynchronous handler was dropped then; `blocked` says that it didn't let go, because
    /// it is synchronous or blocks its thread.
    TimedOut {
        /// It was still running when the shutdown went on without it.
        blocked: bool,
    },
    /// It was not run, and needn't: the resource of this type was never provided.
    Skipped(String),
    /// It was cut short, or not begun, because somebody pressed Ctrl-C again.
    Cancelled,
}

impl Outcome {
    /// Whether nothing went wrong: completed, or rightly skipped.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self, Self::Completed | Self::Skipped(_))
    }

    /// One word, as it stands in the log's field `outcome`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::TimedOut { .. } => "timed out",
            Self::Skipped(_) => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())?;
        match self {
            Self::Failed(why) | Self::Panicked(why) => write!(f, ": {why}"),
            Self::TimedOut { blocked: true } => f.write_str(", still blocks its thread"),
            Self::Skipped(missing) => write!(f, ": no {missing} was provided"),
            Self::Completed | Self::TimedOut { blocked: false } | Self::Cancelled => Ok(()),
        }
    }
}
