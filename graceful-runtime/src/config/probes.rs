//! What can be set of the supervisor's probes.

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

const VARIABLE: &str = "GRACEFUL_PROBES";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probes {
    /// `None`: none are served.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) heartbeat_timeout: Duration,
}

impl Default for Probes {
    fn default() -> Self {
        Self { address: None, heartbeat_timeout: Duration::from_secs(10) }
    }
}

impl Probes {
    /// Takes the address that stands in the environment, if one does.
    pub(super) fn override_by(&mut self, lookup: &impl Fn(&str) -> Option<String>) -> Result<(), Error> {
        if let Some(value) = lookup(VARIABLE) {
            self.address = parse(&value)?;
        }
        Ok(())
    }
}

fn parse(value: &str) -> Result<Option<SocketAddr>, Error> {
    if value.trim() == "off" {
        return Ok(None);
    }
    value.trim().parse().map(Some).map_err(|_| {
        let what = format!(
            "the environment variable {VARIABLE} is `{}`: expected an address with a port, such as `0.0.0.0:8081`, or `off`",
            value.escape_debug()
        );
        Error::new(ErrorKind::Environment, what)
    })
}
