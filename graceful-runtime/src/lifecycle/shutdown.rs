//! The state that exists only during a shutdown.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::exit::Claim;
use crate::handler::Workers;
use crate::report::Recorder;
use crate::spans::Spans;
use crate::trigger::Trigger;

/// The shutdown: what exists only after the trigger.
pub(crate) struct Shutdown {
    pub(crate) trigger: Trigger,
    /// What has happened so far.
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) spans: Spans,
    /// Cancelled when SIGINT cuts lame duck and drain short.
    pub(crate) cut_short: CancellationToken,
    /// When that was.
    cut_short_at: OnceLock<Instant>,
    /// Main never took part, and was dropped for that.
    pub(crate) main_cancelled: AtomicBool,
    /// Decides who ends the process.
    pub(crate) exit: Claim,
    /// How many threads of the application's runtime run a handler.
    pub(crate) workers_in_handlers: Workers,
    drain_deadline: OnceLock<Option<Instant>>,
}

impl Shutdown {
    pub(super) fn new(trigger: Trigger, now: fn() -> Instant) -> Self {
        Self {
            recorder: Arc::new(Recorder::new(&trigger, now)),
            spans: Spans::new(trigger.clone()),
            trigger,
            cut_short: CancellationToken::new(),
            cut_short_at: OnceLock::new(),
            main_cancelled: AtomicBool::new(false),
            exit: Claim::default(),
            workers_in_handlers: Workers::default(),
            drain_deadline: OnceLock::new(),
        }
    }

    /// Cuts lame duck and drain short.
    pub(crate) fn cut_short(&self, now: Instant) {
        let _ = self.cut_short_at.set(now);
        self.cut_short.cancel();
    }

    /// When the last signal counted: the trigger, or the SIGINT that cut the drain short.
    pub(crate) fn last_step(&self) -> Instant {
        self.cut_short_at.get().copied().unwrap_or(self.trigger.at)
    }

    /// When the drain ends at the latest. The first caller computes it: the sequence, or somebody who observes the drain
    /// before the sequence does.
    pub(crate) fn drain_deadline(&self, compute: impl FnOnce() -> Option<Instant>) -> Option<Instant> {
        *self.drain_deadline.get_or_init(compute)
    }
}
