//! The probes: their paths, and what they answer. Who serves them, the application or the supervisor, asks here.

#[cfg(feature = "json")]
mod answer;
#[cfg(all(test, feature = "json"))]
mod tests;

#[cfg(feature = "json")]
pub(crate) use self::answer::{Answer, health, live, ready};

pub(crate) const HEALTH: &str = "/health";
pub(crate) const READY: &str = "/ready";
pub(crate) const READYZ: &str = "/readyz";
pub(crate) const LIVEZ: &str = "/livez";

/// The paths that are served by whatever serves probes, and that the layer of `http` lets through.
pub(crate) const PATHS: [&str; 4] = [HEALTH, READY, READYZ, LIVEZ];
