//! What a health check can take and return.

use std::any::type_name;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::Health;
use crate::argument::{Deadline, Missing, Resource, Resources};
use crate::returns::ReportableError;
use crate::returns::sealed::Sealed;

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

/// What one run of a health check takes its arguments from.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct CheckContext {
    pub(crate) resources: Resources,
    pub(crate) deadline: Instant,
    pub(crate) cancelled: CancellationToken,
}

/// A type that a health check can take as an argument. The crate implements this trait; other crates cannot.
#[diagnostic::on_unimplemented(
    message = "a health check cannot take an argument of type `{Self}`",
    label = "not an argument of a health check",
    note = "it can take `Resource<T>`, `Option<Resource<T>>`, `Deadline` and `CancellationToken`, all of `graceful`, in any order",
    note = "a value of your own reaches it by `graceful::provide(value)` in main and `Resource(value): Resource<T>` here"
)]
pub trait HealthCheckArgument: Sized {
    /// Takes it from the context.
    #[doc(hidden)]
    fn take(context: &CheckContext) -> Result<Self, Missing>;
}

impl<T: Clone + Send + 'static> HealthCheckArgument for Resource<T> {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        context.resources.get().map(Resource).ok_or(Missing(type_name::<T>()))
    }
}

impl<T: Clone + Send + 'static> HealthCheckArgument for Option<Resource<T>> {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.resources.get().map(Resource))
    }
}

#[diagnostic::do_not_recommend]
impl HealthCheckArgument for Deadline {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(Deadline::at(context.deadline))
    }
}

#[diagnostic::do_not_recommend]
impl HealthCheckArgument for CancellationToken {
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
