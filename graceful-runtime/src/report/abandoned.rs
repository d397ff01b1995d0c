//! Work that was abandoned, in a report.

use std::fmt;

use graceful_core::text::escape;

use crate::in_flight::Described;

/// Work that was abandoned at the end of the drain.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Abandoned;
///
/// graceful::on_report(|report| {
///     for abandoned in report.abandoned() {
///         match abandoned {
///             Abandoned::Task { location, .. } => eprintln!("a task from {location} ignored the drain"),
///             other => eprintln!("{other}"),
///         }
///     }
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Abandoned {
    /// Main had not returned.
    Main,
    /// A tracked task was still running.
    Task {
        /// Where the task was spawned: file, line and column.
        location: String,
        /// The task's name, if it has one.
        name: Option<String>,
        /// The task's scope, if it has one, after the names of the scopes around it.
        scope: Option<String>,
    },
    /// Connections were still open.
    Connections {
        /// How many.
        connections: usize,
        /// The scope of the connections, after the names of the scopes around it, in the report of a scope. `None` in the report
        /// of the service, which counts all connections together and names their scopes in words.
        scope: Option<String>,
    },
    /// Other work was in flight.
    InFlight {
        /// How many guards were held.
        guards: usize,
        /// The scope of the guards, if they have one, after the names of the scopes around it.
        scope: Option<String>,
    },
}

impl Abandoned {
    /// Returns the kind as one word, as in the JSON and in the metrics: `main`, `task`, `connection` or `guard`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Abandoned;
    ///
    /// let abandoned = Abandoned::InFlight { guards: 3, scope: None };
    /// assert_eq!((abandoned.label(), abandoned.number()), ("guard", 3));
    /// ```
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Task { .. } => "task",
            Self::Connections { .. } => "connection",
            Self::InFlight { .. } => "guard",
        }
    }

    /// Returns how many pieces of work these are.
    #[must_use]
    pub fn number(&self) -> usize {
        match self {
            Self::Main | Self::Task { .. } => 1,
            Self::Connections { connections, .. } => *connections,
            Self::InFlight { guards, .. } => *guards,
        }
    }

    /// The scope of the work, if it has one.
    pub(crate) fn scope(&self) -> Option<&str> {
        match self {
            Self::Task { scope, .. } | Self::Connections { scope, .. } | Self::InFlight { scope, .. } => {
                scope.as_deref()
            }
            Self::Main => None,
        }
    }

    /// A short description.
    pub(crate) fn who(&self) -> String {
        match self {
            Self::Main => "main".to_owned(),
            Self::Task { .. } | Self::Connections { .. } | Self::InFlight { .. } => escape(&self.to_string()),
        }
    }
}

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("main had not returned"),
            Self::Task { location, name: None, .. } => write!(f, "task spawned at {location}"),
            Self::Task { location, name: Some(name), .. } => {
                write!(f, "task `{name}` spawned at {location}")
            }
            Self::Connections { connections: 1, .. } => f.write_str("1 connection"),
            Self::Connections { connections, .. } => write!(f, "{connections} connections"),
            Self::InFlight { guards, .. } => write!(f, "{guards} in flight"),
        }?;
        if let Some(scope) = self.scope() { write!(f, " in scope `{scope}`") } else { Ok(()) }
    }
}

/// What is known of abandoned work beyond its kind and its number.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// Why main had not returned, and what to change.
    pub(crate) main: &'static str,
    /// Whose connections were open, and for how long.
    pub(crate) connections: Described,
    /// Whether an answer had begun, and may have had no end.
    pub(crate) streams: bool,
}

const STREAMS: &str = "; an answer without an end ends with the drain in graceful::until_drain(..)";

impl Details {
    /// What was abandoned, in words.
    pub(crate) fn explain(&self, what: &Abandoned) -> String {
        match what {
            Abandoned::Main => format!("{what}: {}", self.main),
            Abandoned::Connections { .. } if self.connections.number > 0 => {
                format!("{}{}", self.connections.counted(), if self.streams { STREAMS } else { "" })
            }
            _ => what.to_string(),
        }
    }
}
