//! The shutdown: what exists only after the trigger.

use std::sync::OnceLock;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::exit::Claim;
use crate::recorder::Recorder;
use crate::trigger::Trigger;

pub(crate) struct Shutdown {
    pub(crate) trigger: Trigger,
    /// What has happened so far.
    pub(crate) recorder: Recorder,
    /// Cancelled when SIGINT cuts lame duck and drain short.
    pub(crate) cut_short: CancellationToken,
    /// Decides who ends the process.
    pub(crate) exit: Claim,
    drain_deadline: OnceLock<Option<Instant>>,
}

impl Shutdown {
    pub(crate) fn new(trigger: Trigger, now: fn() -> Instant) -> Self {
        Self {
            recorder: Recorder::new(&trigger, now),
            trigger,
            cut_short: CancellationToken::new(),
            exit: Claim::default(),
            drain_deadline: OnceLock::new(),
        }
    }

    /// When the drain ends at the latest. The first caller computes it: the sequence, or somebody who observes the drain
    /// before the sequence does.
    pub(crate) fn drain_deadline(&self, compute: impl FnOnce() -> Option<Instant>) -> Option<Instant> {
        *self.drain_deadline.get_or_init(compute)
    }
}
