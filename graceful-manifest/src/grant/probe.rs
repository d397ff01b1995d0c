//! The probes of a process.

use crate::tree::Position;

use super::At;

/// The purpose of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Whether the process gets traffic.
    Readiness,
    /// Whether the process is restarted.
    Liveness,
    /// Whether the process has started.
    Startup,
}

#[derive(Debug, Clone)]
pub(crate) struct Probe<'t> {
    pub(crate) position: Position,
    pub(crate) question: Question,
    /// The key of the probe.
    pub(crate) field: &'static str,
    pub(crate) action: ProbeAction<'t>,
    /// Whether the probe comes from inside the container, so that it also reaches loopback.
    pub(crate) from_inside: bool,
    /// The time that the platform grants after a failure, if it is another one.
    pub(crate) grace: Option<At<u64>>,
}

#[derive(Debug, Clone)]
pub(crate) enum ProbeAction<'t> {
    Http {
        path: At<&'t str>,
        port: At<IntOrText<'t>>,
        is_https: bool,
        has_host: bool,
    },
    Grpc {
        port: At<IntOrText<'t>>,
    },
    /// The platform only connects.
    Tcp {
        port: At<IntOrText<'t>>,
        has_host: bool,
    },
    /// The result of the probe is unknown.
    Other,
}

/// A number or a text: a port or its name, a number of pods or their share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntOrText<'t> {
    Int(i64),
    Text(&'t str),
}
