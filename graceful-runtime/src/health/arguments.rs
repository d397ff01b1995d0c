//! What a health check may return.

use std::any::type_name;
use std::convert::Infallible;
use std::fmt::Display;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::Health;
use crate::argument::{Deadline, Missing, Resource, Resources};
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

/// What one run of a health check takes its arguments from.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct CheckContext {
    pub(crate) resources: Resources,
    pub(crate) deadline: Instant,
    pub(crate) cancelled: CancellationToken,
}

/// A type that a health check can take as an argument. Implemented by this crate alone.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a health check cannot take an argument of type `{Self}`",
    label = "not an argument of a health check",
    note = "it can take `Resource<T>`, `Option<Resource<T>>`, `Deadline` and `CancellationToken`, all of `graceful`, in any order",
    note = "a value of your own reaches it by `graceful::provide(value)` in main and `Resource(value): Resource<T>` here"
)]
pub trait CheckArgument: Sized {
    /// Takes it from the context.
    fn take(context: &CheckContext) -> Result<Self, Missing>;
}

impl<T: Clone + Send + 'static> CheckArgument for Resource<T> {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        context.resources.get().map(Resource).ok_or(Missing(type_name::<T>()))
    }
}

impl<T: Clone + Send + 'static> CheckArgument for Option<Resource<T>> {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.resources.get().map(Resource))
    }
}

impl CheckArgument for Deadline {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(Deadline::at(context.deadline))
    }
}

impl CheckArgument for CancellationToken {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.cancelled.clone())
    }
}

/// A handler has nothing to close then. A check can't vouch for what isn't there.
impl From<Missing> for Health {
    fn from(missing: Missing) -> Self {
        Self::Unhealthy(format!("no {} was provided", missing.0))
    }
}
