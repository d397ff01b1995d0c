//! The arguments of shutdown handlers and health checks, found by their types.

mod context;

use std::any::TypeId;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

pub(crate) use self::context::{Cancellation, Context, Missing};
pub use self::context::{CheckContext, HandlerContext};
use crate::trigger::Reason;

/// A clone of a value that main provided with [`provide`](crate::provide): an argument of a shutdown handler or a health check.
///
/// If several values of this type were provided, it is the last one. [`All<T>`](All) has all of them.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Resource<T>(pub T);

impl<T> Deref for Resource<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Resource<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// A clone of each value of one type that was provided with [`provide`](crate::provide), in order: an argument of a shutdown
/// handler or a health check.
///
/// It is empty if no value of this type was provided, and the function is called all the same. A type that is taken in this
/// way may be provided several times without a warning.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::All;
///
/// #[derive(Clone)]
/// struct Shard(u32);
/// # impl Shard { async fn close(&self) {} }
///
/// # /*
/// #[graceful::on_shutdown(timeout = "4s")]
/// # */
/// async fn close_shards(All(shards): All<Shard>) {
///     for shard in shards {
///         shard.close().await;
///     }
/// }
///
/// // In main.
/// for number in 0..3 {
///     graceful::provide(Shard(number));
/// }
/// # let _: fn(All<Shard>) -> _ = close_shards;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct All<T>(pub Vec<T>);

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// A type that a shutdown handler can take as an argument, in any number and order.
///
/// The types are [`Resource<T>`], `Option<Resource<T>>`, [`All<T>`](All), [`Reason`], [`Deadline`] and [`CancellationToken`], which is
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
    note = "it can take `Resource<T>`, `Option<Resource<T>>`, `All<T>`, `Reason`, `Deadline` and `CancellationToken`, all of `graceful`, in any order",
    note = "a value of your own reaches it by `graceful::provide(value)` in main and `Resource(value): Resource<T>` here"
)]
pub trait HandlerArgument: Sized {
    /// The type of which it has all values.
    #[doc(hidden)]
    const ALL_OF: Option<fn() -> TypeId> = None;

    /// Takes it from the context.
    #[doc(hidden)]
    fn take(context: &HandlerContext) -> Result<Self, Missing>;
}

/// A type that a health check can take as an argument, in any number and order.
///
/// The types are [`Resource<T>`], `Option<Resource<T>>`, [`All<T>`](All), [`Deadline`] and [`CancellationToken`], which is cancelled at
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
    note = "it can take `Resource<T>`, `Option<Resource<T>>`, `All<T>`, `Deadline` and `CancellationToken`, all of `graceful`, in any order",
    note = "a value of your own reaches it by `graceful::provide(value)` in main and `Resource(value): Resource<T>` here"
)]
pub trait HealthCheckArgument: Sized {
    /// The type of which it has all values.
    #[doc(hidden)]
    const ALL_OF: Option<fn() -> TypeId> = None;

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

impl<T: Clone + Send + 'static> HandlerArgument for All<T> {
    const ALL_OF: Option<fn() -> TypeId> = Some(TypeId::of::<T>);

    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.all())
    }
}

impl HandlerArgument for Deadline {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.deadline())
    }
}

impl HandlerArgument for CancellationToken {
    fn take(context: &HandlerContext) -> Result<Self, Missing> {
        Ok(context.cancelled.token())
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

impl<T: Clone + Send + 'static> HealthCheckArgument for All<T> {
    const ALL_OF: Option<fn() -> TypeId> = Some(TypeId::of::<T>);

    fn take(context: &CheckContext) -> Result<Self, Missing> {
        Ok(context.all())
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
        Ok(context.cancelled.token())
    }
}
