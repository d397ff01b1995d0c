//! Health: whether what the service depends on works.
//!
//! `check` is one check and its run. `rounds` runs all of them at the same time, once for all callers that ask meanwhile,
//! and not again within a moment.

mod check;
mod report;
mod rounds;
#[cfg(test)]
mod tests;

pub use self::check::HealthCheck;
pub(crate) use self::check::{Check, Job as CheckJob};
pub use self::report::{ComponentHealth, HealthReport, HealthStatus};
pub(crate) use self::rounds::{Circumstances, Rounds};
use crate::arguments::Missing;
use crate::returns::ReportableError;
use crate::returns::sealed::Sealed;

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

/// What a health check can return: `bool`, [`Health`], or a `Result` of `()` or `Health` whose error can be reported.
///
/// An error is [`Health::Unhealthy`], with the text of the error. The crate implements this trait; other crates cannot.
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    label = "expected `bool`, `graceful::Health`, `Result<(), E>` or `Result<Health, E>`",
    note = "`E` is any type that implements `Display`; with `#[health_check]`, also one that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait HealthCheckReturn {
    #[doc(hidden)]
    fn into_health(self) -> Health;

    #[doc(hidden)]
    fn sealed(_: Sealed);
}

#[diagnostic::do_not_recommend]
impl HealthCheckReturn for Health {
    fn into_health(self) -> Health {
        self
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl HealthCheckReturn for bool {
    fn into_health(self) -> Health {
        if self { Health::Healthy } else { Health::Unhealthy(String::new()) }
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl<E: ReportableError> HealthCheckReturn for Result<(), E> {
    fn into_health(self) -> Health {
        self.map_or_else(|error| Health::Unhealthy(error.text()), |()| Health::Healthy)
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl<E: ReportableError> HealthCheckReturn for Result<Health, E> {
    fn into_health(self) -> Health {
        self.unwrap_or_else(|error| Health::Unhealthy(error.text()))
    }

    fn sealed(_: Sealed) {}
}

/// A handler has nothing to close then. A check can't vouch for what isn't there.
impl From<Missing> for Health {
    fn from(missing: Missing) -> Self {
        Self::Unhealthy(format!("no {} was provided", missing.0))
    }
}
