//! The arguments of shutdown handlers and health checks, found by their types.

use std::any::{Any, TypeId, type_name};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use std::{fmt, mem};

use tokio_util::sync::CancellationToken;

use crate::trigger::Reason;

/// A clone of a value that main provided with [`provide`](crate::provide): an argument of a shutdown handler or a health check.
///
/// If no value of this type was provided, a handler is skipped, and reported as skipped: nothing was opened that it could close.
/// A health check is unhealthy in that case. With `Option<Resource<T>>` the function is called anyway.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::sync::Arc;
///
/// use graceful::Resource;
///
/// # struct Pool;
/// # impl Pool { async fn close(&self) {} }
/// # /*
/// #[graceful::on_shutdown]
/// # */
/// async fn close_pool(Resource(pool): Resource<Arc<Pool>>) {
///     pool.close().await;
/// }
///
/// # let pool = Pool;
/// // In main. The types must be equal: `Arc<Pool>` is not `Pool`.
/// graceful::provide(Arc::new(pool));
/// ```
#[derive(Debug, Clone)]
pub struct Resource<T>(pub T);

/// The moment at which the timeout of a handler or a health check ends: an argument of both.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::Deadline;
///
/// # async fn upload_next() -> bool { false }
/// # /*
/// #[graceful::on_shutdown(timeout = "4s")]
/// # */
/// async fn upload(deadline: Deadline) {
///     while deadline.remaining() > Duration::from_secs(1) && upload_next().await {}
/// }
/// # let upload: fn(Deadline) -> _ = upload;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline as an instant.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Deadline;
    /// use tokio::time::timeout_at;
    ///
    /// # async fn flush() {}
    /// # /*
    /// #[graceful::on_shutdown]
    /// # */
    /// async fn flush_if_there_is_time(deadline: Deadline) {
    ///     let _ = timeout_at(deadline.instant().into(), flush()).await;
    /// }
    /// # let _: fn(Deadline) -> _ = flush_if_there_is_time;
    /// ```
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }

    /// Returns the time that is left. Zero after the deadline.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// The source of the arguments of one call. `cause` is why the function is called: a handler's [`Reason`].
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Context<C> {
    pub(crate) resources: Resources,
    pub(crate) deadline: Instant,
    pub(crate) cancelled: CancellationToken,
    pub(crate) cause: C,
}

impl<C> Context<C> {
    fn resource<T: Clone + Send + 'static>(&self) -> Result<Resource<T>, Missing> {
        self.resources.get().map(Resource).ok_or(Missing(type_name::<T>()))
    }

    fn deadline(&self) -> Deadline {
        Deadline(self.deadline)
    }
}

#[doc(hidden)]
pub type HandlerContext = Context<Reason>;

#[doc(hidden)]
pub type CheckContext = Context<()>;

/// The type of a resource that was never provided.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Missing(pub(crate) &'static str);

/// A type that a shutdown handler can take as an argument, in any number and order.
///
/// The types are [`Resource<T>`], `Option<Resource<T>>`, [`Reason`], [`Deadline`] and [`CancellationToken`], which is
/// cancelled at the handler's timeout. The crate implements this trait; other crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::{CancellationToken, Reason, Resource};
///
/// # #[derive(Clone)]
/// # struct Workers;
/// # impl Workers { fn stop(&self, _: Reason, _: CancellationToken) {} }
/// # /*
/// #[graceful::on_shutdown(priority = 20)]
/// # */
/// fn stop_workers(reason: Reason, Resource(workers): Resource<Workers>, cancelled: CancellationToken) {
///     workers.stop(reason, cancelled);
/// }
/// # fn is_argument<T: graceful::HandlerArgument>() {}
/// # is_argument::<Reason>();
/// # is_argument::<Resource<Workers>>();
/// # is_argument::<CancellationToken>();
/// ```
#[diagnostic::on_unimplemented(
    message = "a shutdown handler cannot take an argument of type `{Self}`",
    label = "not an argument of a shutdown handler",
    note = "it can take `Resource<T>`, `Option<Resource<T>>`, `Reason`, `Deadline` and `CancellationToken`, all of `graceful`, in any order",
    note = "a value of your own reaches it by `graceful::provide(value)` in main and `Resource(value): Resource<T>` here"
)]
pub trait HandlerArgument: Sized {
    /// Takes it from the context.
    #[doc(hidden)]
    fn take(context: &HandlerContext) -> Result<Self, Missing>;
}

/// A type that a health check can take as an argument, in any number and order.
///
/// The types are [`Resource<T>`], `Option<Resource<T>>`, [`Deadline`] and [`CancellationToken`], which is cancelled at
/// the timeout of the run. The crate implements this trait; other crates cannot.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::{Deadline, Resource};
///
/// # #[derive(Clone)]
/// # struct Pool;
/// # impl Pool { async fn ping(&self, _: std::time::Duration) -> Result<(), String> { Ok(()) } }
/// # /*
/// #[graceful::health_check(timeout = "1s")]
/// # */
/// async fn database(Resource(pool): Resource<Pool>, deadline: Deadline) -> Result<(), String> {
///     pool.ping(deadline.remaining()).await
/// }
/// # fn is_argument<T: graceful::HealthCheckArgument>() {}
/// # is_argument::<Resource<Pool>>();
/// # is_argument::<Deadline>();
/// ```
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

impl HandlerArgument for Reason {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.cause.clone())
    }
}

impl<T: Clone + Send + 'static> HandlerArgument for Resource<T> {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        context.resource()
    }
}

impl<T: Clone + Send + 'static> HandlerArgument for Option<Resource<T>> {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.resource().ok())
    }
}

impl HandlerArgument for Deadline {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.deadline())
    }
}

impl HandlerArgument for CancellationToken {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.cancelled.clone())
    }
}

impl<T: Clone + Send + 'static> HealthCheckArgument for Resource<T> {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        context.resource()
    }
}

impl<T: Clone + Send + 'static> HealthCheckArgument for Option<Resource<T>> {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.resource().ok())
    }
}

#[diagnostic::do_not_recommend]
impl HealthCheckArgument for Deadline {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.deadline())
    }
}

#[diagnostic::do_not_recommend]
impl HealthCheckArgument for CancellationToken {
    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.cancelled.clone())
    }
}

/// The provided values, one of each type. They are few, so a list is as fast as a map, and less code.
#[derive(Clone, Default)]
pub(crate) struct Resources(Arc<RwLock<Vec<Provided>>>);

struct Provided {
    id: TypeId,
    type_name: &'static str,
    value: Arc<dyn Any + Send + Sync>,
}

impl Resources {
    /// Replaces an earlier value of the same type.
    pub(crate) fn provide<T: Clone + Send + 'static>(&self, value: T) {
        // The earlier value is dropped outside the lock, since its destructor is the user's code.
        let value = Arc::new(Mutex::new(value));
        let _before = self.replace(Provided { id: TypeId::of::<T>(), type_name: type_name::<T>(), value });
    }

    fn replace(&self, provided: Provided) -> Option<Provided> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match all.iter_mut().find(|before| before.id == provided.id) {
            Some(before) => Some(mem::replace(before, provided)),
            None => {
                all.push(provided);
                None
            }
        }
    }

    fn find(&self, id: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|provided| provided.id == id).map(|provided| Arc::clone(&provided.value))
    }

    /// The types of the values, in the order in which they were first provided.
    pub(crate) fn type_names(&self) -> Vec<&'static str> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|provided| provided.type_name).collect()
    }

    pub(crate) fn get<T: Clone + Send + 'static>(&self) -> Option<T> {
        let value = self.find(TypeId::of::<T>())?;
        let value = value.downcast_ref::<Mutex<T>>()?;
        Some(value.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}
