//! The grant: what a platform gives a process that it stops.
//!
//! A reader makes grants from the files of its platform. The rules compare a grant with the program, so most of them know
//! no platform.

mod platform;
mod pre_stop;
mod probe;
mod signal_name;
mod socket;
mod unit;

pub(crate) use self::platform::{Platform, SIGTERM};
pub(crate) use self::pre_stop::{PreStop, PreStopAction};
pub(crate) use self::probe::{IntOrText, Probe, ProbeAction, Question};
pub(crate) use self::signal_name::signal_name;
pub(crate) use self::socket::{Listen, Passed, Recipient, SocketUnit, Sockets};
pub(crate) use self::unit::Unit;

use std::borrow::Cow;
use std::time::Duration;

use graceful_core::environment::UnknownVariable;

use crate::rule::Rule;
use crate::template::Unrendered;
use crate::text::quote;
use crate::tree::Position;

/// As many unknown variables are reported of one process. A prefix of Kubernetes' `envFrom` can make thousands.
pub(crate) const MAX_UNKNOWN_VARIABLES: usize = 16;

/// A value, and the place of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) position: Position,
}

/// What a platform gives a process that it stops. The process may be the program.
#[derive(Debug)]
pub(crate) struct Grant<'t> {
    pub(crate) platform: &'static Platform,
    /// Kind and name of the object that the process belongs to, such as `Deployment/api`.
    pub(crate) object: String,
    /// How many pods of one owner are like this one. 1 for everything else.
    pub(crate) copies: usize,
    /// The place of the object, which no other object has.
    pub(crate) object_position: Position,
    /// The name of the process among those of its object: of a container, a service, a task.
    pub(crate) name: Cow<'t, str>,
    /// The place of the process, for findings about something that is missing.
    pub(crate) position: Position,
    /// The time until SIGKILL.
    pub(crate) time: Time,
    /// Work that is done before the signal, in the same time.
    pub(crate) pre_stop: Option<At<PreStop>>,
    /// A wait before the signal that takes nothing from the time, with its key.
    pub(crate) delay: Option<(&'static str, At<Duration>)>,
    /// The name of the stop signal, such as `SIGTERM`. `None`: the platform's default.
    pub(crate) stop_signal: Option<At<Cow<'t, str>>>,
    pub(crate) command_line: Option<CommandLine<'t>>,
    pub(crate) ports: Vec<Port<'t>>,
    /// The variables with the program's prefix. Of several with one name the last one counts.
    pub(crate) variables: Vec<Variable<'t>>,
    pub(crate) unknown_variables: Vec<At<UnknownVariable>>,
    pub(crate) probes: Vec<Probe<'t>>,
    /// What the reader has found by itself: values that the platform refuses, values that are not in the files, and what
    /// only this platform has.
    pub(crate) remarks: Vec<Remark>,
    /// The first value that is not rendered.
    pub(crate) template: Option<Unrendered>,
    pub(crate) selection: Selection,
    /// What only Kubernetes has.
    pub(crate) pod: Option<Pod>,
    /// What only systemd has.
    pub(crate) unit: Option<Unit<'t>>,
}

/// When a process is the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// It is the only one, or its name is asked for.
    ByName,
    /// Its name is asked for.
    ByNameOnly,
    /// Always, unless the name of another process of its object is asked for.
    Default,
}

/// The time from the stop to SIGKILL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// The file sets no time. The place is the one of the section that could.
    Default(Position),
    Set(At<Duration>),
    /// The file cannot set the time, because another one does, or a command. The place is the one of the process.
    Elsewhere(Position),
    /// The platform never kills the process.
    Endless,
    /// The value cannot be read, which is a remark.
    Unknown,
}

/// A finding of a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) rule: Rule,
    pub(crate) position: Position,
    pub(crate) message: String,
    pub(crate) advice: String,
}

/// The words that are executed.
#[derive(Debug)]
pub(crate) struct CommandLine<'t> {
    pub(crate) words: Vec<Cow<'t, str>>,
    pub(crate) position: Position,
    /// Whether the words begin with the program. Otherwise the image decides what is run with them.
    pub(crate) has_command: bool,
}

/// A port on which the process listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Port<'t> {
    pub(crate) name: Option<&'t str>,
    pub(crate) number: u64,
    /// Whether the port is also one of the host.
    pub(crate) on_host: bool,
}

/// A variable of the process's environment.
#[derive(Debug)]
pub(crate) struct Variable<'t> {
    pub(crate) name: &'t str,
    pub(crate) position: Position,
    pub(crate) value: VariableValue<'t>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VariableValue<'t> {
    Text(Cow<'t, str>),
    /// The value is not in the files.
    Elsewhere,
}

/// The pod of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pod {
    /// The index of the workload in the model.
    pub(crate) workload: usize,
    /// A sidecar is stopped after the other containers, with what they leave of the time.
    pub(crate) sidecar: bool,
}

impl<'t> Grant<'t> {
    /// A grant of the platform's defaults.
    pub(crate) fn new(
        platform: &'static Platform,
        object: String,
        name: impl Into<Cow<'t, str>>,
        position: Position,
    ) -> Self {
        Self {
            platform,
            object,
            copies: 1,
            object_position: position,
            name: name.into(),
            position,
            time: Time::Default(position),
            pre_stop: None,
            delay: None,
            stop_signal: None,
            command_line: None,
            ports: Vec::new(),
            variables: Vec::new(),
            unknown_variables: Vec::new(),
            probes: Vec::new(),
            remarks: Vec::new(),
            template: None,
            selection: Selection::ByName,
            pod: None,
            unit: None,
        }
    }

    /// The object in findings, such as `ReplicaSet/api-5d9 (3 pods)`.
    pub(crate) fn title(&self) -> String {
        match self.copies {
            1 => self.object.clone(),
            copies => format!("{} ({copies} pods)", self.object),
        }
    }

    /// The same for all pods of one owner, and for nothing else.
    pub(crate) fn identity(&self) -> (String, Option<Position>) {
        (self.title(), (self.copies == 1).then_some(self.object_position))
    }

    /// The name of the signal with which the platform stops the process.
    pub(crate) fn signal(&self) -> &str {
        self.stop_signal.as_ref().map_or(self.platform.signal, |signal| &*signal.value)
    }

    /// The variable of this name. Of several the last one counts.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable<'t>> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }
}

/// "Deployment/api".
pub(crate) fn label(kind: &str, name: &str) -> String {
    format!("{}/{}", quote(kind).trim_matches('`'), quote(name).trim_matches('`'))
}
