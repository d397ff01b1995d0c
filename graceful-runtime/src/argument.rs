//! What a shutdown handler can take as arguments, by type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::trigger::Reason;

/// A value that main provided with [`provide`](crate::provide), taken by a shutdown handler or a health check.
///
/// The handler gets a clone. If no value of this type was provided the handler is skipped, and reported as skipped:
/// what was never opened needs no closing. A health check is unhealthy then. Take `Option<Resource<T>>` to run all the
/// same.
#[derive(Debug, Clone)]
pub struct Resource<T>(pub T);

/// When the time of this handler, or of this run of a health check, is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    pub(crate) fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// The moment itself.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }

    /// How long there is still; zero once the moment has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// What one run of a handler takes its arguments from.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Context {
    pub(crate) resources: Resources,
    pub(crate) reason: Reason,
    pub(crate) deadline: Instant,
    pub(crate) cancelled: CancellationToken,
}

/// The type of a resource that was never provided.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Missing(pub(crate) &'static str);

/// A type that a shutdown handler can take as an argument. The crate implements this trait; other crates cannot.
#[diagnostic::on_unimplemented(
    message = "a shutdown handler cannot take an argument of type `{Self}`",
    label = "not an argument of a shutdown handler",
    note = "it can take `Resource<T>`, `Option<Resource<T>>`, `Reason`, `Deadline` and `CancellationToken`, all of `graceful`, in any order",
    note = "a value of your own reaches it by `graceful::provide(value)` in main and `Resource(value): Resource<T>` here"
)]
pub trait HandlerArgument: Sized {
    /// Takes it from the context.
    #[doc(hidden)]
    fn take(context: &Context) -> Result<Self, Missing>;
}

impl<T: Clone + Send + 'static> HandlerArgument for Resource<T> {
    fn take(context: &Context) -> Result<Self, Missing> {
        context.resources.get().map(Resource).ok_or(Missing(type_name::<T>()))
    }
}

impl<T: Clone + Send + 'static> HandlerArgument for Option<Resource<T>> {
    fn take(context: &Context) -> Result<Self, Missing> {
        Ok(context.resources.get().map(Resource))
    }
}

impl HandlerArgument for Reason {
    fn take(context: &Context) -> Result<Self, Missing> {
        Ok(context.reason.clone())
    }
}

impl HandlerArgument for Deadline {
    fn take(context: &Context) -> Result<Self, Missing> {
        Ok(Deadline(context.deadline))
    }
}

impl HandlerArgument for CancellationToken {
    fn take(context: &Context) -> Result<Self, Missing> {
        Ok(context.cancelled.clone())
    }
}

/// The provided values, one of each type.
#[derive(Clone, Default)]
pub(crate) struct Resources(Arc<RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Resources {
    /// Replaces an earlier value of the same type.
    pub(crate) fn provide<T: Clone + Send + 'static>(&self, value: T) {
        let value: Arc<dyn Any + Send + Sync> = Arc::new(Mutex::new(value));
        let before = self.0.write().unwrap_or_else(PoisonError::into_inner).insert(TypeId::of::<T>(), value);
        // Dropped outside the lock: its destructor is the user's code.
        drop(before);
    }

    pub(crate) fn get<T: Clone + Send + 'static>(&self) -> Option<T> {
        let value = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()).map(Arc::clone)?;
        let value = value.downcast_ref::<Mutex<T>>()?;
        Some(value.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}
