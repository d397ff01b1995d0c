//! Health: whether what the service depends on works.
//!
//! `check` is one check and its run, `registry` those of the program, `rounds` runs them all: together, once for all who
//! ask meanwhile, and not again within a moment.

mod arguments;
mod check;
mod registry;
mod report;
mod rounds;
#[cfg(test)]
mod tests;

pub use self::arguments::{CheckContext, HealthCheckArgument, HealthCheckReturn};
pub use self::check::{CheckCall, CheckFuture, LinkedCheck};
pub(crate) use self::registry::Checks;
pub use self::registry::{HealthCheckBuilder, HealthCheckRegistration};
pub use self::report::{ComponentHealth, HealthReport, HealthStatus};
pub(crate) use self::rounds::{Circumstances, Rounds};

/// What a health check finds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Health {
    /// It works.
    Healthy,
    /// It works, but not as it should: the service stays ready.
    Degraded(String),
    /// It doesn't work: the service is not ready.
    Unhealthy(String),
}
