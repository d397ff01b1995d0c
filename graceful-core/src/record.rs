//! The records: lines of JSON that the attributes write into a section of the program, and that `cargo graceful` reads from
//! the finished binary.
//!
//! A member that is `null` or absent is not set in the source. Readers skip members that they do not know, so a member
//! can be added; a change of what one means needs a new [`VERSION`].

pub mod piece;
#[cfg(feature = "record-reader")]
mod reader;
mod writer;

use std::net::SocketAddr;
use std::time::Duration;

#[cfg(feature = "record-reader")]
use serde::Deserialize;

#[cfg(feature = "record-reader")]
pub use self::reader::{Record, Unreadable, read};
pub use self::writer::Line;

use crate::phase::HandlerPhase;
use crate::text::join;

/// The version of the records.
pub const VERSION: u64 = 1;

/// `#[graceful::main]`
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "record-reader", derive(Deserialize))]
pub struct Main {
    /// The path of the module that the function is in. Not written: the compiler puts it there.
    #[cfg_attr(feature = "record-reader", serde(rename = "crate"))]
    pub module: String,
    /// The key `grace_period`.
    #[cfg_attr(
        feature = "record-reader",
        serde(default, rename = "grace_period_ms", deserialize_with = "reader::millis")
    )]
    pub grace_period: Option<Duration>,
    /// The key `lame_duck`.
    #[cfg_attr(
        feature = "record-reader",
        serde(default, rename = "lame_duck_ms", deserialize_with = "reader::millis")
    )]
    pub lame_duck: Option<Duration>,
    /// The key `drain_timeout`.
    #[cfg_attr(
        feature = "record-reader",
        serde(default, rename = "drain_timeout_ms", deserialize_with = "reader::millis")
    )]
    pub drain_timeout: Option<Duration>,
    /// The key `handler_timeout`.
    #[cfg_attr(
        feature = "record-reader",
        serde(default, rename = "handler_timeout_ms", deserialize_with = "reader::millis")
    )]
    pub handler_timeout: Option<Duration>,
    /// The key `heartbeat_timeout`.
    #[cfg_attr(
        feature = "record-reader",
        serde(default, rename = "heartbeat_timeout_ms", deserialize_with = "reader::millis")
    )]
    pub heartbeat_timeout: Option<Duration>,
    /// The key `health_cache`.
    #[cfg_attr(
        feature = "record-reader",
        serde(default, rename = "health_cache_ms", deserialize_with = "reader::millis")
    )]
    pub health_cache: Option<Duration>,
    /// The names of the signals that start the shutdown.
    pub signals: Option<Vec<String>>,
    /// Where the supervisor serves probes.
    pub probes: Option<SocketAddr>,
    /// Whether the program was built with the feature `systemd`.
    #[cfg_attr(feature = "record-reader", serde(default))]
    pub systemd: bool,
    /// The source file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}

/// `#[on_shutdown]`
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "record-reader", derive(Deserialize))]
pub struct Handler {
    /// The attribute's `name`.
    pub name: Option<String>,
    /// The function's name.
    pub function: String,
    /// The path of the module that the function is in. Not written: the compiler puts it there.
    pub module: String,
    /// Higher runs first.
    pub priority: i32,
    /// `None`: main's `handler_timeout`.
    #[cfg_attr(feature = "record-reader", serde(default, rename = "timeout_ms", deserialize_with = "reader::millis"))]
    pub timeout: Option<Duration>,
    /// When it runs.
    #[cfg_attr(feature = "record-reader", serde(deserialize_with = "reader::phase"))]
    pub phase: HandlerPhase,
    /// The handlers that it runs after. Not written: the compiler puts them there.
    #[cfg_attr(feature = "record-reader", serde(default))]
    pub after: Vec<After>,
    /// The source file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}

/// A handler that another one runs after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record-reader", derive(Deserialize))]
pub struct After {
    /// The function's path, with the crate.
    pub path: String,
    /// File and line: two functions may have the same path, in different function bodies.
    pub location: String,
}

impl Handler {
    /// How a handler that runs after this one refers to it.
    #[must_use]
    pub fn reference(&self) -> After {
        let Self { module, function, file, line, .. } = self;
        After { path: format!("{module}::{function}"), location: format!("{file}:{line}") }
    }
}

/// Which keys of `#[on_shutdown]` have constants of the program as values. The attribute does not know them: the compiler writes
/// them into the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Constants {
    /// The key `priority`.
    pub priority: bool,
    /// The key `timeout`.
    pub timeout: bool,
    /// The key `after`.
    pub after: bool,
}

/// `#[health_check]`
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "record-reader", derive(Deserialize))]
pub struct HealthCheck {
    /// The attribute's `name`.
    pub name: Option<String>,
    /// The function's name.
    pub function: String,
    /// The path of the module that the function is in. Not written: the compiler puts it there.
    pub module: String,
    /// `None`: the default of health checks.
    #[cfg_attr(feature = "record-reader", serde(default, rename = "timeout_ms", deserialize_with = "reader::millis"))]
    pub timeout: Option<Duration>,
    /// The source file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}

/// `Config::run`, or another function that runs the shutdown without `#[graceful::main]`. The runtime writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "record-reader", derive(Deserialize))]
pub struct Run {
    /// The path of the module that the function is in.
    pub module: String,
}

/// `graceful::sockets::tcp!`, `unix!` or `udp!`. The macro writes it, without the members that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "record-reader", derive(Deserialize))]
pub struct Socket {
    /// The name under which systemd passes it.
    pub name: String,
    /// Its kind.
    #[cfg_attr(feature = "record-reader", serde(rename = "type"))]
    pub kind: SocketKind,
    /// The address or the path. `None`: the source has an expression instead of a literal.
    pub address: Option<String>,
    /// The path of the module that the call is in.
    pub module: String,
    /// The source file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
}

impl Socket {
    /// What its name must be.
    pub const NAME: &'static str = "1 to 255 ASCII letters, digits and `-_.@`";

    /// Whether a socket can have this name. systemd allows a bit more, which no unit needs.
    #[must_use]
    pub const fn is_name(name: &str) -> bool {
        let mut rest = name.as_bytes();
        while let [byte, after @ ..] = rest {
            if !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.' | b'@') {
                return false;
            }
            rest = after;
        }
        !name.is_empty() && name.len() <= 255
    }
}

/// The kind of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record-reader", derive(Deserialize), serde(rename_all = "lowercase"))]
pub enum SocketKind {
    /// A TCP listener.
    Tcp,
    /// A listener of Unix streams.
    Unix,
    /// A UDP socket.
    Udp,
}

impl SocketKind {
    /// The word in the record, and the name of the function.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Unix => "unix",
            Self::Udp => "udp",
        }
    }
}

/// What a handler or a health check is called: the attribute's `name`, or the function's path without the crate.
#[must_use]
pub fn display_name(name: Option<&str>, module: &str, function: &str) -> String {
    match (name, module.split_once("::")) {
        (Some(name), _) => name.to_owned(),
        (None, Some((_crate, module))) => join(&[module, function], "::"),
        (None, None) => function.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names() {
        assert_eq!(display_name(Some("db"), "app::db", "close"), "db");
        assert_eq!(display_name(None, "app::db", "close"), "db::close");
        assert_eq!(display_name(None, "app", "close"), "close");
    }
}
