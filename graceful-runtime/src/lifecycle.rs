//! The lifecycle of the process: its phase, which everybody can observe, and the shutdown once there is one.
//!
//! The phase only moves forward. A trigger, on any thread, begins the shutdown; `sequence` enters the later phases.

mod main_state;
mod shutdown;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use graceful_core::{Phase, Signal};
use tokio::sync::{SetOnce, watch};
use tokio_util::sync::CancellationToken;

pub(crate) use self::main_state::{MainEnd, MainState};
pub(crate) use self::shutdown::Shutdown;
use crate::block_on::block_on;
use crate::config::Config;
use crate::in_flight::Work;
use crate::missing_run::MissingRun;
use crate::participation::Participation;
use crate::readiness::{Parts, ProgramReadiness};
use crate::spawn::Boxed;
use crate::trigger::{Reason, Trigger};

pub(crate) struct Lifecycle {
    phase: watch::Sender<Phase>,
    /// A bit for each phase that was entered: the lame duck may be skipped.
    entered: AtomicU8,
    /// Never looks at the phase, so "has it changed" means "has the shutdown begun", and takes no lock.
    running: watch::Receiver<Phase>,
    pub(crate) readiness: ProgramReadiness,
    pub(crate) participation: Participation,
    /// Whether a terminal is attached to the process.
    at_terminal: AtomicBool,
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
            entered: AtomicU8::new(bit(Phase::Running)),
            running,
            readiness: ProgramReadiness::default(),
            participation: Participation::new(work),
            at_terminal: AtomicBool::new(false),
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

    /// Records whether a terminal is attached: a person who presses Ctrl-C waits for the end. Until then none is.
    pub(crate) fn set_terminal(&self, attached: bool) {
        self.at_terminal.store(attached, Ordering::Relaxed);
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

    pub(crate) fn clock(&self) -> fn() -> Instant {
        self.now
    }

    pub(crate) fn now(&self) -> Instant {
        (self.now)()
    }

    /// The shutdown, after the trigger.
    pub(crate) fn shutdown(&self) -> Option<&Shutdown> {
        self.restarted.get().or_else(|| self.shutdown.get())
    }

    /// Does nothing once the shutdown has begun, since a service that shuts down must not be reported as ready.
    pub(crate) fn change_readiness(&self, change: impl FnOnce(&mut Parts) -> bool, turned: impl FnOnce(&Parts)) {
        if !self.is_shutting_down() {
            self.readiness.change(change, turned);
        }
    }

    /// As `ready()` does, without a log.
    #[cfg(test)]
    pub(crate) fn set_ready(&self) {
        self.change_readiness(Parts::say_ready, |_| ());
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.readiness.is_ready() && !self.is_shutting_down()
    }

    /// Observes the phase.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn subscribe(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Resolves when `phase`, or a later one, has begun. Cancel safe.
    #[inline(never)]
    pub(crate) fn reaches(&self, phase: Phase) -> Boxed<'_> {
        if phase > Phase::Running {
            self.expect_run(WAITS);
        }
        Box::pin(async move {
            // The sender lives as long as `self`, so the wait cannot fail.
            let _ = self.phase.subscribe().wait_for(|current| *current >= phase).await;
        })
    }

    /// Whether `phase` has begun, and was not skipped.
    pub(crate) fn has_entered(&self, phase: Phase) -> bool {
        self.entered.load(Ordering::Relaxed) & bit(phase) != 0
    }

    /// Begins the shutdown. Returns `false` if it had begun.
    pub(crate) fn begin(&self, reason: Reason) -> bool {
        let timeouts = self.config().timeouts();
        let first = if self.skips_lame_duck(&reason) { Phase::Draining } else { Phase::LameDuck };
        let cancels_start = self.cancels_start(&reason);
        if !self.config.initialized() {
            self.missing_run.requested();
        }
        self.enter(first, |phase| {
            let begins = *phase == Phase::Running;
            if begins {
                let at = self.now();
                let deadline = at.checked_add(timeouts.grace_period).unwrap_or(at);
                let trigger = Trigger { reason, at, deadline, cancels_start };
                let _ = self.shutdown.set(Shutdown::new(trigger, self.now));
            }
            begins
        })
    }

    /// The lame duck is skipped when nobody profits from it.
    fn skips_lame_duck(&self, reason: &Reason) -> bool {
        self.config().timeouts().lame_duck.is_zero()
            || matches!(reason, Reason::MainReturned | Reason::MainFailed)
            || self.is_ctrl_c(reason)
            || self.readiness.waiting().is_some()
    }

    /// Whether the trigger cancels a start: a signal that comes before the program takes part, for which nobody expects it to
    /// serve yet. In doubt it may serve, or watch the signal by other means.
    fn cancels_start(&self, reason: &Reason) -> bool {
        let nobody_waits_for_work = || self.is_ctrl_c(reason) || self.readiness.waiting().is_some();
        matches!(reason, Reason::Signal(_)) && !self.participation.has_begun() && nobody_waits_for_work()
    }

    /// Whether a person at a terminal has pressed Ctrl-C. Some platforms stop a program with the same signal.
    fn is_ctrl_c(&self, reason: &Reason) -> bool {
        *reason == Reason::Signal(Signal::Interrupt) && self.at_terminal.load(Ordering::Relaxed)
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
                // Under the lock: whoever sees the phase sees the bit.
                self.entered.fetch_or(bit(phase), Ordering::Relaxed);
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

    /// The token of the drain, for what does not wait for it yet.
    pub(crate) fn drain(&self) -> &CancellationToken {
        &self.draining
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

const fn bit(phase: Phase) -> u8 {
    1 << phase as u8
}

const WAITS: &str = "something waits for the shutdown";
