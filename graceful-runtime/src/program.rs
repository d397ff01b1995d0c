//! The program: the state that one process has.

#[cfg(feature = "testing")]
mod staged;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use graceful_core::plan::Plan;
use graceful_core::{HandlerPhase, Phase, budget};
use tokio::runtime::Handle;
use tokio::sync::SetOnce;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "testing")]
pub(crate) use self::staged::{Staged, stage};
use crate::config::Config;
use crate::exit::code;
use crate::handler::{Handler, MainThread};
use crate::health::{Circumstances, HealthCheck, HealthReport, Rounds};
use crate::in_flight::{Connections, WORK, Work};
use crate::kept::Kept;
use crate::lifecycle::{Lifecycle, MainEnd, MainState, Shutdown};
use crate::output::{Output, print};
use crate::registry::{Linked, Registry};
use crate::report::{FailedTask, Report};
use crate::resources::{Repeated, Resources};
use crate::scope::{Node, Part};
use crate::signal::{Lost, Registered};
use crate::spawn;
use crate::task::{Records, Tasks};

static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program {
    checks: Registry::new(|| inventory::iter::<Linked<HealthCheck>>().collect()),
    ..Program::new(&WORK, Instant::now, linked)
});

/// The handlers that the linker brought.
pub(crate) fn linked() -> Vec<&'static Linked<Handler>> {
    inventory::iter::<Linked<Handler>>().collect()
}

/// The program that this process is, or that a test has in the current runtime.
pub(crate) fn program() -> &'static Program {
    #[cfg(feature = "testing")]
    if let Some(staged) = staged::staged() {
        return staged;
    }
    &PROGRAM
}

/// The count of the program's work in flight.
#[inline]
pub(crate) fn work() -> &'static Work {
    #[cfg(feature = "testing")]
    if let Some(staged) = staged::staged() {
        // The count of a test's program does not know of work that has ended.
        staged.lifecycle.participation.begin();
        return staged.work;
    }
    &WORK
}

type Observer = Box<dyn FnOnce(&Report) + Send>;

pub(crate) struct Program {
    pub(crate) work: &'static Work,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) handlers: Registry<Handler>,
    pub(crate) checks: Registry<HealthCheck>,
    pub(crate) rounds: Rounds,
    pub(crate) tasks: Tasks,
    /// The root of the scopes, once there was one. `None` if there was none when the drain began. It lives as long as the program
    /// does, and its destructor is no part of a program without scopes.
    scopes: OnceLock<Option<&'static Scopes>>,
    pub(crate) task_records: Records,
    pub(crate) connections: Connections,
    /// Cancelled when the open connections are to be closed at once.
    pub(crate) cut_connections: CancellationToken,
    pub(crate) resources: Resources,
    pub(crate) kept: Kept,
    pub(crate) main: MainState,
    pub(crate) main_thread: MainThread,
    pub(crate) output: Output,
    /// The report of `run_handlers`.
    pub(crate) handlers_report: SetOnce<Report>,
    runtimes: OnceLock<Runtimes>,
    /// Whether the log has the plan.
    pub(crate) plan_logged: AtomicBool,
    pub(crate) signals: OnceLock<Registered>,
    /// Whether it was said that signals may not arrive.
    signals_lost: AtomicBool,
    requests: Mutex<Requests>,
}

/// The root of the scopes, and the same for those who know no more of it than [`Part`] says.
struct Scopes {
    root: Arc<Node>,
    part: Arc<dyn Part>,
}

/// What exists once the supervisor has the application's runtime.
pub(crate) struct Runtimes {
    pub(crate) app: Handle,
    /// The supervisor's runtime, on which nothing may block. `None` in a rehearsal.
    pub(crate) supervisor: Option<Handle>,
    /// Where the supervisor answers probes.
    #[cfg(feature = "probes")]
    pub(crate) probes: Option<std::net::SocketAddr>,
}

/// What the program has requested for its end.
#[derive(Default)]
struct Requests {
    exit_code: Option<u8>,
    failed_tasks: Vec<FailedTask>,
    observers: Vec<Observer>,
}

impl Program {
    pub(crate) fn new(
        work: &'static Work,
        now: fn() -> Instant,
        linked: fn() -> Vec<&'static Linked<Handler>>,
    ) -> Self {
        Self {
            work,
            lifecycle: Lifecycle::new(work, now),
            handlers: Registry::new(linked),
            checks: Registry::new(Vec::new),
            rounds: Rounds::default(),
            tasks: Tasks::new(work),
            scopes: OnceLock::new(),
            task_records: Records::default(),
            connections: Connections::default(),
            cut_connections: CancellationToken::new(),
            resources: Resources::default(),
            kept: Kept::default(),
            main: MainState::default(),
            main_thread: MainThread::default(),
            output: Output::new(),
            handlers_report: SetOnce::new(),
            runtimes: OnceLock::new(),
            plan_logged: AtomicBool::new(false),
            signals: OnceLock::new(),
            signals_lost: AtomicBool::new(false),
            requests: Mutex::default(),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        self.lifecycle.config()
    }

    pub(crate) fn plan(&self) -> Plan {
        let config = self.config();
        let scopes = self.scopes().and_then(Part::planned);
        self.handlers.plan(config.timeouts()).with_scopes(scopes).with_warnings(self.warnings())
    }

    /// What is probably wrong with the program, for the plan and the report.
    fn warnings(&self) -> Vec<String> {
        let repeated = self.resources.repeated();
        repeated.iter().filter(|repeated| self.is_suspect(repeated)).map(ToString::to_string).collect()
    }

    /// Whether several values of one type are probably a mistake: nothing takes all of them.
    pub(crate) fn is_suspect(&self, repeated: &Repeated) -> bool {
        !self.handlers.takes_all(repeated.id) && !self.checks.takes_all(repeated.id)
    }

    /// When the drain ends at the latest. `None` before it begins.
    pub(crate) fn drain_deadline(&self) -> Option<Instant> {
        if self.lifecycle.phase() < Phase::Draining {
            return None;
        }
        self.fix_drain_deadline(self.lifecycle.shutdown()?)
    }

    /// Fixes when the drain ends at the latest. The first caller counts from now: it must be about to begin the drain.
    pub(crate) fn fix_drain_deadline(&self, shutdown: &Shutdown) -> Option<Instant> {
        shutdown.drain_deadline(|| {
            let now = self.lifecycle.now();
            let left = shutdown.trigger.end().saturating_duration_since(now);
            let timeouts = self.config().timeouts();
            let reserve = self.reserve_after_drain();
            now.checked_add(budget::drain(left, timeouts.effective_drain_timeout(), reserve))
        })
    }

    /// The time that teardown and flush need: the handlers of the scopes, those of the program, and the kept values.
    pub(crate) fn reserve_after_drain(&self) -> Duration {
        let of_scopes = self.scopes().map_or(Duration::ZERO, Part::worst_case);
        self.teardown_reserve().saturating_add(of_scopes)
    }

    /// The same after the scopes have ended.
    pub(crate) fn teardown_reserve(&self) -> Duration {
        self.reserve(&[HandlerPhase::Teardown, HandlerPhase::Flush])
    }

    /// The time that the flush needs: its handlers, and the kept values.
    pub(crate) fn flush_reserve(&self) -> Duration {
        self.reserve(&[HandlerPhase::Flush])
    }

    fn reserve(&self, phases: &[HandlerPhase]) -> Duration {
        self.handlers.worst_case(phases, self.config().timeouts()).saturating_add(self.keep_reserve())
    }

    /// The time that is reserved for the kept values. Zero if there is none.
    pub(crate) fn keep_reserve(&self) -> Duration {
        if self.kept.is_empty() { Duration::ZERO } else { budget::keep_reserve(self.config().timeouts().grace_period) }
    }

    /// Resolves `ahead` before the end of the drain. Resolves at once if the drain ends sooner, or is cut short.
    pub(crate) async fn drain_ends_in(&self, ahead: Duration) {
        self.lifecycle.draining_token().cancelled().await;
        // Nothing ends the drain of a shutdown that nothing runs.
        self.lifecycle.claimed().await;
        let then = self.drain_deadline().and_then(|end| end.checked_sub(ahead));
        if let (Some(shutdown), Some(then)) = (self.lifecycle.shutdown(), then) {
            shutdown.cut_short.run_until_cancelled(sleep_until(then.into())).await;
        }
    }

    /// Runs the health checks, and adds the parts of the readiness and the supervised tasks. The supervisor keeps their timeouts, if it exists.
    pub(crate) async fn health(&'static self) -> HealthReport {
        let circumstances = Circumstances {
            phase: self.lifecycle.phase(),
            cache: self.config().get_health_cache(),
            app: self.app().cloned().unwrap_or_else(|| self.runtime()),
            coordinator: self.coordinator(),
            resources: self.resources.clone(),
            output: &self.output,
        };
        let report = self.rounds.health(|| self.checks.all(), circumstances).await;
        let mut parts = self.lifecycle.readiness.parts();
        parts.extend(self.task_records.components());
        report.with_parts(parts)
    }

    /// Sets the runtimes, once, before main's body begins.
    pub(crate) fn set_runtimes(&self, runtimes: Runtimes) {
        let _ = self.runtimes.set(runtimes);
    }

    /// The application's runtime, once it exists.
    pub(crate) fn app(&self) -> Option<&Handle> {
        self.runtimes.get().map(|runtimes| &runtimes.app)
    }

    /// Whether a supervisor runs the shutdown. Not in a rehearsal.
    pub(crate) fn has_supervisor(&self) -> bool {
        self.runtimes.get().is_some_and(|runtimes| runtimes.supervisor.is_some())
    }

    /// The runtime for tasks of the user: see [`spawn::runtime`].
    pub(crate) fn runtime(&self) -> Handle {
        spawn::runtime(self.app())
    }

    /// The runtime for what keeps time: the supervisor's, which nothing blocks, if it exists.
    pub(crate) fn coordinator(&self) -> Handle {
        self.runtimes.get().and_then(|runtimes| runtimes.supervisor.clone()).unwrap_or_else(|| self.runtime())
    }

    /// The root of the scopes, which is the program itself. It has ended if there was none when the drain began.
    pub(crate) fn root_scope(&'static self) -> Arc<Node> {
        let scopes = self.scopes.get_or_init(|| {
            let root = Node::root(self);
            Some(Box::leak(Box::new(Scopes { part: Arc::<Node>::clone(&root), root })))
        });
        scopes.map_or_else(|| Node::ended_root(self), |scopes| Arc::clone(&scopes.root))
    }

    /// The same, if there was ever a scope.
    pub(crate) fn scopes(&self) -> Option<Arc<dyn Part>> {
        self.scopes.get()?.map(|scopes| Arc::clone(&scopes.part))
    }

    /// Begins the drain in the scopes. If there are none, all later ones have ended: the shutdown does not look for them again.
    pub(crate) fn drain_scopes(&self) {
        if let Some(scopes) = self.scopes.get_or_init(|| None) {
            Arc::clone(&scopes.part).drain();
        }
    }

    /// Says once, on standard error, why signals may not start the shutdown any more. Called when the program is ready, at the
    /// trigger, and at main's end, where a forked process learns that nothing runs its shutdown.
    pub(crate) fn check_signals(&self) {
        let Some(lost) = self.signals.get().and_then(Registered::lost) else { return };
        if !self.signals_lost.swap(true, Ordering::Relaxed) {
            let text = format!("graceful: {lost}\n");
            match lost {
                // The threads for output are those of the other process.
                Lost::Forked => print(&text),
                Lost::Replaced(_) => self.output.stderr(text),
            }
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the exit code. Only the first call has an effect.
    pub(crate) fn set_exit_code(&self, code: u8) {
        self.requests().exit_code.get_or_insert(code);
    }

    pub(crate) fn task_failed(&self, task: FailedTask) {
        self.requests().failed_tasks.push(task);
    }

    /// The critical tasks that have failed so far.
    pub(crate) fn failed_tasks(&self) -> Vec<FailedTask> {
        self.requests().failed_tasks.clone()
    }

    /// The first of these that is not zero: the code given to `exit`, main's own code, 128 + n for a main that never took part
    /// and was cancelled, and 1 for an unclean end.
    fn exit_code(&self, shutdown: &Shutdown, clean: bool) -> u8 {
        let cancelled = || shutdown.trigger.reason.signal_code().unwrap_or(0);
        let main = match self.main.end() {
            Some(MainEnd::Returned(code)) => code,
            Some(MainEnd::Panicked) => code::PANIC,
            Some(MainEnd::Abandoned) if shutdown.main_cancelled.load(Ordering::Relaxed) => cancelled(),
            // Left running.
            None if shutdown.trigger.cancels_start => cancelled(),
            Some(MainEnd::Abandoned) | None => 0,
        };
        [self.requests().exit_code.unwrap_or(0), main, if clean { 0 } else { code::UNCLEAN }]
            .into_iter()
            .find(|&code| code != 0)
            .unwrap_or(0)
    }

    /// The report of a complete shutdown, with the exit code that follows from it.
    pub(crate) fn final_report(&self, shutdown: &Shutdown) -> Report {
        let mut report = self.report(shutdown, 0);
        report.exit_code = self.exit_code(shutdown, report.is_clean());
        report
    }

    /// The report as things stand. Handlers that still run count as timed out.
    pub(crate) fn report(&self, shutdown: &Shutdown, exit_code: u8) -> Report {
        let mut report = shutdown.recorder.report(exit_code);
        report.main_failure = self.main.failure().cloned();
        report.failed_tasks = self.failed_tasks();
        report.supervised_tasks = self.task_records.reports();
        report.warnings = self.warnings();
        report
    }

    pub(crate) fn observe(&self, observer: Observer) {
        self.requests().observers.push(observer);
    }

    pub(crate) fn take_observers(&self) -> Vec<Observer> {
        std::mem::take(&mut self.requests().observers)
    }

    /// The address on which the supervisor answers probes. Set before main's body begins.
    #[cfg(feature = "probes")]
    pub(crate) fn probes_address(&self) -> Option<std::net::SocketAddr> {
        self.runtimes.get()?.probes
    }
}
