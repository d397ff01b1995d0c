//! What was left behind.

use std::fmt;

use graceful_core::text::escape;

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
