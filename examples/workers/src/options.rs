use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

use crate::usage::{help, refuse};

const USAGE: &str = "\
options:
  --redis URL          takes the jobs from Redis, such as redis://127.0.0.1:6379
  --database FILE      takes them from this SQLite database; default: jobs.db
  --send N             first sends so many jobs
  --retire-after N     ends after so many jobs
  --dead-after S       a worker that was silent for so many seconds is dead, its jobs go to others; 2 or more; default: 60
  --soft-limit S       a job that has taken so many seconds is told to end; default: 10
  --hard-limit S       and after so many it is dropped; default: 12, which is less than the drain's 20
  --ledger FILE        notes there what is begun and what is done";

/// What stands on the command line.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of a Redis.
    pub redis: Option<String>,
    /// The file of a SQLite database, unless there is a Redis.
    pub database: PathBuf,
    /// So many jobs are sent at first.
    pub send: u32,
    /// After so many jobs the worker ends.
    pub retire_after: Option<NonZeroU32>,
    /// A worker is taken for dead when it was silent for so long.
    pub dead_after: Duration,
    /// A job that has taken so long is told to end.
    pub soft_limit: Duration,
    /// And is dropped when it has taken so long.
    pub hard_limit: Duration,
    /// Where it is noted what is begun and done.
    pub ledger: Option<PathBuf>,
}

impl Options {
    /// Reads them. With `--help`, or what is no option, the process ends here.
    #[must_use]
    pub fn from_args() -> Self {
        Self::read(lexopt::Parser::from_env()).unwrap_or_else(|error| refuse(error, USAGE))
    }

    /// How often a worker has to say that it is alive: twice before it is taken for dead.
    #[must_use]
    pub fn heartbeat(&self) -> Duration {
        self.dead_after / 2
    }

    fn read(mut arguments: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut options = Self {
            redis: None,
            database: "jobs.db".into(),
            send: 0,
            retire_after: None,
            dead_after: Duration::from_secs(60),
            soft_limit: Duration::from_secs(10),
            hard_limit: Duration::from_secs(12),
            ledger: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("redis") => options.redis = Some(arguments.value()?.string()?),
                Long("database") => options.database = arguments.value()?.into(),
                Long("send") => options.send = arguments.value()?.parse()?,
                Long("retire-after") => options.retire_after = Some(arguments.value()?.parse()?),
                Long("dead-after") => options.dead_after = seconds(&mut arguments, 2)?,
                Long("soft-limit") => options.soft_limit = seconds(&mut arguments, 1)?,
                Long("hard-limit") => options.hard_limit = seconds(&mut arguments, 1)?,
                Long("ledger") => options.ledger = Some(arguments.value()?.into()),
                Long("help") | Short('h') => help(USAGE),
                _ => return Err(argument.unexpected()),
            }
        }
        if options.hard_limit < options.soft_limit {
            return Err("--hard-limit is less than --soft-limit".into());
        }
        Ok(options)
    }
}

/// An option's value: so many whole seconds.
///
/// # Errors
///
/// It is none, or fewer than `least`.
pub fn seconds(arguments: &mut lexopt::Parser, least: u64) -> Result<Duration, lexopt::Error> {
    let seconds = arguments.value()?.parse_with(|text| match text.parse() {
        Ok(seconds) if seconds >= least => Ok(seconds),
        _ => Err(format!("expected whole seconds, {least} or more")),
    })?;
    Ok(Duration::from_secs(seconds))
}
