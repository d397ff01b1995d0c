//! A program, read from its finished binary.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use graceful_core::Signal;
use graceful_core::plan::{Before, Plan, PlannedHandler};
use graceful_core::record::{self, Handler, Main, Socket, display_name};
use graceful_core::text::escape;
use graceful_core::timeouts::{DEFAULT_HEALTH_CHECK_TIMEOUT, Timeouts};

use crate::binary;
use crate::error::Error;
use crate::record::Records;
use crate::warnings::Warnings;

/// The records of a binary, with the defaults filled in.
#[derive(Debug)]
#[non_exhaustive]
pub struct Program {
    /// `#[graceful::main]`. A program without it creates its configuration at run time.
    pub main: Option<MainFunction>,
    /// Whether something can run the handlers: `main`, `Config::run` or `run_handlers`.
    pub runs: bool,
    /// The shutdown plan. Without `main` it has the configuration's defaults.
    pub plan: Plan,
    /// The signals that start the shutdown, by name.
    pub signals: Vec<String>,
    /// The health checks, sorted by name.
    pub health_checks: Vec<HealthCheck>,
    /// The sockets that systemd can pass, sorted by name, each once.
    pub sockets: Vec<Socket>,
    /// Warnings about records that could not be read.
    pub warnings: Vec<String>,
    /// The timeouts that are set in the source, for manifests that override some of them.
    pub(crate) timeouts: Timeouts,
    /// The handlers, with the timeouts that are set in the source.
    pub(crate) handlers: Vec<Handler>,
    /// For each of them, the places of those that it runs after.
    pub(crate) after: Vec<Vec<usize>>,
}

/// `#[graceful::main]`
#[derive(Debug)]
#[non_exhaustive]
pub struct MainFunction {
    /// The crate or module that the function is in.
    pub krate: String,
    /// The address where the supervisor answers probes.
    pub probes: Option<SocketAddr>,
    /// Whether the program was built with the feature `systemd`.
    pub systemd: bool,
    /// File and line.
    pub location: String,
}

/// `#[health_check]`
#[derive(Debug)]
#[non_exhaustive]
pub struct HealthCheck {
    /// The key `name`, or the function's path without the crate.
    pub name: String,
    /// How long one run may take.
    pub timeout: Duration,
    /// File and line.
    pub location: String,
}

impl Program {
    /// Reads the binary at this path.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or [`read`](Self::read) fails. The message has the path.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = escape(&path.to_string_lossy());
        let cannot = |error| Error::new(format!("cannot open `{name}`: {error}"));
        // Opening a pipe would block.
        if !fs::metadata(path).map_err(cannot)?.is_file() {
            return Err(Error::new(format!(
                "`{name}` is not a file: pass the finished program, such as target/release/app"
            )));
        }
        let file = File::open(path).map_err(cannot)?;
        Self::read(file).map_err(|error| Error::new(format!("cannot read `{name}`: {error}")))
    }

    /// Reads a binary, which is neither run nor loaded. At most 16 MiB of it are read, whatever its size.
    ///
    /// # Errors
    ///
    /// If the file has no known format, is damaged, has no records, or has the records of several main functions.
    pub fn read(file: impl Read + Seek) -> Result<Self, Error> {
        let sections = binary::sections(file)?;
        let mut warnings = Warnings::default();
        let Some((first, others)) = sections.split_first() else { return Err(Error::new("it contains no program")) };
        let first = Records::new(first, &mut warnings);
        if others.iter().any(|other| Records::new(other, &mut Warnings::default()) != first) {
            warnings
                .add(|| "the architectures in the file have different records: only the first one is read".to_owned());
        }
        Self::new(first, warnings)
    }

    fn new(records: Records, mut warnings: Warnings) -> Result<Self, Error> {
        let Records { mut mains, handlers, checks, runs, mut sockets } = records;
        mains.dedup();
        if let [first, second, ..] = &mains[..] {
            return Err(Error::new(format!(
                "it has {} functions with `#[graceful::main]`, at {} and {}: cargo graceful cannot tell which one runs",
                mains.len(),
                location(&first.file, first.line),
                location(&second.file, second.line),
            )));
        }
        let main = mains.pop();
        sockets.dedup();
        let timeouts = main.as_ref().map_or_else(Timeouts::default, timeouts);
        let mut health_checks: Vec<_> = checks.into_iter().map(HealthCheck::from).collect();
        health_checks.sort_by(|a, b| (&a.name, &a.location).cmp(&(&b.name, &b.location)));
        let after = after(&handlers);
        let planned = handlers.iter().zip(&after).map(|(handler, after)| {
            let before = |place: &usize| Some(Before { name: name(handlers.get(*place)?).into(), place: Some(*place) });
            planned(handler, &timeouts).runs_after(after.iter().filter_map(before).collect())
        });
        Ok(Self {
            plan: Plan::new(&timeouts, planned.collect()),
            signals: signals(main.as_ref(), &mut warnings),
            runs: main.is_some() || !runs.is_empty(),
            main: main.map(MainFunction::from),
            health_checks,
            sockets,
            warnings: warnings.into_lines(),
            timeouts,
            handlers,
            after,
        })
    }
}

/// The place in the source, escaped.
fn location(file: &str, line: u32) -> String {
    escape(&format!("{file}:{line}"))
}

fn timeouts(main: &Main) -> Timeouts {
    Timeouts::with_defaults([main.grace_period, main.lame_duck, main.drain_timeout, main.handler_timeout])
}

/// The names of the signals, each once, in the runtime's order.
fn signals(main: Option<&Main>, warnings: &mut Warnings) -> Vec<String> {
    let Some(names) = main.and_then(|main| main.signals.as_ref()) else {
        return Signal::DEFAULT.iter().map(Signal::to_string).collect();
    };
    let mut signals: Vec<Signal> = Vec::new();
    for name in names {
        match name.parse() {
            Ok(signal) => signals.push(signal),
            Err(_) => warnings.add(|| format!("unknown signal `{}`: update cargo-graceful", escape(name))),
        }
    }
    Signal::each_once(signals).iter().map(Signal::to_string).collect()
}

fn planned(handler: &Handler, timeouts: &Timeouts) -> PlannedHandler {
    let Handler { priority, timeout, phase, file, line, .. } = handler;
    let timeout = timeout.unwrap_or(timeouts.handler_timeout_in(*phase));
    PlannedHandler::new(name(handler), *priority, timeout, *phase, format!("{file}:{line}"))
}

pub(crate) fn name(handler: &Handler) -> String {
    display_name(handler.name.as_deref(), &handler.module, &handler.function)
}

/// For each handler, the places of those that it runs after. One whose record cannot be read is not waited for.
fn after(handlers: &[Handler]) -> Vec<Vec<usize>> {
    let places: HashMap<_, _> =
        handlers.iter().enumerate().map(|(place, handler)| (handler.reference(), place)).collect();
    let after = |handler: &Handler| handler.after.iter().filter_map(|before| places.get(before).copied()).collect();
    handlers.iter().map(after).collect()
}

impl From<Main> for MainFunction {
    fn from(main: Main) -> Self {
        Self {
            location: location(&main.file, main.line),
            probes: main.probes,
            systemd: main.systemd,
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
