//! Handlers that are registered at run time.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::HandlerPhase;

use super::registry::{Handlers, Job, Late};
use crate::error::Error;
use crate::returns::HandlerReturn;

/// A shutdown handler that is being described, to be registered at run time. Made by [`handler`](crate::handler).
#[must_use = "a handler runs only if it is registered"]
pub struct HandlerBuilder {
    handlers: &'static Handlers,
    handler: Late,
}

impl HandlerBuilder {
    #[track_caller]
    pub(crate) fn new(handlers: &'static Handlers, name: Cow<'_, str>) -> Self {
        let handler = Late {
            name: Arc::from(name),
            priority: 0,
            timeout: None,
            phase: HandlerPhase::default(),
            location: Location::caller(),
            job: None,
        };
        Self { handlers, handler }
    }

    /// Higher runs first; equal ones run concurrently. Default: 0.
    pub fn priority(mut self, priority: i32) -> Self {
        self.handler.priority = priority;
        self
    }

    /// How long the handler may take, from its own start. Default: main's `handler_timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.handler.timeout = Some(timeout);
        self
    }

    /// When the handler runs. Default: [`HandlerPhase::Teardown`].
    pub fn phase(mut self, phase: HandlerPhase) -> Self {
        self.handler.phase = phase;
        self
    }

    /// Registers an asynchronous handler: it returns `()` or a `Result<(), E>` whose error can be displayed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLate`](crate::ErrorKind::TooLate) when the handlers of this phase have begun to run,
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when the timeout is zero.
    pub fn register<F, T>(self, handler: impl FnOnce() -> F + Send + 'static) -> Result<Registration, Error>
    where
        F: Future<Output = T> + Send + 'static,
        T: HandlerReturn,
    {
        let job = Job::Async(Box::new(move |_| Box::pin(async move { handler().await.into_outcome() })));
        self.add(job)
    }

    /// Registers a handler that blocks: it runs on a thread of its own, and is abandoned at its timeout.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn register_blocking<T: HandlerReturn>(
        self,
        handler: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Registration, Error> {
        let job = Job::Blocking(Box::new(move |_| handler().into_outcome()));
        self.add(job)
    }

    fn add(mut self, job: Job) -> Result<Registration, Error> {
        self.handler.job = Some(job);
        let id = self.handlers.add(self.handler)?;
        Ok(Registration { id, handlers: self.handlers })
    }
}

impl fmt::Debug for HandlerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerBuilder")
            .field("name", &self.handler.name)
            .field("priority", &self.handler.priority)
            .field("timeout", &self.handler.timeout)
            .field("phase", &self.handler.phase)
            .finish_non_exhaustive()
    }
}

/// A handler that was registered at run time. Dropping this leaves it registered.
#[derive(Debug)]
pub struct Registration {
    id: u64,
    handlers: &'static Handlers,
}

impl Registration {
    /// Takes the handler back, for what was closed before the shutdown. `false`: too late, the shutdown has taken it.
    pub fn unregister(self) -> bool {
        self.handlers.remove(self.id)
    }
}
