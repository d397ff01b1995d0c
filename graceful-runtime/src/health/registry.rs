//! The health checks of one program: those that the linker brought, and those registered at run time.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use graceful_core::timeouts::DEFAULT_HEALTH_CHECK_TIMEOUT;

use super::LinkedCheck;
use super::arguments::HealthCheckReturn;
use super::check::{Check, Job};
use super::rounds::Rounds;
use crate::error::{Error, ErrorKind};

pub(crate) struct Checks {
    linked: fn() -> Vec<&'static LinkedCheck>,
    /// Made of those at the first look: before main not all of them are there.
    from_linker: OnceLock<Vec<Arc<Check>>>,
    registered: Mutex<Vec<Arc<Check>>>,
}

impl Checks {
    pub(crate) fn new(linked: fn() -> Vec<&'static LinkedCheck>) -> Self {
        Self { linked, from_linker: OnceLock::new(), registered: Mutex::default() }
    }

    /// By name.
    pub(crate) fn all(&self) -> Vec<Arc<Check>> {
        let linked = self
            .from_linker
            .get_or_init(|| (self.linked)().into_iter().map(|linked| Arc::new(Check::linked(linked))).collect());
        let mut all: Vec<_> = linked.iter().chain(self.registered().iter()).map(Arc::clone).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn registered(&self) -> MutexGuard<'_, Vec<Arc<Check>>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checks").finish_non_exhaustive()
    }
}

/// A health check that is being described, to be registered at run time. Made by
/// [`health_check`](crate::health_check()).
#[must_use = "a health check runs only if it is registered"]
pub struct HealthCheckBuilder {
    checks: &'static Checks,
    rounds: &'static Rounds,
    name: String,
    timeout: Duration,
}

impl HealthCheckBuilder {
    pub(crate) fn new(checks: &'static Checks, rounds: &'static Rounds, name: Cow<'_, str>) -> Self {
        Self { checks, rounds, name: name.into_owned(), timeout: DEFAULT_HEALTH_CHECK_TIMEOUT }
    }

    /// How long one run may take. Default: 5 s. Then the component is unhealthy.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Registers an asynchronous check: it returns `bool`, [`Health`](crate::Health), or a `Result<(), E>` whose error
    /// can be displayed. It is called anew for each run, and dropped at its timeout.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the timeout is zero.
    pub fn register<F, T>(self, check: impl Fn() -> F + Send + Sync + 'static) -> Result<HealthCheckRegistration, Error>
    where
        F: Future<Output = T> + Send + 'static,
        T: HealthCheckReturn,
    {
        self.add(Job::Async(Arc::new(move |_| {
            let check = check();
            Box::pin(async move { check.await.into_health() })
        })))
    }

    /// Registers a check that blocks: it runs on a thread for blocking work.
    ///
    /// At its timeout it is left behind, and not begun again until it has ended.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn register_blocking<T: HealthCheckReturn>(
        self,
        check: impl Fn() -> T + Send + Sync + 'static,
    ) -> Result<HealthCheckRegistration, Error> {
        self.add(Job::Blocking(Arc::new(move |_| check().into_health())))
    }

    fn add(self, job: Job) -> Result<HealthCheckRegistration, Error> {
        let Self { checks, rounds, name, timeout } = self;
        if timeout.is_zero() {
            let what = format!("the timeout of the health check `{name}` is zero");
            return Err(Error::new(ErrorKind::Config, what));
        }
        let check = Arc::new(Check::new(name, timeout, job));
        checks.registered().push(Arc::clone(&check));
        rounds.forget();
        Ok(HealthCheckRegistration { checks, rounds, check })
    }
}

impl fmt::Debug for HealthCheckBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheckBuilder")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A health check that was registered at run time. Dropping this leaves it registered.
pub struct HealthCheckRegistration {
    checks: &'static Checks,
    rounds: &'static Rounds,
    check: Arc<Check>,
}

impl HealthCheckRegistration {
    /// Takes the check back: the component is not there any more. A run that goes on comes to its end.
    pub fn unregister(self) {
        let Self { checks, rounds, check } = self;
        checks.registered().retain(|other| !Arc::ptr_eq(other, &check));
        rounds.forget();
    }
}

impl fmt::Debug for HealthCheckRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheckRegistration").field("check", &self.check).finish_non_exhaustive()
    }
}
