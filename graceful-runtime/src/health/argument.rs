//! What a health check can take as arguments, by type.

use std::any::type_name;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::Health;
use crate::argument::{Deadline, Missing, Resource, Resources};

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
