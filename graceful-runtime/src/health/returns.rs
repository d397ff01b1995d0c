//! What a health check may return.

use std::convert::Infallible;
use std::fmt::Display;

use super::Health;
use crate::outcome::Outcome;

/// What a health check that is registered at run time returns.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    label = "not a result of a health check",
    note = "it can return `bool`, `Health`, or `Result<(), E>` where `E` implements `Display`"
)]
pub trait CheckReturn {
    /// What it found.
    fn into_health(self) -> Health;
}

impl CheckReturn for Health {
    fn into_health(self) -> Health {
        self
    }
}

impl CheckReturn for bool {
    fn into_health(self) -> Health {
        if self { Health::Healthy } else { Health::Unhealthy(String::new()) }
    }
}

impl<E: Display> CheckReturn for Result<(), E> {
    fn into_health(self) -> Health {
        self.map_or_else(|error| Health::Unhealthy(format!("{error:#}")), |()| Health::Healthy)
    }
}

impl<E: Display> CheckReturn for Result<Health, E> {
    fn into_health(self) -> Health {
        self.unwrap_or_else(|error| Health::Unhealthy(format!("{error:#}")))
    }
}

/// What a function under the attribute returns, whatever `E` is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    label = "expected `bool`, `Result<(), E>` or `graceful::Health`",
    note = "`E` is any type that implements `Display` or converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait CheckResult<E> {
    fn into_health(self) -> Result<Health, E>;
}

impl CheckResult<Infallible> for Health {
    fn into_health(self) -> Result<Health, Infallible> {
        Ok(self)
    }
}

impl CheckResult<Infallible> for bool {
    fn into_health(self) -> Result<Health, Infallible> {
        Ok(CheckReturn::into_health(self))
    }
}

impl<E> CheckResult<E> for Result<(), E> {
    fn into_health(self) -> Result<Health, E> {
        self.map(|()| Health::Healthy)
    }
}

impl<E> CheckResult<E> for Result<Health, E> {
    fn into_health(self) -> Result<Health, E> {
        self
    }
}

/// What an error makes of it, once its text is known.
#[doc(hidden)]
#[must_use]
pub fn unhealthy(outcome: Outcome) -> Health {
    match outcome {
        Outcome::Failed(why) => Health::Unhealthy(why),
        other => Health::Unhealthy(other.to_string()),
    }
}
