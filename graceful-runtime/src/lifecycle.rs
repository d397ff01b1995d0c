//! The state that everybody observes: which phase, since when, why, and until when.
//!
//! It moves forwards only. Who moves it: a trigger, from any thread, begins the shutdown; `sequence` does the rest.

mod blocking;
mod state;
mod sync {
    pub(super) use std::sync::atomic::{AtomicU8, Ordering};
    pub(super) use std::sync::{Mutex, PoisonError};
}

use std::fmt;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;

pub(crate) use graceful_core::Phase;
use graceful_core::timeouts::{DEFAULT_GRACE_PERIOD, DEFAULT_LAME_DUCK};
use graceful_core::{Signal, budget};

use self::state::State;
use crate::in_flight::Work;

/// What started the shutdown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The process got a signal.
    Signal(Signal),
    /// [`request_shutdown`](crate::request_shutdown) or [`exit`](crate::exit) was called.
    Requested,
    /// Main returned, and didn't fail.
    MainReturned,
    /// Main returned an error or a failing exit code, or panicked.
    MainFailed,
    /// The critical task of this name ended.
    CriticalTask(Arc<str>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => signal.fmt(f),
            Self::Requested => f.pad("a request of the program"),
            Self::MainReturned => f.pad("main returned"),
            Self::MainFailed => f.pad("main failed"),
            Self::CriticalTask(name) => write!(f, "the critical task `{name}` ended"),
        }
    }
}

/// The one shutdown: why, since when, until when.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) reason: Reason,
    pub(crate) at: Instant,
    pub(crate) deadline: Instant,
}

impl Trigger {
    /// When the last handler must have ended: a little before the deadline.
    pub(crate) fn end(&self) -> Instant {
        let grace_period = self.deadline.saturating_duration_since(self.at);
        self.deadline.checked_sub(budget::margin(grace_period)).unwrap_or(self.at)
    }
}

/// What the trigger has to know of the configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) grace_period: Duration,
    pub(crate) lame_duck: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { grace_period: DEFAULT_GRACE_PERIOD, lame_duck: DEFAULT_LAME_DUCK }
    }
}

pub(crate) struct Lifecycle {
    state: State,
    ready: SetOnce<()>,
    timing: OnceLock<Timing>,
    trigger: OnceLock<Trigger>,
    requested: CancellationToken,
    draining: CancellationToken,
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    moved: tokio::sync::Notify,
    work: &'static Work,
    now: fn() -> Instant,
}

impl Lifecycle {
    pub(crate) fn new(work: &'static Work, now: fn() -> Instant) -> Self {
        Self {
            state: State::new(AtomicU8::new(State::FIRST), Mutex::new(())),
            ready: SetOnce::new(),
            timing: OnceLock::new(),
            trigger: OnceLock::new(),
            requested: CancellationToken::new(),
            draining: CancellationToken::new(),
            #[cfg(all(feature = "systemd", target_os = "linux"))]
            moved: tokio::sync::Notify::new(),
            work,
            now,
        }
    }

    /// Told once, by `run`. A trigger that comes before is measured by the defaults.
    pub(crate) fn set_timing(&self, timing: Timing) {
        let _ = self.timing.set(timing);
    }

    pub(crate) fn phase(&self) -> Phase {
        let now = usize::from(self.state.phase());
        Phase::ALL.get(now).copied().unwrap_or(Phase::Stopped)
    }

    pub(crate) fn now(&self) -> Instant {
        (self.now)()
    }

    pub(crate) fn trigger(&self) -> Option<&Trigger> {
        self.trigger.get()
    }

    /// Does nothing once the shutdown has begun: nobody is to hear then that it is ready.
    pub(crate) fn set_ready(&self) {
        if self.phase() == Phase::Running {
            // It may have been said before.
            let _ = self.ready.set(());
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.initialized() && self.phase() == Phase::Running
    }

    /// Whether it has been ready, whatever came after.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn was_ready(&self) -> bool {
        self.ready.initialized()
    }

    /// Resolves when it is ready, or at once when it has been.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) async fn becomes_ready(&self) {
        self.ready.wait().await;
    }

    /// Resolves when the phase is `phase`, or further.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) async fn reaches(&self, phase: Phase) {
        loop {
            // It hears of every move from here on: none is lost between the look and the wait.
            let moves = self.moved.notified();
            if self.phase() >= phase {
                return;
            }
            moves.await;
        }
    }

    /// Begins the shutdown; `false` if it had begun. The lame duck is skipped when nobody would profit from it.
    pub(crate) fn begin(&self, reason: Reason) -> bool {
        let begun = self.state.begin(|| {
            let timing = self.timing.get().copied().unwrap_or_default();
            let skip = timing.lame_duck.is_zero()
                || matches!(reason, Reason::MainReturned | Reason::MainFailed | Reason::Signal(Signal::Interrupt));
            let at = self.now();
            let deadline = at.checked_add(timing.grace_period).unwrap_or(at);
            let _ = self.trigger.set(Trigger { reason, at, deadline });
            let phase = if skip { Phase::Draining } else { Phase::LameDuck };
            self.enter(phase);
            phase as u8
        });
        if begun.is_some() {
            self.tell();
        }
        begun.is_some()
    }

    /// Moves on to `phase`; nothing happens when it is there or further already.
    pub(crate) fn advance(&self, phase: Phase) {
        if self.state.advance(phase as u8, || self.enter(phase)) {
            self.tell();
        }
    }

    /// Whoever sees `Draining` must find `try_track` refused, so the count is closed first.
    fn enter(&self, phase: Phase) {
        if phase >= Phase::Draining {
            self.work.close();
        }
    }

    /// Wakes those who wait. Outside the lock: a waker is foreign code.
    fn tell(&self) {
        self.requested.cancel();
        if self.phase() >= Phase::Draining {
            self.draining.cancel();
        }
        #[cfg(all(feature = "systemd", target_os = "linux"))]
        self.moved.notify_waiters();
    }

    /// Resolves at the trigger.
    pub(crate) async fn requested(&self) -> Trigger {
        self.requested.cancelled().await;
        // It was set before the token was cancelled.
        self.trigger.wait().clone()
    }

    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn requested_token(&self) -> &CancellationToken {
        &self.requested
    }

    pub(crate) fn draining_token(&self) -> &CancellationToken {
        &self.draining
    }
}
