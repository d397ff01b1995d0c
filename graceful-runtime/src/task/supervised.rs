//! Supervised tasks: restarted after a failure, and the start of the shutdown when they end.

mod supervision;

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use tokio::task::JoinHandle;

use self::supervision::{Supervision, attempts};
use super::Identity;
use super::attempt::{End, Ended, Watched, Watcher, attempt};
use super::backoff::Backoff;
use super::critical::CriticalReturn;
use crate::events;
use crate::in_flight::Kind;
use crate::program::Program;
use crate::report::FailedTask;
use crate::scope::{Node, Part};
use crate::trigger::Reason;

/// What an error or a panic of a [supervised task](crate::task()) does if it is final: see [`TaskBuilder::on_error`].
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::OnError;
///
/// fn of_part(is_essential: bool) -> OnError {
///     if is_essential { OnError::Shutdown } else { OnError::Continue }
/// }
/// # assert_eq!(of_part(false), OnError::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnError {
    /// The program continues without the task.
    #[default]
    Continue,
    /// The shutdown begins, and the exit code is 1.
    Shutdown,
}

/// Spawns a supervised task. Returned by [`task`](crate::task()).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// use graceful::{Backoff, OnError};
///
/// # async fn consume() -> std::io::Result<()> { Ok(()) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let backoff = Backoff::exponential(Duration::from_millis(100)..Duration::from_secs(10));
/// graceful::task("consumer")
///     .restart(backoff.at_most(5, Duration::from_secs(60)))
///     .on_error(OnError::Shutdown)
///     .spawn(consume);
/// # }
/// ```
#[must_use = "a task runs only if it is spawned"]
pub struct TaskBuilder {
    program: &'static Program,
    /// `None`: a task of the program.
    scope: Option<Arc<dyn Part>>,
    /// The scope that counts the task, and has its failure in its report. Set when it is spawned.
    counted_in: Option<Arc<dyn Part>>,
    name: Arc<str>,
    restart: Option<Backoff>,
    critical: bool,
    on_error: OnError,
}

impl TaskBuilder {
    pub(crate) fn new(program: &'static Program, name: Arc<str>) -> Self {
        Self {
            program,
            scope: None,
            counted_in: None,
            name,
            restart: None,
            critical: false,
            on_error: OnError::Continue,
        }
    }

    /// For a task of a scope. It is the scope that ends with a critical task, and that has the failure in its report.
    pub(crate) fn in_scope(scope: &Arc<Node>, name: Arc<str>) -> Self {
        Self { scope: Some(Arc::<Node>::clone(scope)), ..Self::new(scope.program(), name) }
    }

    /// The name in the log, the health and the report of the program.
    fn title(&self) -> Arc<str> {
        match &self.scope {
            Some(scope) => scope.name_of(&self.name).into(),
            None => Arc::clone(&self.name),
        }
    }

    /// Restarts the task after an error or a panic, as the [`Backoff`] says. Default: it is not restarted.
    ///
    /// An `Ok` is the task's end. After the drain has begun nothing is restarted.
    pub fn restart(mut self, backoff: Backoff) -> Self {
        self.restart = Some(backoff);
        self
    }

    /// Begins the shutdown when the task has ended for good, also if it has returned `Ok` or was aborted. An error or a panic
    /// makes the exit code 1. Default: the program continues.
    pub fn critical(mut self) -> Self {
        self.critical = true;
        self
    }

    /// Sets what an error or a panic does that is final, because the task is not restarted after it. Default:
    /// [`OnError::Continue`].
    ///
    /// With [`OnError::Shutdown`] the shutdown begins, and the exit code is 1. An `Ok` is the task's end and nothing more. For a
    /// [critical](Self::critical) task this changes nothing.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::OnError;
    ///
    /// # async fn import() -> std::io::Result<()> { Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// graceful::task("import").on_error(OnError::Shutdown).spawn(import);
    /// # }
    /// ```
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Spawns the task. `make` is called for each attempt, in the task, and makes its future. A panic of `make` is a failed attempt.
    ///
    /// The handle returns what the last attempt has returned, with the error as a [`Failure`](crate::Failure), and its panic as
    /// a `JoinError`. It can abort the task, also in a pause.
    ///
    /// The runtime is that of [`spawn`](crate::spawn). Restarts need its timers, which `#[graceful::main]` and
    /// [`Config::run`](crate::Config::run) enable.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let import = graceful::task("import").spawn(async || std::fs::read("/no/such/file"));
    ///
    /// let failure = import.await.expect("it does not panic").unwrap_err();
    /// let error: &std::io::Error = failure.downcast_ref().unwrap();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// The panics of [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<M, F>(self, make: M) -> JoinHandle<<F::Output as CriticalReturn>::Output>
    where
        M: FnMut() -> F + Send + 'static,
        F: Future + Send + 'static,
        F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
    {
        self.program.task_records.spawned(&self.title());
        let supervision = Supervision::new(&self);
        self.begin(attempts(supervision, make))
    }

    /// Spawns a task that has one attempt.
    #[track_caller]
    pub(crate) fn spawn_once<F>(self, future: F) -> JoinHandle<<F::Output as CriticalReturn>::Output>
    where
        F: Future + Send + 'static,
        F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
    {
        self.begin(attempt(move || future))
    }

    #[track_caller]
    fn begin<T: Send + 'static>(mut self, task: impl Future<Output = Ended<T>> + Send + 'static) -> JoinHandle<T> {
        let program = self.program;
        let scope = self.scope.clone().and_then(|scope| scope.count(Kind::Task));
        self.counted_in = scope.as_ref().map(|member| Arc::clone(member.node())).or_else(|| self.scope.clone());
        let identity = Identity { name: Some(Arc::clone(&self.name)), location: Location::caller(), scope };
        let (id, tracked) = program.tasks.track(identity, task);
        program.tasks.spawn(&program.runtime(), (id, Watched::new(tracked, self)))
    }

    /// Whether the shutdown begins when the task ends like this.
    fn shuts_down(&self, end: &End) -> bool {
        self.critical || self.on_error == OnError::Shutdown && matches!(end, End::Failed(_))
    }
}

impl Watcher for TaskBuilder {
    /// Logs it before the trigger, so that the log has the cause before the effect. It does not block.
    fn ended(&self, end: &End, attempts: u32) {
        let (name, end, shuts_down) = (self.title(), end.clone(), self.shuts_down(end));
        match (&end, &self.counted_in) {
            // It logs the failure too.
            (End::Failed(outcome), Some(scope)) => return Arc::clone(scope).task_failed(&self.name, outcome.clone()),
            (End::Failed(outcome), None) if shuts_down => {
                self.program.task_failed(FailedTask::new(&name, outcome.clone()));
            }
            _ => {}
        }
        self.program.output.log(move || events::task_ended(&name, &end, attempts, shuts_down));
    }

    fn gone(self, end: End) {
        match &self.scope {
            _ if !self.shuts_down(&end) => {}
            Some(scope) => Arc::clone(scope).shut_down_by_default(),
            None => {
                self.program.lifecycle.begin(Reason::CriticalTask(self.name));
            }
        }
    }
}

impl fmt::Debug for TaskBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskBuilder")
            .field("name", &self.name)
            .field("restart", &self.restart)
            .field("critical", &self.critical)
            .field("on_error", &self.on_error)
            .finish_non_exhaustive()
    }
}
