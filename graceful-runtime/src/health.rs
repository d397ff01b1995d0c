//! Health checks: whether the things that the service depends on work.
//!
//! `check` runs one check. `rounds` runs all of them at the same time, for all callers that ask meanwhile, and reuses
//! the report.

mod check;
mod rounds;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use graceful_core::sort::sorted;
use graceful_core::text::{duration, escape};

pub use self::check::HealthCheck;
pub(crate) use self::check::{Check, Job as CheckJob};
pub(crate) use self::rounds::{Circumstances, Rounds};
use crate::arguments::Missing;
use crate::returns::ReportableError;
use crate::returns::sealed::Sealed;

/// The result of a health check: healthy, degraded or unhealthy, for checks to which `bool` is not enough.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Health;
///
/// # /*
/// #[graceful::health_check]
/// # */
/// async fn queue() -> Health {
///     match waiting_jobs().await {
///         0..1_000 => Health::Healthy,
///         waiting => Health::Degraded(format!("{waiting} jobs are waiting")),
///     }
/// }
/// # async fn waiting_jobs() -> u32 { 2_000 }
/// # graceful::health_check("queue").register(queue).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Health {
    /// The component works.
    Healthy,
    /// The component works, but not as it should. The service stays ready. The text says why.
    Degraded(String),
    /// The component does not work, so the service is not ready. The text says why.
    Unhealthy(String),
}

/// The status of a component, or of the service, which has the status of its worst component.
///
/// A later variant is worse than an earlier one.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::HealthStatus;
///
/// fn http_status(status: HealthStatus) -> u16 {
///     if status < HealthStatus::Unhealthy { 200 } else { 503 }
/// }
/// assert_eq!(http_status(HealthStatus::Degraded), 200);
/// assert_eq!(HealthStatus::Degraded.label(), "degraded");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum HealthStatus {
    /// It works.
    Healthy,
    /// It works, but not as it should.
    Degraded,
    /// It does not work.
    Unhealthy,
}

impl HealthStatus {
    /// Returns the status as one word in lower case, as in the JSON.
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

/// The result of one health check, or the state of a [part](crate::readiness()) of the readiness or of a
/// [supervised task](crate::task()) that has failed, in a [`HealthReport`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = graceful::health().await;
/// for component in report.components() {
///     let why = component.message().unwrap_or("no message");
///     println!("{} is {} after {:?}: {why}", component.name(), component.status(), component.latency());
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ComponentHealth {
    name: String,
    status: HealthStatus,
    message: Option<String>,
    #[cfg_attr(feature = "serde", serde(rename = "latency_ms", with = "latency_ms"))]
    latency: Duration,
}

impl ComponentHealth {
    pub(crate) fn new(name: &str, health: Health, latency: Duration) -> Self {
        let (status, message) = match health {
            Health::Healthy => (HealthStatus::Healthy, String::new()),
            Health::Degraded(message) => (HealthStatus::Degraded, message),
            Health::Unhealthy(message) => (HealthStatus::Unhealthy, message),
        };
        let message = (!message.is_empty()).then_some(message);
        Self { name: name.to_owned(), status, message, latency }
    }

    /// Returns the name of the check, part or task.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the status that the check found. A part is healthy if it is ready, and unhealthy otherwise. A task is
    /// healthy while it runs, and degraded otherwise.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// Returns why the component is not healthy, if the check, part or task said so.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns how long the check took. Zero for a part of the readiness and for a task.
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

/// The results of all health checks, the parts of the readiness, and the supervised tasks that have failed. Returned by
/// [`health`](crate::health).
///
/// With the feature `serde` it serializes to what the probe `/health` answers:
/// `{"status": …, "components": [{"name", "status", "message", "latency_ms"}]}`, and a `"message"` beside the status
/// while the service shuts down. Latencies are in milliseconds, with three decimals. It is read back from that.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::HealthStatus;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), graceful::Error> {
/// # async fn connect() -> Result<(), String> { Err("connection refused".to_owned()) }
/// graceful::health_check("database").register(connect)?;
/// let report = graceful::health().await;
/// assert_eq!(report.status(), HealthStatus::Unhealthy);
/// assert_eq!(report.components()[0].message(), Some("connection refused"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HealthReport {
    status: HealthStatus,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    message: Option<Cow<'static, str>>,
    components: Vec<ComponentHealth>,
}

impl HealthReport {
    pub(super) fn new(components: Vec<ComponentHealth>) -> Self {
        let status = components.iter().map(|component| component.status).max().unwrap_or(HealthStatus::Healthy);
        Self { status, message: None, components }
    }

    /// Adds the parts of the readiness. They are as they are now, however old the report is.
    pub(crate) fn with_parts(mut self, parts: Vec<ComponentHealth>) -> Self {
        if !parts.is_empty() {
            self.components.extend(parts);
            self.components = sorted(self.components, |a, b| a.name.cmp(&b.name));
            self.status = self.components.iter().map(ComponentHealth::status).fold(self.status, HealthStatus::max);
        }
        self
    }

    /// Marks the service as unhealthy, because it shuts down.
    pub(super) fn shutting_down(mut self) -> Self {
        self.status = HealthStatus::Unhealthy;
        self.message = Some("shutting down".into());
        self
    }

    /// Returns the worst status of all components. Healthy without components, unhealthy during the shutdown.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// Returns `shutting down` during the shutdown, and `None` otherwise.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns the results of the checks, the parts of the readiness, and the supervised tasks that have failed, ordered by name.
    #[must_use]
    pub fn components(&self) -> &[ComponentHealth] {
        &self.components
    }
}

impl fmt::Display for HealthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status.fmt(f)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        self.components.iter().try_for_each(|component| write!(f, "\n  {component}"))
    }
}

/// Milliseconds with three decimals.
#[cfg(feature = "serde")]
mod latency_ms {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
        serializer.serialize_f64(f64::from(micros) / 1_000.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        // A cast saturates: what is negative or no number becomes zero.
        let micros = (f64::deserialize(deserializer)? * 1_000.0).round() as u64;
        Ok(Duration::from_micros(micros))
    }
}

/// The return types of a health check: `bool`, [`Health`], or a `Result` of `()` or `Health`.
///
/// An error is [`Health::Unhealthy`] with its text: see [`ReportableError`]. The crate implements this trait; other crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::io;
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::health_check("flag").register(async || true)?;
/// graceful::health_check("disk").register_blocking(|| -> io::Result<()> {
///     std::fs::metadata("/").map(drop)
/// })?;
/// # Ok(())
/// # }
/// ```
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
