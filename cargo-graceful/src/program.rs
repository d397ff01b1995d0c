//! A program, as its finished binary tells of it.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use graceful_core::Signal;
use graceful_core::plan::{Plan, PlannedHandler};
use graceful_core::record::{self, Handler, Main, display_name};
use graceful_core::text::escape;
use graceful_core::timeouts::{DEFAULT_HEALTH_CHECK_TIMEOUT, Timeouts};

use crate::binary;
use crate::error::Error;
use crate::record::Records;
use crate::warnings::Warnings;

/// What the records of a binary say, with the defaults filled in.
#[derive(Debug)]
#[non_exhaustive]
pub struct Program {
    /// `#[graceful::main]`. A program without it makes its configuration when it runs.
    pub main: Option<MainFunction>,
    /// What the shutdown takes. Without `main` with the configuration's defaults.
    pub plan: Plan,
    /// The signals that start the shutdown, by name.
    pub signals: Vec<String>,
    /// By name.
    pub health_checks: Vec<HealthCheck>,
    /// What could not be understood.
    pub warnings: Vec<String>,
}

/// `#[graceful::main]`
#[derive(Debug)]
#[non_exhaustive]
pub struct MainFunction {
    /// Where the function is: the crate, or a module of it.
    pub krate: String,
    /// As it is set in the source. The plan has what it is by default, too.
    pub drain_timeout: Option<Duration>,
    /// Where the supervisor answers probes.
    pub probes: Option<SocketAddr>,
    /// File and line.
    pub location: String,
}

/// `#[health_check]`
#[derive(Debug)]
#[non_exhaustive]
pub struct HealthCheck {
    /// As given, or the function's path without the crate.
    pub name: String,
    /// How long one run of it may take.
    pub timeout: Duration,
    /// File and line.
    pub location: String,
}

impl Program {
    /// Reads the binary at this path.
    ///
    /// # Errors
    ///
    /// It can't be opened, or [`read`](Self::read) fails. The message names the path.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = escape(&path.to_string_lossy());
        let cannot = |error| Error::new(format!("cannot open `{name}`: {error}"));
        // A pipe would block when it is opened.
        if !fs::metadata(path).map_err(cannot)?.is_file() {
            return Err(Error::new(format!("`{name}` is no file: give the finished program")));
        }
        let file = File::open(path).map_err(cannot)?;
        Self::read(file).map_err(|error| Error::new(format!("cannot read `{name}`: {error}")))
    }

    /// Reads a binary. It is not run, and not loaded: whatever its size, at most 16 MiB of it are read.
    ///
    /// # Errors
    ///
    /// The file is of no known format, is damaged, has no records, or has those of several main functions.
    pub fn read(file: impl Read + Seek) -> Result<Self, Error> {
        let sections = binary::sections(file)?;
        let mut warnings = Warnings::default();
        let Some((first, others)) = sections.split_first() else { return Err(Error::new("there is no program in it")) };
        let first = Records::new(first, &mut warnings);
        if others.iter().any(|other| Records::new(other, &mut Warnings::default()) != first) {
            warnings
                .add(|| "the architectures of the file differ in their records: this is the first of them".to_owned());
        }
        Self::new(first, warnings)
    }

    fn new(records: Records, mut warnings: Warnings) -> Result<Self, Error> {
        let Records { mut mains, handlers, checks } = records;
        mains.dedup();
        if let [first, second, ..] = &mains[..] {
            return Err(Error::new(format!(
                "it has {} functions under `#[graceful::main]`, at {} and {}: which of them runs cannot be told",
                mains.len(),
                location(&first.file, first.line),
                location(&second.file, second.line),
            )));
        }
        let main = mains.pop();
        let timeouts = main.as_ref().map_or_else(Timeouts::default, timeouts);
        let handlers = handlers.into_iter().map(|handler| planned(handler, &timeouts));
        let mut health_checks: Vec<_> = checks.into_iter().map(HealthCheck::from).collect();
        health_checks.sort_by(|a, b| (&a.name, &a.location).cmp(&(&b.name, &b.location)));
        Ok(Self {
            plan: Plan::new(&timeouts, handlers.collect()),
            signals: signals(main.as_ref(), &mut warnings),
            main: main.map(MainFunction::from),
            health_checks,
            warnings: warnings.into_lines(),
        })
    }
}

/// Harmless, whatever the file is called.
fn location(file: &str, line: u32) -> String {
    escape(&format!("{file}:{line}"))
}

fn timeouts(main: &Main) -> Timeouts {
    Timeouts::with_defaults([main.grace_period, main.lame_duck, main.drain_timeout, main.handler_timeout])
}

/// The names of the signals, each once, in the order in which the runtime has them.
fn signals(main: Option<&Main>, warnings: &mut Warnings) -> Vec<String> {
    let Some(names) = main.and_then(|main| main.signals.as_ref()) else {
        return Signal::DEFAULT.iter().map(Signal::to_string).collect();
    };
    let mut signals = Vec::new();
    for name in names {
        match Signal::from_name(name) {
            Some(signal) => signals.push(signal),
            None => warnings.add(|| format!("the signal `{}` is not known here (update cargo-graceful)", escape(name))),
        }
    }
    Signal::each_once(signals).iter().map(Signal::to_string).collect()
}

fn planned(handler: Handler, timeouts: &Timeouts) -> PlannedHandler {
    let Handler { name, function, module, priority, timeout, phase, file, line } = handler;
    let name = display_name(name.as_deref(), &module, &function);
    let timeout = timeout.unwrap_or(timeouts.effective_handler_timeout());
    PlannedHandler::new(name, priority, timeout, phase, format!("{file}:{line}"))
}

impl From<Main> for MainFunction {
    fn from(main: Main) -> Self {
        Self {
            location: location(&main.file, main.line),
            drain_timeout: main.drain_timeout,
            probes: main.probes,
            krate: main.module,
        }
    }
}

impl From<record::HealthCheck> for HealthCheck {
    fn from(check: record::HealthCheck) -> Self {
        Self {
            name: display_name(check.name.as_deref(), &check.module, &check.function),
            timeout: check.timeout.unwrap_or(DEFAULT_HEALTH_CHECK_TIMEOUT),
            location: format!("{}:{}", check.file, check.line),
        }
    }
}
