//! Registering shutdown handlers and health checks at run time: their builders, and the values that unregister them.

mod health_check;

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use graceful_core::HandlerPhase;

pub use self::health_check::{HealthCheckBuilder, HealthCheckRegistration};
use crate::arguments::HandlerContext;
use crate::error::Error;
use crate::handler::turn::{self, Turn};
use crate::handler::{CHAINING, Function, Job, Late, Order, Owner};
use crate::outcome::Outcome;
use crate::program::program;
use crate::registry::{BoxFuture, EntryId};
use crate::returns::HandlerReturn;
use crate::{events, spawn};

/// Registers a shutdown handler at run time. Returned by [`handler`](crate::handler).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::HandlerPhase;
///
/// # fn main() -> Result<(), graceful::Error> {
/// graceful::handler("leave discovery")
///     .phase(HandlerPhase::LameDuck)
///     .priority(10)
///     .timeout(Duration::from_secs(2))
///     .register(async || println!("left"))?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a handler runs only if it is registered"]
pub struct HandlerBuilder {
    owner: Owner,
    handler: Late,
    order: Order,
}

impl HandlerBuilder {
    #[track_caller]
    pub(crate) fn new(owner: Owner, name: &str) -> Self {
        let handler = Late {
            name: owner.name_of(name).into(),
            priority: 0,
            timeout: None,
            phase: HandlerPhase::default(),
            after: None,
            location: Location::caller(),
            job: None,
        };
        Self { owner, handler, order: Order { priority: None, after: None } }
    }

    /// Sets the priority. Handlers with a higher one run first, and those with equal ones concurrently. Default: 0, or the
    /// lowest priority of the handlers that it runs [after](Self::after), if that is below 0.
    pub fn priority(mut self, priority: i32) -> Self {
        self.order.priority = Some(priority);
        self
    }

    /// Lets the handler wait until another one has ended, whether that has completed, failed, timed out or been skipped. May be
    /// called several times. Default: none.
    ///
    /// `name` must be the name of exactly one handler: of a registered one, or of a function with `#[on_shutdown]`, whose name is
    /// its path without the crate. [`register`](Self::register) looks for it. A handler that is unregistered later is not waited
    /// for.
    ///
    /// Handlers of a lower priority and of a later phase cannot be named, since they start later anyway. Those of a higher priority
    /// and of an earlier phase have ended before.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # fn main() -> Result<(), graceful::Error> {
    /// graceful::handler("workers").register(async || println!("stopped"))?;
    /// graceful::handler("database").after("workers").register(async || println!("closed"))?;
    ///
    /// let nobody = graceful::handler("cache").after("no such handler").register(async || {});
    /// assert_eq!(nobody.unwrap_err().kind(), graceful::ErrorKind::Config);
    /// # Ok(())
    /// # }
    /// ```
    pub fn after(mut self, name: &str) -> Self {
        let name = self.owner.name_of(name).into_owned();
        self.order.after.get_or_insert((&CHAINING, Vec::new())).1.push(name);
        self
    }

    /// Sets how long the handler may take, from its own start. Default: main's `handler_timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.handler.timeout = Some(timeout);
        self
    }

    /// Sets the phase in which the handler runs. Default: [`HandlerPhase::Teardown`].
    pub fn phase(mut self, phase: HandlerPhase) -> Self {
        self.handler.phase = phase;
        self
    }

    /// Registers an async handler. It returns `()` or a `Result<(), E>` whose error the report [keeps](crate::IntoFailure).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLate`](crate::ErrorKind::TooLate) if the handlers of this phase have begun to run, and
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the timeout is zero, or if it cannot run [after](Self::after) a handler
    /// that it names.
    pub fn register<F, T>(self, handler: impl FnOnce() -> F + Send + 'static) -> Result<HandlerRegistration, Error>
    where
        F: Future<Output = T> + Send + 'static,
        T: HandlerReturn,
    {
        let function =
            move |_: HandlerContext| -> BoxFuture<_> { Box::pin(async move { handler().await.into_outcome() }) };
        self.add(Job::Async(Function::Late(Box::new(function))))
    }

    /// Registers a handler that blocks. It runs on its own thread, and is abandoned at its timeout.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # fn main() -> Result<(), graceful::Error> {
    /// graceful::handler("lock").register_blocking(|| std::fs::remove_file("service.lock"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`register`](Self::register).
    pub fn register_blocking<T: HandlerReturn>(
        self,
        handler: impl FnOnce() -> T + Send + 'static,
    ) -> Result<HandlerRegistration, Error> {
        self.add(Job::Blocking(Function::Late(Box::new(move |_| handler().into_outcome()))))
    }

    /// Spawns a task that the handler ends: a consumer that work in flight feeds, such as the writer of a batch.
    ///
    /// The task starts at once. It is not counted as in flight, so the drain does not wait for it. When the handler's
    /// turn comes, [`Turn::until`] ends as soon as nothing is left, and the handler runs the task to its end, within the
    /// handler's timeout. In teardown nothing is in flight any more, unless the drain has timed out. A pipeline of several
    /// such tasks ends stage by stage if each stage runs [after](Self::after) the stage before it.
    ///
    /// The outcome of the task is that of the handler. If it fails or panics before its turn, an error is logged at that moment,
    /// the service continues, and the exit code is 1. A service that cannot work without the task calls
    /// [`request_shutdown`](crate::request_shutdown) in it. A task that has completed before its turn completes the handler.
    ///
    /// [`unregister`](HandlerRegistration::unregister) lets the turn come at once. The task ends then, and nothing waits for it.
    ///
    /// The task runs on the current runtime, or outside of any runtime on main's. Before main starts, a runtime is started for
    /// it. After its turn it runs on main's. In a program that graceful does not run the turn never comes.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use tokio::sync::mpsc;
    ///
    /// # async fn write(_: &[String]) -> std::io::Result<()> { Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), graceful::Error> {
    /// let (sender, mut rows) = mpsc::channel(1000);
    /// graceful::handler("rows")
    ///     .priority(20)
    ///     .timeout(Duration::from_secs(5))
    ///     .spawn(|turn| async move {
    ///         let mut batch = Vec::new();
    ///         // The count is zero when every sender is gone.
    ///         while let Some(1..) = turn.until(rows.recv_many(&mut batch, 100)).await {
    ///             write(&batch).await?;
    ///             batch.clear();
    ///         }
    ///         std::io::Result::Ok(())
    ///     })?;
    /// # sender.send("row".to_owned()).await.unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`register`](Self::register). The task is not started then.
    ///
    /// # Panics
    ///
    /// If it is called outside of any runtime before main starts, and the system has no thread left.
    pub fn spawn<F, T>(self, task: impl FnOnce(Turn) -> F + Send + 'static) -> Result<HandlerRegistration, Error>
    where
        F: Future<Output = T> + Send + 'static,
        T: HandlerReturn,
    {
        let program = program();
        let runtime = program.runtime();
        let name = Arc::clone(&self.handler.name);
        let (until_turn, job) = turn::split(task, move |outcome: &Outcome| {
            if !outcome.is_clean() {
                let outcome = outcome.clone();
                program.output.log(move || events::handler_task(&name, &outcome));
            }
        });
        let registration = self.add(job)?;
        spawn::task(&runtime, until_turn);
        Ok(registration)
    }

    fn add(mut self, job: Job) -> Result<HandlerRegistration, Error> {
        self.handler.job = Some(job);
        let id = self.owner.add(self.handler, self.order)?;
        Ok(HandlerRegistration { id, owner: self.owner })
    }
}

impl fmt::Debug for HandlerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerBuilder")
            .field("name", &self.handler.name)
            .field("priority", &self.order.priority)
            .field("after", &self.order.after.as_ref().map(|(_, names)| names))
            .field("timeout", &self.handler.timeout)
            .field("phase", &self.handler.phase)
            .finish_non_exhaustive()
    }
}

/// Unregisters a handler that was registered at run time. Dropping it leaves the handler registered.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # fn main() -> Result<(), graceful::Error> {
/// let registration = graceful::handler("session").register(async || println!("closed"))?;
/// // The session was closed before the shutdown.
/// assert!(registration.unregister());
/// assert!(graceful::plan().handlers().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HandlerRegistration {
    id: EntryId,
    owner: Owner,
}

impl HandlerRegistration {
    /// Unregisters the handler. Returns `false` if the shutdown has taken it already. The turn of its
    /// [task](HandlerBuilder::spawn) comes at once.
    pub fn unregister(self) -> bool {
        self.owner.take_back(self.id)
    }
}

#[cfg(test)]
mod tests {
    use graceful_core::timeouts::Timeouts;

    use super::*;
    use crate::handler::Handler;
    use crate::registry::Registry;

    /// A handler for each connection: they come and go in any order, and many are live at once. The time is this thread's on the
    /// processor, since other processes may want it too.
    #[cfg(unix)]
    #[test]
    fn unregistering_does_not_slow_down_with_the_number_of_handlers() {
        use rustix::time::{ClockId, clock_gettime};

        const LIVE: usize = 40_000;

        let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
        let handlers: &'static Registry<Handler> = Box::leak(Box::new(Registry::new(Vec::new)));
        let register = |_| HandlerBuilder::new(Owner::Program(handlers), "connection").register(async || {}).unwrap();
        let registrations: Vec<_> = (0..LIVE).map(register).collect();
        let begin = now();
        assert!(registrations.into_iter().all(HandlerRegistration::unregister));
        let took = now() - begin;
        assert!(took < Duration::from_secs(1), "{LIVE} took {took:?}");
        assert!(handlers.plan(&Timeouts::default()).handlers().is_empty());
    }
}
