//! Everything that one program has one of.

#[cfg(feature = "testing")]
mod staged;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "testing")]
pub(crate) use self::staged::{stage, stage_for_good};
use crate::argument::Resources;
use crate::budget;
use crate::config::Config;
use crate::connections::Connections;
use crate::drive::Drive;
use crate::early;
use crate::exit::code;
use crate::handler::{Handlers, Linked};
use crate::health::{Checks, Circumstances, HealthReport, LinkedCheck, Rounds};
use crate::in_flight::{WORK, Work};
use crate::lifecycle::{Lifecycle, Phase};
use crate::main_task::{MainEnd, MainTask};
use crate::plan::Plan;
use crate::record::Record;
use crate::report::{FailedTask, Report};
use crate::task::Tasks;
use crate::voice::Voice;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program {
    checks: Checks::new(|| inventory::iter::<LinkedCheck>().collect()),
    ..Program::new(&WORK, Instant::now, linked)
});

/// What the linker brought.
pub(crate) fn linked() -> Vec<&'static Linked> {
    inventory::iter::<Linked>().collect()
}

/// The program that this process is, or that a test rehearses on this thread.
pub(crate) fn program() -> &'static Program {
    #[cfg(feature = "testing")]
    if let Some(staged) = staged::staged() {
        return staged;
    }
    &PROGRAM
}

/// Its count.
#[inline]
pub(crate) fn work() -> &'static Work {
    #[cfg(feature = "testing")]
    if let Some(staged) = staged::staged() {
        return staged.work;
    }
    &WORK
}

type Observer = Box<dyn FnOnce(&Report) + Send>;

pub(crate) struct Program {
    pub(crate) work: &'static Work,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) handlers: Handlers,
    pub(crate) checks: Checks,
    pub(crate) rounds: Rounds,
    pub(crate) tasks: Tasks,
    pub(crate) connections: Connections,
    pub(crate) resources: Resources,
    pub(crate) main: MainTask,
    pub(crate) voice: Voice,
    /// A further SIGINT: no more lame duck, no more drain.
    pub(crate) hurry: CancellationToken,
    drain_deadline: OnceLock<Option<Instant>>,
    config: OnceLock<Config>,
    defaults: Config,
    record: OnceLock<Arc<Record>>,
    app: OnceLock<Handle>,
    supervisor: OnceLock<Handle>,
    drive: OnceLock<Arc<Drive>>,
    over: OnceLock<u8>,
    end_taken: AtomicBool,
    claimed: AtomicBool,
    warned: AtomicBool,
    exit_code: OnceLock<u8>,
    #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
    serves_probes: AtomicBool,
    #[cfg(feature = "probes")]
    probes_address: OnceLock<std::net::SocketAddr>,
    failed_tasks: Mutex<Vec<FailedTask>>,
    observers: Mutex<Vec<Observer>>,
}

impl Program {
    pub(crate) fn new(work: &'static Work, now: fn() -> Instant, linked: fn() -> Vec<&'static Linked>) -> Self {
        Self {
            work,
            lifecycle: Lifecycle::new(work, now),
            handlers: Handlers::new(linked),
            checks: Checks::new(Vec::new),
            rounds: Rounds::default(),
            tasks: Tasks::default(),
            connections: Connections::default(),
            resources: Resources::default(),
            main: MainTask::default(),
            voice: Voice::new(),
            hurry: CancellationToken::new(),
            drain_deadline: OnceLock::new(),
            config: OnceLock::new(),
            defaults: Config::new(),
            record: OnceLock::new(),
            app: OnceLock::new(),
            supervisor: OnceLock::new(),
            drive: OnceLock::new(),
            over: OnceLock::new(),
            end_taken: AtomicBool::new(false),
            claimed: AtomicBool::new(false),
            warned: AtomicBool::new(false),
            exit_code: OnceLock::new(),
            #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
            serves_probes: AtomicBool::new(false),
            #[cfg(feature = "probes")]
            probes_address: OnceLock::new(),
            failed_tasks: Mutex::default(),
            observers: Mutex::default(),
        }
    }

    /// `false` when somebody has claimed it before: a process has one lifecycle.
    pub(crate) fn claim(&self, config: Config) -> bool {
        if self.claimed.swap(true, Ordering::AcqRel) {
            return false;
        }
        self.lifecycle.set_timing(config.timing());
        let _ = self.config.set(config);
        true
    }

    /// The configuration it runs with; the defaults before it runs.
    pub(crate) fn config(&self) -> &Config {
        self.config.get().unwrap_or(&self.defaults)
    }

    pub(crate) fn plan(&self) -> Plan {
        let config = self.config();
        config.plan(self.handlers.planned(config.effective_handler_timeout()))
    }

    /// When the drain ends at the latest; `None` before it begins. Who asks first fixes it: the sequence, or somebody who
    /// has heard of the drain before it could.
    pub(crate) fn drain_deadline(&self) -> Option<Instant> {
        if self.lifecycle.phase() < Phase::Draining {
            return None;
        }
        *self.drain_deadline.get_or_init(|| {
            let now = self.lifecycle.now();
            let left = self.lifecycle.trigger()?.end().saturating_duration_since(now);
            let config = self.config();
            let reserve = self.handlers.teardown_worst_case(config.effective_handler_timeout());
            now.checked_add(budget::drain(left, config.effective_drain_timeout(), reserve))
        })
    }

    /// Resolves `ahead` before the drain ends; at once when it ends sooner, or is cut short.
    pub(crate) async fn drain_ends_in(&self, ahead: Duration) {
        self.lifecycle.draining_token().cancelled().await;
        if let Some(then) = self.drain_deadline().and_then(|end| end.checked_sub(ahead)) {
            self.hurry.run_until_cancelled(sleep_until(then.into())).await;
        }
    }

    /// What the health checks find. Their time is kept by the supervisor, if there is one.
    pub(crate) async fn health(&'static self) -> HealthReport {
        let app = || early::runtime(self.app());
        let circumstances = Circumstances {
            phase: self.lifecycle.phase(),
            cache: self.config().effective_health_cache(),
            app: self.app().cloned().unwrap_or_else(app),
            coordinator: self.supervisor().cloned().unwrap_or_else(app),
            resources: self.resources.clone(),
            voice: &self.voice,
        };
        self.rounds.health(|| self.checks.all(), circumstances).await
    }

    pub(crate) fn set_app(&self, app: Handle) {
        let _ = self.app.set(app);
    }

    pub(crate) fn set_record(&self, record: Arc<Record>) {
        let _ = self.record.set(record);
    }

    /// What has happened so far, once the shutdown has begun.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.record.get().map(|record| &**record)
    }

    /// The application's runtime, once it runs.
    pub(crate) fn app(&self) -> Option<&Handle> {
        self.app.get()
    }

    pub(crate) fn set_supervisor(&self, supervisor: Handle) {
        let _ = self.supervisor.set(supervisor);
    }

    /// The supervisor's runtime, once it is there. Nothing that blocks may run on it.
    pub(crate) fn supervisor(&self) -> Option<&Handle> {
        self.supervisor.get()
    }

    pub(crate) fn set_drive(&self, drive: Arc<Drive>) {
        let _ = self.drive.set(drive);
    }

    /// The shutdown, while it runs, to be taken a step further.
    pub(crate) fn drive(&self) -> Option<&Arc<Drive>> {
        self.drive.get()
    }

    /// Whether it is up to the caller how the process ends. It is up to the first who asks: the sequence when all is done,
    /// the deadline, or a last SIGINT. So nobody says one code while another exits with a different one.
    pub(crate) fn take_the_end(&self) -> bool {
        !self.end_taken.swap(true, Ordering::AcqRel)
    }

    /// All is done: any thread may end the process with this code.
    pub(crate) fn set_over(&self, code: u8) {
        let _ = self.over.set(code);
    }

    pub(crate) fn over(&self) -> Option<u8> {
        self.over.get().copied()
    }

    /// The first code counts.
    pub(crate) fn set_exit_code(&self, code: u8) {
        let _ = self.exit_code.set(code);
    }

    pub(crate) fn task_failed(&self, task: FailedTask) {
        self.failed_tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// The critical tasks that have failed so far.
    pub(crate) fn failed_tasks(&self) -> Vec<FailedTask> {
        self.failed_tasks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first that is not zero: what `exit` was given, what main ended with, and 1 for an unclean end.
    fn exit_code(&self, clean: bool) -> u8 {
        let main = match self.main.end() {
            Some(MainEnd::Returned(code)) => code,
            Some(MainEnd::Panicked) => code::PANIC,
            Some(MainEnd::Abandoned) | None => 0,
        };
        [self.exit_code.get().copied().unwrap_or(0), main, if clean { 0 } else { code::UNCLEAN }]
            .into_iter()
            .find(|&code| code != 0)
            .unwrap_or(0)
    }

    /// What there is to report when all is done, with the code that this comes to.
    pub(crate) fn final_report(&self, record: &Record) -> Report {
        let mut report = self.report(record, 0);
        report.exit_code = self.exit_code(report.is_clean());
        report
    }

    /// What there is to report, as things stand.
    pub(crate) fn report(&self, record: &Record, exit_code: u8) -> Report {
        let mut report = record.report(exit_code);
        report.failed_tasks = self.failed_tasks();
        report
    }

    pub(crate) fn observe(&self, observer: Observer) {
        self.observers.lock().unwrap_or_else(PoisonError::into_inner).push(observer);
    }

    pub(crate) fn take_observers(&self) -> Vec<Observer> {
        std::mem::take(&mut *self.observers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Something of this program answers probes.
    #[cfg(feature = "json")]
    pub(crate) fn set_serves_probes(&self) {
        self.serves_probes.store(true, Ordering::Relaxed);
    }

    #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
    pub(crate) fn serves_probes(&self) -> bool {
        self.serves_probes.load(Ordering::Relaxed)
    }

    #[cfg(feature = "probes")]
    pub(crate) fn set_probes_address(&self, address: std::net::SocketAddr) {
        let _ = self.probes_address.set(address);
    }

    /// Where the supervisor answers probes, once it does.
    #[cfg(feature = "probes")]
    pub(crate) fn probes_address(&self) -> Option<std::net::SocketAddr> {
        self.probes_address.get().copied()
    }

    /// Warns once when the plan doesn't fit into the grace period, from a moment on at which somebody listens.
    pub(crate) fn warn_of_plan(&self) {
        if !tracing::dispatcher::has_been_set() || self.warned.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.plan().fits() {
            tracing::warn!(target: "graceful", "{error}");
        }
    }
}
