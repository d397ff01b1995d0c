//! Health checks: whether the things that the service depends on work.
//!
//! `check` is one check and its run. `rounds` runs all of them at the same time, once for all callers that ask meanwhile,
//! and not again within a moment.

mod check;
mod rounds;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use graceful_core::text::{duration, escape};

pub use self::check::HealthCheck;
pub(crate) use self::check::{Check, Job as CheckJob};
pub(crate) use self::rounds::{Circumstances, Rounds};
use crate::arguments::Missing;
use crate::returns::ReportableError;
use crate::returns::sealed::Sealed;

/// The result of one run of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Health {
    /// It works.
    Healthy,
    /// It works, but not as it should: the service stays ready.
    Degraded(String),
    /// It doesn't work: the service is not ready.
    Unhealthy(String),
}

/// The status of a component, or of the service, which has the status of its worst component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum HealthStatus {
    /// It works.
    Healthy,
    /// It works, but not as it should.
    Degraded,
    /// It doesn't work.
    Unhealthy,
}

impl HealthStatus {
    /// One word, as in the JSON.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// The result of one health check, in a [`HealthReport`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ComponentHealth {
    name: String,
    status: HealthStatus,
    message: Option<String>,
    #[cfg_attr(feature = "serde", serde(rename = "latency_ms", serialize_with = "as_millis"))]
    latency: Duration,
}

impl ComponentHealth {
    pub(super) fn new(name: &str, health: Health, latency: Duration) -> Self {
        let (status, message) = match health {
            Health::Healthy => (HealthStatus::Healthy, String::new()),
            Health::Degraded(message) => (HealthStatus::Degraded, message),
            Health::Unhealthy(message) => (HealthStatus::Unhealthy, message),
        };
        let message = (!message.is_empty()).then_some(message);
        Self { name: name.to_owned(), status, message, latency }
    }

    /// The check's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The status that the check found.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// Why it is not healthy, if the check said so.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// How long the check took.
    #[must_use]
    pub fn latency(&self) -> Duration {
        self.latency
    }
}

impl fmt::Display for ComponentHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", escape(&self.name), self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {}", escape(message))?;
        }
        write!(f, " ({})", duration(self.latency))
    }
}

/// The results of all health checks. Returned by [`health`](crate::health).
///
/// With the feature `serde` it serializes to what the probe `/health` answers:
/// `{"status": …, "components": [{"name", "status", "message", "latency_ms"}]}`, and a `"message"` beside the status
/// while the service shuts down. Latencies are in milliseconds, with three decimals.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HealthReport {
    status: HealthStatus,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    message: Option<&'static str>,
    components: Vec<ComponentHealth>,
}

impl HealthReport {
    pub(super) fn new(components: Vec<ComponentHealth>) -> Self {
        let status = components.iter().map(|component| component.status).max().unwrap_or(HealthStatus::Healthy);
        Self { status, message: None, components }
    }

    /// Adds that the service shuts down, which makes it unhealthy.
    pub(super) fn shutting_down(mut self) -> Self {
        self.status = HealthStatus::Unhealthy;
        self.message = Some("shutting down");
        self
    }

    /// The worst status of all components. Healthy without components, unhealthy while the service shuts down.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// `shutting down` while the service shuts down, and `None` otherwise.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message
    }

    /// The results of the checks, ordered by name.
    #[must_use]
    pub fn components(&self) -> &[ComponentHealth] {
        &self.components
    }
}

impl fmt::Display for HealthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status.fmt(f)?;
        if let Some(message) = self.message {
            write!(f, ": {message}")?;
        }
        self.components.iter().try_for_each(|component| write!(f, "\n  {component}"))
    }
}

#[cfg(feature = "serde")]
fn as_millis<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
    serializer.serialize_f64(f64::from(micros) / 1_000.0)
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

/// A component whose resource was never provided is unhealthy. A handler is skipped in that case.
impl From<Missing> for Health {
    fn from(missing: Missing) -> Self {
        Self::Unhealthy(format!("no {} was provided", missing.0))
    }
}
