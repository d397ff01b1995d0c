//! What a report is made of: phases, handlers, abandoned work, and critical tasks that failed.

use std::fmt;
use std::time::Duration;

use graceful_core::text::escape;
use graceful_core::{HandlerPhase, Phase};

use crate::outcome::Outcome;

/// One phase of the shutdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseReport {
    pub(super) phase: Phase,
    pub(super) started: Duration,
    pub(super) elapsed: Duration,
}

impl PhaseReport {
    /// Which one.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// When it began, since the trigger.
    #[must_use]
    pub fn started(&self) -> Duration {
        self.started
    }

    /// How long it took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// What became of a shutdown handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerReport {
    pub(super) name: String,
    pub(super) priority: i32,
    pub(super) phase: HandlerPhase,
    pub(super) timeout: Duration,
    pub(super) started: Option<Duration>,
    pub(super) elapsed: Duration,
    pub(super) outcome: Outcome,
}

impl HandlerReport {
    /// Its name, as in the plan.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its priority.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// The phase in which it ran.
    #[must_use]
    pub fn phase(&self) -> HandlerPhase {
        self.phase
    }

    /// What it was allowed to take: less than the plan says when time was short.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// When it was begun, since the trigger; `None` when it was not.
    #[must_use]
    pub fn started(&self) -> Option<Duration> {
        self.started
    }

    /// How long it took; zero when it was not begun.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What is to be said of the outcome beyond its label.
    pub(super) fn remark(&self) -> String {
        match &self.outcome {
            Outcome::Failed(why) | Outcome::Panicked(why) => why.clone(),
            Outcome::TimedOut { blocked: true } => "was still running".to_owned(),
            Outcome::Skipped(missing) => format!("no {missing} was provided"),
            Outcome::Completed | Outcome::TimedOut { blocked: false } | Outcome::Cancelled => String::new(),
        }
    }
}

/// Work that was not waited for any longer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Abandoned {
    /// Main had not returned.
    Main,
    /// A tracked task had not ended.
    Task {
        /// Where it was spawned: file, line and column.
        location: String,
        /// Its name, if it has one.
        name: Option<String>,
    },
    /// Connections were open.
    Connections {
        /// How many.
        connections: usize,
    },
    /// Work was in flight.
    InFlight {
        /// How many guards were held.
        guards: usize,
    },
}

impl Abandoned {
    /// Who it is, in a few words.
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
            Self::Main => f.write_str("main had not returned: let it await graceful::shutdown_requested()"),
            Self::Task { location, name: None } => write!(f, "task spawned at {location}"),
            Self::Task { location, name: Some(name) } => {
                write!(f, "task `{name}` spawned at {location}")
            }
            Self::Connections { connections: 1 } => f.write_str("1 connection"),
            Self::Connections { connections } => write!(f, "{connections} connections"),
            Self::InFlight { guards } => write!(f, "{guards} in flight"),
        }
    }
}

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
