//! The lifecycle of the process: its phase, which everybody can observe, the shutdown once there is one, and how main's body
//! has ended.
//!
//! The phase only moves forward. A trigger, on any thread, begins the shutdown; `sequence` enters the later phases.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread, ThreadId};
use std::time::{Duration, Instant};

use graceful_core::{Phase, Signal};
use tokio::sync::{SetOnce, watch};
use tokio::task;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::exit::Claim;
use crate::handler::Workers;
use crate::in_flight::Work;
use crate::missing_run::MissingRun;
use crate::report::Recorder;
use crate::spans::Spans;
use crate::trigger::{Reason, Trigger};

pub(crate) struct Lifecycle {
    phase: watch::Sender<Phase>,
    /// Never looks at the phase, so "has it changed" means "has the shutdown begun", and takes no lock.
    running: watch::Receiver<Phase>,
    ready: SetOnce<()>,
    config: SetOnce<(Config, Owner)>,
    /// Until `config` is set.
    defaults: Config,
    /// Set when the phase leaves `Running`, before anybody sees that.
    shutdown: OnceLock<Shutdown>,
    /// The same shutdown, if it had begun before something ran it: its time starts then.
    restarted: OnceLock<Shutdown>,
    /// Derived from the phase, for `drain_token()`.
    draining: CancellationToken,
    missing_run: MissingRun,
    work: &'static Work,
    now: fn() -> Instant,
}

impl Lifecycle {
    pub(crate) fn new(work: &'static Work, now: fn() -> Instant) -> Self {
        let (phase, running) = watch::channel(Phase::Running);
        Self {
            phase,
            running,
            ready: SetOnce::new(),
            config: SetOnce::new(),
            defaults: Config::new(),
            shutdown: OnceLock::new(),
            restarted: OnceLock::new(),
            draining: CancellationToken::new(),
            missing_run: MissingRun::default(),
            work,
            now,
        }
    }

    /// Sets the configuration. Returns `false` if it was set before: a process has one lifecycle. A shutdown that has
    /// begun earlier starts its time again, since nobody has run it.
    pub(crate) fn claim(&self, config: Config) -> bool {
        self.claim_by(Owner::Graceful, config)
    }

    /// As [`claim`](Self::claim), for a program of which graceful runs only the shutdown.
    pub(crate) fn claim_for_handlers(&self, config: Config) -> bool {
        self.claim_by(Owner::Caller, config)
    }

    /// Whether it was claimed by [`claim_for_handlers`](Self::claim_for_handlers).
    pub(crate) fn runs_only_handlers(&self) -> bool {
        self.config.get().is_some_and(|(_, owner)| *owner == Owner::Caller)
    }

    fn claim_by(&self, owner: Owner, config: Config) -> bool {
        let mut claimed = false;
        // Under the lock of the phase, so that a trigger comes before or after it.
        self.phase.send_if_modified(|_| {
            if let Some(begun) = self.shutdown.get().filter(|_| !self.config.initialized()) {
                let at = self.now();
                let deadline = at.checked_add(config.timeouts().grace_period).unwrap_or(at);
                let trigger = Trigger { at, deadline, ..begun.trigger.clone() };
                let _ = self.restarted.set(Shutdown::new(trigger, self.now));
            }
            claimed = self.config.set((config, owner)).is_ok();
            false
        });
        self.missing_run.runs();
        claimed
    }

    /// Resolves when something runs the shutdown, or will. Cancel safe.
    pub(crate) async fn claimed(&self) {
        self.config.wait().await;
    }

    fn expect_run(&self, what: &'static str) {
        if !self.config.initialized() {
            self.missing_run.watch(what);
        }
    }

    /// The configuration. Before the program runs, the defaults.
    pub(crate) fn config(&self) -> &Config {
        self.config.get().map_or(&self.defaults, |(config, _)| config)
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Whether the shutdown has begun. One atomic load: requests ask this.
    #[inline]
    pub(crate) fn is_shutting_down(&self) -> bool {
        // An error would mean that the sender is gone. It lives as long as `self`.
        self.running.has_changed().unwrap_or(true)
    }

    pub(crate) fn now(&self) -> Instant {
        (self.now)()
    }

    /// The shutdown, after the trigger.
    pub(crate) fn shutdown(&self) -> Option<&Shutdown> {
        self.restarted.get().or_else(|| self.shutdown.get())
    }

    /// Does nothing once the shutdown has begun, since a service that shuts down must not be reported as ready.
    pub(crate) fn set_ready(&self) {
        if !self.is_shutting_down() {
            // It may have been set before.
            let _ = self.ready.set(());
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.initialized() && !self.is_shutting_down()
    }

    /// Whether it was ever ready.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn was_ready(&self) -> bool {
        self.ready.initialized()
    }

    /// Resolves when it is ready, or at once if it ever was.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) async fn becomes_ready(&self) {
        self.ready.wait().await;
    }

    /// Observes the phase.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn subscribe(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Resolves when the phase is `phase` or a later one. Cancel safe.
    async fn reaches(&self, phase: Phase) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.phase.subscribe().wait_for(|current| *current >= phase).await;
    }

    /// Begins the shutdown. Returns `false` if it had begun. The lame duck is skipped when nobody profits from it.
    pub(crate) fn begin(&self, reason: Reason) -> bool {
        let timeouts = self.config().timeouts();
        let skip = timeouts.lame_duck.is_zero()
            || matches!(reason, Reason::MainReturned | Reason::MainFailed | Reason::Signal(Signal::Interrupt));
        let first = if skip { Phase::Draining } else { Phase::LameDuck };
        self.expect_run("a shutdown was requested");
        self.enter(first, |phase| {
            let begins = *phase == Phase::Running;
            if begins {
                let at = self.now();
                let deadline = at.checked_add(timeouts.grace_period).unwrap_or(at);
                let _ = self.shutdown.set(Shutdown::new(Trigger { reason, at, deadline }, self.now));
            }
            begins
        })
    }

    /// Enters `phase`. Nothing happens when the phase is that one or a later one.
    pub(crate) fn advance(&self, phase: Phase) {
        self.enter(phase, |current| *current < phase);
    }

    /// Enters `phase` if `may` says so. Everything that must be true in a phase is made true before anybody sees it.
    fn enter(&self, phase: Phase, may: impl FnOnce(&Phase) -> bool) -> bool {
        let entered = self.phase.send_if_modified(|current| {
            let enters = may(current);
            if enters {
                if phase >= Phase::Draining {
                    self.work.close();
                }
                *current = phase;
            }
            enters
        });
        if entered && phase >= Phase::Draining {
            self.draining.cancel();
        }
        entered
    }

    /// Resolves at the trigger. Cancel safe.
    pub(crate) async fn requested(&self) -> &Shutdown {
        self.expect_run(WAITS);
        self.reaches(Phase::LameDuck).await;
        // It was set before the phase changed.
        self.restarted.get().unwrap_or_else(|| self.shutdown.wait())
    }

    /// Runs `future` until the trigger. Returns `None` if the trigger comes first. Cancel safe.
    pub(crate) async fn run_until_requested<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let (mut requested, mut future) = (pin!(self.requested()), pin!(future));
        poll_fn(|context| match requested.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(context).map(Some),
        })
        .await
    }

    /// For somebody who waits for the drain.
    pub(crate) fn draining_token(&self) -> &CancellationToken {
        self.expect_run(WAITS);
        &self.draining
    }

    /// Blocks this thread until the trigger.
    pub(crate) fn wait(&self) -> Reason {
        block_on(self.requested(), thread::park).trigger.reason.clone()
    }

    /// Blocks this thread until the trigger, but no longer than `timeout`.
    pub(crate) fn wait_timeout(&self, timeout: Duration) -> Option<Reason> {
        let begin = Instant::now();
        let time_is_up = poll_fn(|_| if begin.elapsed() >= timeout { Poll::Ready(()) } else { Poll::Pending });
        let park = || thread::park_timeout(timeout.saturating_sub(begin.elapsed()));
        match block_on(self.run_until_requested(time_is_up), park) {
            Some(()) => None,
            None => self.shutdown().map(|shutdown| shutdown.trigger.reason.clone()),
        }
    }
}

/// Who runs main.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Graceful,
    Caller,
}

const WAITS: &str = "something waits for the shutdown";

/// The shutdown: what exists only after the trigger.
pub(crate) struct Shutdown {
    pub(crate) trigger: Trigger,
    /// What has happened so far.
    pub(crate) recorder: Recorder,
    pub(crate) spans: Spans,
    /// Cancelled when SIGINT cuts lame duck and drain short.
    pub(crate) cut_short: CancellationToken,
    /// Decides who ends the process.
    pub(crate) exit: Claim,
    /// How many threads of the application's runtime run a handler.
    pub(crate) workers_in_handlers: Workers,
    drain_deadline: OnceLock<Option<Instant>>,
}

impl Shutdown {
    pub(crate) fn new(trigger: Trigger, now: fn() -> Instant) -> Self {
        Self {
            recorder: Recorder::new(&trigger, now),
            spans: Spans::new(trigger.clone()),
            trigger,
            cut_short: CancellationToken::new(),
            exit: Claim::default(),
            workers_in_handlers: Workers::default(),
            drain_deadline: OnceLock::new(),
        }
    }

    /// When the drain ends at the latest. The first caller computes it: the sequence, or somebody who observes the drain
    /// before the sequence does.
    pub(crate) fn drain_deadline(&self, compute: impl FnOnce() -> Option<Instant>) -> Option<Instant> {
        *self.drain_deadline.get_or_init(compute)
    }
}

/// How main's body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MainEnd {
    /// With this exit code.
    Returned(u8),
    Panicked,
    /// It was dropped at the end of the drain.
    Abandoned,
}

#[derive(Default)]
pub(crate) struct MainState {
    end: watch::Sender<Option<MainEnd>>,
    abandoned: CancellationToken,
    /// Set when main's body begins.
    body: OnceLock<MainBody>,
    /// An [`Observation`].
    observation: AtomicU8,
}

/// How main's body observes the shutdown, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observation {
    /// It has a token, which it may have passed on.
    HasToken = 1,
    /// It has awaited the shutdown or the drain.
    Awaits,
}

/// Where main's body runs. A future may be a task: then its thread says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MainBody {
    is_async: bool,
    at: (Option<task::Id>, Option<ThreadId>),
}

impl MainBody {
    fn here(is_async: bool) -> Self {
        let task = task::try_id();
        Self { is_async, at: (task, task.is_none().then(|| thread::current().id())) }
    }
}

impl MainState {
    /// Records where main's body runs: here.
    pub(crate) fn begins(&self, is_async: bool) {
        let _ = self.body.set(MainBody::here(is_async));
    }

    /// Whether main's body is a future.
    pub(crate) fn is_async(&self) -> bool {
        self.body.get().is_some_and(|body| body.is_async)
    }

    /// Records that somebody observes the shutdown here. It may be main.
    pub(crate) fn observes_here(&self, observation: Observation) {
        if self.body.get().is_some_and(|body| *body == MainBody::here(body.is_async)) {
            self.observation.fetch_max(observation as u8, Ordering::Relaxed);
        }
    }

    /// Why main has not returned at the end of the drain, and what to change.
    pub(crate) fn advice(&self) -> &'static str {
        let observation = self.observation.load(Ordering::Relaxed);
        if observation == Observation::Awaits as u8 {
            return "it was notified of the shutdown, and its own work took longer than the drain";
        }
        if observation == Observation::HasToken as u8 {
            return "let it end when graceful::drain_token() is cancelled";
        }
        match self.body.get() {
            Some(MainBody { is_async: false, .. }) => {
                "it never awaited the shutdown; let it call graceful::wait_for_shutdown()"
            }
            _ => "it never awaited the shutdown; let it await graceful::drain_started()",
        }
    }

    /// Its future, if it was one, is dropped by now.
    pub(crate) fn set_end(&self, end: MainEnd) {
        self.end.send_if_modified(|current| {
            let is_first = current.is_none();
            current.get_or_insert(end);
            is_first
        });
    }

    pub(crate) fn end(&self) -> Option<MainEnd> {
        *self.end.borrow()
    }

    /// Resolves when main's body has ended, in whichever way.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.end.subscribe().wait_for(Option::is_some).await;
    }

    /// Asks for main's future to be dropped. A plain `fn main` can't be.
    pub(crate) fn abandon(&self) {
        self.abandoned.cancel();
    }

    pub(crate) fn abandoned_token(&self) -> &CancellationToken {
        &self.abandoned
    }
}

impl fmt::Debug for MainState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainState").field("end", &self.end()).finish_non_exhaustive()
    }
}

/// Runs a future that needs no runtime on this thread. `park` may return early.
fn block_on<T>(future: impl Future<Output = T>, park: impl Fn()) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => park(),
        }
    }
}
