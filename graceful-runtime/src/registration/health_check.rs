//! Registering health checks at run time.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::timeouts::DEFAULT_HEALTH_CHECK_TIMEOUT;

use crate::error::{Error, ErrorKind};
use crate::health::{Check, CheckJob, HealthCheck, HealthCheckReturn, Rounds};
use crate::registry::{EntryId, Registry, check_timeout};
use crate::scope::{Node, Part};

/// Registers a health check at run time. Returned by [`health_check`](crate::health_check()).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::health_check("upstream")
///     .timeout(Duration::from_secs(1))
///     .register(async || Err::<(), _>("connection refused"))?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a health check runs only if it is registered"]
pub struct HealthCheckBuilder {
    checks: &'static Registry<HealthCheck>,
    rounds: &'static Rounds,
    scope: Option<Arc<dyn Part>>,
    /// After that of the scope.
    name: String,
    timeout: Duration,
}

impl HealthCheckBuilder {
    pub(crate) fn new(checks: &'static Registry<HealthCheck>, rounds: &'static Rounds, name: Cow<'_, str>) -> Self {
        Self { checks, rounds, scope: None, name: name.into_owned(), timeout: DEFAULT_HEALTH_CHECK_TIMEOUT }
    }

    /// For a check that ends with the scope.
    pub(crate) fn in_scope(scope: &Arc<Node>, name: &str) -> Self {
        let program = scope.program();
        let builder = Self::new(&program.checks, &program.rounds, scope.name_of(name).into());
        Self { scope: Some(Arc::<Node>::clone(scope)), ..builder }
    }

    /// Sets how long one run may take before the component is unhealthy. Default: 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Registers an async check. It is called for each run, and its future is dropped at the timeout.
    ///
    /// It returns `bool`, [`Health`](crate::Health), or a `Result` of `()` or `Health` whose error can be displayed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the timeout is zero, and
    /// [`ErrorKind::TooLate`](crate::ErrorKind::TooLate) if it is a check of a [scope](crate::Scope::health_check) that has ended.
    pub fn register<F, T>(self, check: impl Fn() -> F + Send + Sync + 'static) -> Result<HealthCheckRegistration, Error>
    where
        F: Future<Output = T> + Send + 'static,
        T: HealthCheckReturn,
    {
        self.add(CheckJob::Async(Arc::new(move |_| {
            let check = check();
            Box::pin(async move { check.await.into_health() })
        })))
    }

    /// Registers a check that blocks. It runs on a thread for blocking work.
    ///
    /// After its timeout it keeps running, and is not called again until it has ended.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # fn main() -> Result<(), graceful::Error> {
    /// graceful::health_check("disk").register_blocking(|| std::fs::write("probe", "").map(drop))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`register`](Self::register).
    pub fn register_blocking<T: HealthCheckReturn>(
        self,
        check: impl Fn() -> T + Send + Sync + 'static,
    ) -> Result<HealthCheckRegistration, Error> {
        self.add(CheckJob::Blocking(Arc::new(move |_| check().into_health())))
    }

    fn add(self, job: CheckJob) -> Result<HealthCheckRegistration, Error> {
        let Self { checks, rounds, scope, name, timeout } = self;
        check_timeout::<HealthCheck>(&name, Some(timeout))?;
        let check = Arc::new(Check::new(name, timeout, job));
        let id = match &scope {
            None => checks.entries().add(check),
            Some(scope) => Arc::clone(scope).add_check(Arc::clone(&check)).ok_or_else(|| too_late(&check, &**scope))?,
        };
        rounds.forget();
        Ok(HealthCheckRegistration { checks, rounds, scope, id })
    }
}

fn too_late(check: &Check, scope: &dyn Part) -> Error {
    let what = format!(
        "the health check `{}` comes too late: the scope `{}` has ended; a new scope of that name takes it",
        check.name(),
        scope.path()
    );
    Error::new(ErrorKind::TooLate, what)
}

impl fmt::Debug for HealthCheckBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheckBuilder")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Unregisters a health check that was registered at run time. Dropping it leaves the check registered.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # fn main() -> Result<(), graceful::Error> {
/// let check = graceful::health_check("replica").register(async || true)?;
/// // The replica was removed.
/// check.unregister();
/// # Ok(())
/// # }
/// ```
pub struct HealthCheckRegistration {
    checks: &'static Registry<HealthCheck>,
    rounds: &'static Rounds,
    scope: Option<Arc<dyn Part>>,
    id: EntryId,
}

impl HealthCheckRegistration {
    /// Unregisters the check. A run in progress continues to its end.
    pub fn unregister(self) {
        let Self { checks, rounds, scope, id } = self;
        checks.remove(id, |_| true);
        rounds.forget();
        if let Some(scope) = scope {
            scope.forget_check(id);
        }
    }
}

impl fmt::Debug for HealthCheckRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheckRegistration").field("id", &self.id).finish_non_exhaustive()
    }
}
