//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use async_nats::ServerAddr;
use graceful_workers::{Ledger, help, refuse, seconds};
use lexopt::prelude::*;

const USAGE: &str = "\
options:
  --server URL    where NATS is; default: nats://127.0.0.1:4222
  --send N        first sends so many jobs
  --at-once N     so many jobs are worked on at once; default: 8
  --dead-after S  a worker that was silent for so many seconds is dead, its jobs go to others; default: 30
  --ledger FILE   notes there what is begun and what is done, not on standard output";

pub(crate) struct Options {
    pub(crate) server: ServerAddr,
    pub(crate) send: u32,
    pub(crate) at_once: NonZeroUsize,
    pub(crate) dead_after: Duration,
    ledger: Option<PathBuf>,
}

impl Options {
    /// With `--help`, or what is no option, the process ends here.
    pub(crate) fn from_arguments() -> Self {
        Self::read(lexopt::Parser::from_env()).unwrap_or_else(|error| refuse(error, USAGE))
    }

    fn read(mut arguments: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut options = Self {
            server: ServerAddr::from_str("nats://127.0.0.1:4222").expect("an address"),
            send: 0,
            at_once: const { NonZeroUsize::new(8).unwrap() },
            dead_after: Duration::from_secs(30),
            ledger: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("server") => options.server = arguments.value()?.parse()?,
                Long("send") => options.send = arguments.value()?.parse()?,
                Long("at-once") => options.at_once = arguments.value()?.parse()?,
                Long("dead-after") => options.dead_after = seconds(&mut arguments, 1)?,
                Long("ledger") => options.ledger = Some(arguments.value()?.into()),
                Long("help") | Short('h') => help(USAGE),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(options)
    }

    /// Opens it, if there is one.
    pub(crate) fn ledger(&self) -> Result<Option<Ledger>, String> {
        self.ledger.as_ref().map(Ledger::open).transpose()
    }
}
