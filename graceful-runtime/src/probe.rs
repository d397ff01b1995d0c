//! The probes: their paths, and what they answer. The application's router and the supervisor's listener both ask here.

#[cfg(feature = "json")]
mod answer;
#[cfg(all(test, feature = "json"))]
mod tests;

pub(crate) use graceful_core::probe::*;

#[cfg(feature = "json")]
pub(crate) use self::answer::{Answer, health, live, ready};
