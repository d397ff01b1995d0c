//! Scopes: parts of a program that end while the rest continues.

mod end;
#[cfg(feature = "axum")]
mod flag;
mod handlers;
mod health;
mod member;
mod node;
mod part;
mod report;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(feature = "axum")]
mod serve;
mod spawn;
mod task;
#[cfg(test)]
mod tests;

/// What `tests/loom` replaces.
#[cfg(feature = "axum")]
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, Ordering};
}

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub(crate) use self::member::Member;
pub use self::member::{ScopeDrainingError, ScopeInFlight};
pub(crate) use self::node::Node;
pub(crate) use self::part::Part;
pub use self::report::{ScopeError, ScopeReport};
#[cfg(feature = "axum")]
pub(crate) use self::serve::{InScope, Listening};
use crate::handler::Owner;
use crate::program::program;
use crate::registration::HandlerBuilder;
use crate::until_drain::UntilDrain;

/// Returns the scope of this name, or makes one: a part of the program that can end while the rest continues, such as a tenant, a
/// session, or a plugin.
///
/// A scope has the functions of this crate as methods: [`spawn`](Scope::spawn), [`try_track`](Scope::try_track),
/// [`until_drain`](Scope::until_drain) and more. What they start is in flight in the scope, in the scopes around it, and in the
/// service. [`Scope::shut_down`] ends it, and when the service drains, so do all scopes.
///
/// [`Scope::scope`] makes scopes in a scope. Dropping the value does nothing: only a shutdown ends a scope, that of the scope, of
/// one around it, or of the service. A scope that is empty, that nothing refers to, that has neither handlers nor health checks, and
/// in which no task has failed, takes no memory.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::Scope;
/// use tokio::sync::mpsc;
///
/// fn start(name: &str, jobs: mpsc::Receiver<String>) {
///     let tenant = graceful::scope(name);
///     tenant.spawn(consume(tenant.clone(), jobs));
/// }
///
/// async fn consume(tenant: Scope, mut jobs: mpsc::Receiver<String>) {
///     while let Some(Some(job)) = tenant.until_drain(jobs.recv()).await {
///         println!("{job} for {}", tenant.name());
///     }
/// }
///
/// async fn stop(name: &str) {
///     let report = graceful::scope(name).shut_down(Duration::from_secs(10)).await;
///     println!("{report}");
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let (sender, jobs) = mpsc::channel(1);
/// # sender.send("a job".to_owned()).await.unwrap();
/// # start("tenant 7", jobs);
/// # stop("tenant 7").await;
/// # }
/// ```
pub fn scope<'a>(name: impl Into<Cow<'a, str>>) -> Scope {
    let program = program();
    program.lifecycle.participation.begin();
    Scope(program.root_scope().child(&name.into()))
}

/// A part of the program that ends while the rest continues. Returned by [`scope`]. Clones are the same scope.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Scope;
///
/// fn accept(tenant: &Scope) -> Result<(), graceful::ScopeDrainingError> {
///     let _in_flight = tenant.try_track()?;
///     println!("working for {}", tenant.name());
///     Ok(())
/// }
/// # accept(&graceful::scope("tenant 7")).unwrap();
/// ```
#[derive(Clone)]
pub struct Scope(Arc<Node>);

impl Scope {
    /// The scope, for those who know no more of it than [`Part`] says.
    #[cfg(feature = "axum")]
    pub(crate) fn part(&self) -> Arc<dyn Part> {
        Arc::<Node>::clone(&self.0)
    }

    /// Returns the name, after the names of the scopes around it.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// assert_eq!(graceful::scope("ingest").scope("tenant 7").name(), "ingest/tenant 7");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.path()
    }

    /// Returns the scope of this name in this scope, or makes one. It ends before this one does.
    ///
    /// In a scope that is draining or has ended, a new one has ended already.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ingest = graceful::scope("ingest");
    /// let tenant = ingest.scope("tenant 7");
    /// let guard = tenant.track();
    /// assert_eq!(ingest.in_flight(), 1);
    /// # drop(guard);
    ///
    /// ingest.shut_down(Duration::from_secs(10)).await;
    /// assert!(tenant.try_track().is_err());
    /// # }
    /// ```
    pub fn scope<'a>(&self, name: impl Into<Cow<'a, str>>) -> Self {
        Self(self.0.child(&name.into()))
    }

    /// Counts a piece of work as in flight until the guard is dropped, also during the drain, as [`track`](crate::track) does.
    ///
    /// When work of the scope has been abandoned, or the scope has ended, it is counted in the scope around it, at last in the
    /// service alone.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// let tenant = graceful::scope("tenant 7");
    /// let guard = tenant.track();
    /// assert_eq!((tenant.in_flight(), graceful::in_flight()), (1, 1));
    /// # drop(guard);
    /// ```
    pub fn track(&self) -> ScopeInFlight {
        ScopeInFlight::new(&self.0)
    }

    /// Counts a piece of work as in flight until the guard is dropped, unless the scope or the service is draining, or the scope
    /// has ended.
    ///
    /// The check and the count are one step, so the shutdown of the scope waits for all work that has a guard.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # fn main() -> Result<(), graceful::ScopeDrainingError> {
    /// let _guard = graceful::scope("tenant 7").try_track()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ScopeDrainingError`] after the drain has begun.
    #[must_use = "the guard is dropped at once; bind it to a name: `let _in_flight = scope.try_track()?`, not `let _ = ..`"]
    pub fn try_track(&self) -> Result<ScopeInFlight, ScopeDrainingError> {
        ScopeInFlight::try_new(&self.0)
    }

    /// Returns how much is in flight at this moment in the scope and in the scopes in it: guards, tasks and connections.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// assert_eq!(graceful::scope("tenant 7").in_flight(), 0);
    /// ```
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.0.in_flight()
    }

    /// Resolves when the drain of the scope begins, with the shutdown of the scope or of one around it, or with the drain of the
    /// service.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = graceful::scope("tenant 7");
    /// tenant.spawn(tenant.drain_started());
    /// # tenant.shut_down(std::time::Duration::from_secs(10)).await;
    /// # }
    /// ```
    pub fn drain_started(&self) -> impl Future<Output = ()> + Send + use<> {
        self.drain_token().cancelled_owned()
    }

    /// Returns whether the drain of the scope has begun. It stays `true` after the end: [`scope`](crate::scope()) makes a new one then.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = graceful::scope("tenant 7");
    /// let ended = tenant.shut_down(std::time::Duration::from_secs(10));
    /// assert!(tenant.is_draining());
    /// # ended.await;
    /// # }
    /// ```
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.draining.is_cancelled()
    }

    /// Returns a token that is cancelled when the drain of the scope begins. Cancelling it has no effect on the scope.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// let token = graceful::scope("tenant 7").drain_token();
    /// assert!(!token.is_cancelled());
    /// ```
    #[must_use]
    pub fn drain_token(&self) -> CancellationToken {
        self.0.draining.child_token()
    }

    /// Ends a future or a stream when the drain of the scope begins, as [`until_drain`](crate::until_drain) does for the service.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use tokio::sync::mpsc;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let (sender, mut jobs) = mpsc::channel::<String>(1);
    /// # drop(sender);
    /// let tenant = graceful::scope("tenant 7");
    /// while let Some(Some(job)) = tenant.until_drain(jobs.recv()).await {
    ///     println!("{job}");
    /// }
    /// # }
    /// ```
    pub fn until_drain<T>(&self, inner: T) -> UntilDrain<T> {
        UntilDrain::of(inner, &self.0.draining)
    }

    /// Returns a builder that registers a handler of the scope, as [`handler`](crate::handler) does for the service: what flushes or
    /// closes something when the work of the scope has ended.
    ///
    /// - The handlers run when the work of the scope and the scopes in it have ended, or were aborted. So those of the innermost scope
    ///   run first. Priority, timeout, [`after`](HandlerBuilder::after) and [`spawn`](HandlerBuilder::spawn) are those of the service's
    ///   handlers, among the handlers of this scope. Another phase than teardown is refused.
    /// - They are never skipped when work of the scope is aborted. When the drain of the service is cut, they run first in
    ///   teardown. The drain of the service, and of the scope, leaves them the time that they need at most.
    /// - [`ScopeReport::handlers`] has their outcomes. In the shutdown of the service they are in its report too, and one that fails
    ///   there makes the exit code 1.
    /// - In log and report the name of a handler comes after that of its scope, as in `tenant 7/flush`. A scope with a handler
    ///   exists until it is shut down, or until the handler is [unregistered](crate::HandlerRegistration::unregister).
    ///
    /// [`register`](HandlerBuilder::register) returns [`ErrorKind::TooLate`](crate::ErrorKind::TooLate) when the handlers of the scope
    /// have begun, or when it has ended.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// # async fn flush() -> std::io::Result<()> { Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), graceful::Error> {
    /// let tenant = graceful::scope("tenant 7");
    /// tenant.handler("flush").timeout(Duration::from_secs(2)).register(flush)?;
    ///
    /// let report = tenant.shut_down(Duration::from_secs(10)).await;
    /// assert_eq!(report.handlers()[0].name(), "tenant 7/flush");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn handler<'a>(&self, name: impl Into<Cow<'a, str>>) -> HandlerBuilder {
        HandlerBuilder::new(Owner::Scope(Arc::<Node>::clone(&self.0)), &name.into())
    }

    /// Shuts the scope down, and the scopes in it. The rest of the service continues.
    ///
    /// 1. The drain begins in all of them at once: [`try_track`](Self::try_track) is refused, and what waits for the drain is
    ///    notified.
    /// 2. Each scope runs its [handlers](Self::handler) when its own work and the scopes in it have ended, and then ends. So the
    ///    innermost ends first.
    /// 3. When the rest of `timeout` is what the handlers need at most, and a tenth of it or a second if that is less, the
    ///    connections that are left are cut and the tasks aborted. The report names them and the guards that are held. What has not
    ///    ended after `timeout` is not waited for: a task that blocks its thread, and a guard that is still held. With a timeout of
    ///    zero the tasks are aborted at once, nothing waits until they are dropped, and the handlers are begun without any time.
    ///
    /// The shutdown begins at the call, and continues if the returned future is dropped. Each call returns the same report. A
    /// later call with a shorter timeout aborts sooner; a later call with a longer one does not lengthen the shutdown. Afterwards
    /// [`scope`](crate::scope()) makes a new scope of this name.
    ///
    /// A task of the scope that awaits this waits for itself, and is aborted when the time of the drain is up. Instead it
    /// begins the shutdown and ends: `drop(scope.shut_down(timeout))`.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the shutdown continues.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = graceful::scope("tenant 7");
    /// tenant.spawn(std::future::pending::<()>());
    ///
    /// let report = tenant.shut_down(Duration::from_millis(50)).await;
    /// assert_eq!(report.abandoned().len(), 1);
    /// assert!(graceful::scope("tenant 7").try_track().is_ok());
    /// # }
    /// ```
    pub fn shut_down(&self, timeout: Duration) -> impl Future<Output = ScopeReport> + Send + use<> {
        self.0.shut_down(timeout);
        self.ended()
    }

    /// Waits until the scope has ended, and does not begin its end. Use it to learn that a critical task has ended the scope, that
    /// other code has shut it down, or that it has ended with the service or with a scope around it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # async fn serve() -> std::io::Result<()> { Ok(()) }
    /// async fn keep_running() {
    ///     while !graceful::is_shutting_down() {
    ///         let tenant = graceful::scope("tenant 7");
    ///         tenant.spawn_critical("server", serve());
    ///         println!("{}", tenant.ended().await);
    ///     }
    /// }
    /// # let _ = keep_running;
    /// ```
    pub fn ended(&self) -> impl Future<Output = ScopeReport> + Send + use<> {
        let scope = Arc::clone(&self.0);
        async move { scope.ended.wait().await.clone() }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("name", &self.name()).finish_non_exhaustive()
    }
}
