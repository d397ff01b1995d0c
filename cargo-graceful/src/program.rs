//! A program, as its finished binary tells of it.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use graceful_runtime::__private::foreign::{self, CHECK_TIMEOUT, ForeignHandler};
use graceful_runtime::{Config, Plan, Signal};

use crate::binary;
use crate::error::Error;
use crate::record::{self, Check, Handler, Main, Records};
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
        let name = foreign::escape(&path.to_string_lossy());
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
        let first = record::parse(first, &mut warnings);
        if others.iter().any(|other| record::parse(other, &mut Warnings::default()) != first) {
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
                first.location(),
                second.location(),
            )));
        }
        let main = mains.pop();
        let config = main.as_ref().map_or_else(Config::new, |main| main.config(&mut warnings));
        let mut health_checks: Vec<_> = checks.into_iter().map(HealthCheck::from).collect();
        health_checks.sort_by(|a, b| (&a.name, &a.location).cmp(&(&b.name, &b.location)));
        Ok(Self {
            plan: foreign::plan(&config, handlers.into_iter().map(ForeignHandler::from)),
            signals: foreign::signals(&config),
            main: main.map(MainFunction::from),
            health_checks,
            warnings: warnings.into_lines(),
        })
    }
}

impl Main {
    fn location(&self) -> String {
        foreign::escape(&format!("{}:{}", self.file, self.line))
    }

    fn config(&self, warnings: &mut Warnings) -> Config {
        let mut config = Config::new();
        config = with(config, self.grace_period, Config::grace_period);
        config = with(config, self.lame_duck, Config::lame_duck);
        config = with(config, self.drain_timeout, Config::drain_timeout);
        config = with(config, self.handler_timeout, Config::handler_timeout);
        if let Some(names) = &self.signals {
            let signals = names.iter().filter_map(|name| {
                let signal = signal(name);
                if signal.is_none() {
                    warnings.add(|| {
                        format!("the signal `{}` is not known here (update cargo-graceful)", foreign::escape(name))
                    });
                }
                signal
            });
            config = config.signals(signals);
        }
        config
    }
}

fn with(config: Config, given: Option<Duration>, set: fn(Config, Duration) -> Config) -> Config {
    match given {
        Some(duration) => set(config, duration),
        None => config,
    }
}

fn signal(name: &str) -> Option<Signal> {
    use Signal::{Hangup, Interrupt, Quit, Terminate, User1, User2};

    let all = [Terminate, Interrupt, Hangup, Quit, User1, User2];
    all.into_iter().find(|signal| signal.to_string() == name)
}

impl From<Main> for MainFunction {
    fn from(main: Main) -> Self {
        Self { location: main.location(), drain_timeout: main.drain_timeout, probes: main.probes, krate: main.krate }
    }
}

impl From<Handler> for ForeignHandler {
    fn from(handler: Handler) -> Self {
        let Handler { name, function, module, priority, timeout, phase, file, line } = handler;
        Self { name, function, module, file, line, priority, timeout, phase }
    }
}

impl From<Check> for HealthCheck {
    fn from(check: Check) -> Self {
        Self {
            name: foreign::display_name(check.name.as_deref(), &check.module, &check.function),
            timeout: check.timeout.unwrap_or(CHECK_TIMEOUT),
            location: format!("{}:{}", check.file, check.line),
        }
    }
}
