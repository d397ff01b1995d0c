//! A job that the broker counts as this worker's.

use tracing::{info, warn};

use crate::broker::{Broker, Claim};
use crate::insist::insist;
use crate::work::Verdict;

/// Dropped at the drain's end, before the broker has heard what came of it, it says so: only here its name is known.
pub(crate) struct Held {
    /// As the log calls it.
    name: String,
    state: State,
}

/// How far it is.
enum State {
    Begun,
    Done,
    Failed,
    Heard,
}

impl Held {
    pub(crate) fn new(name: String) -> Self {
        Self { name, state: State::Begun }
    }

    /// Tells the broker what came of it, however long that takes.
    pub(crate) async fn settle(mut self, broker: &Broker, claim: &Claim, verdict: &Verdict) {
        self.state = match verdict {
            Verdict::Done => State::Done,
            Verdict::GiveBack => State::Begun,
            Verdict::Retry(..) | Verdict::Dead(_) => State::Failed,
        };
        match verdict {
            Verdict::Retry(pause, reason) => warn!("job {} has failed, again in {pause:.1?}: {reason}", self.name),
            Verdict::Dead(reason) => warn!("job {} has failed for good: {reason}", self.name),
            Verdict::Done | Verdict::GiveBack => {}
        }
        let mut tries = 0;
        let attempt = || {
            tries += 1;
            broker.settle(claim, verdict)
        };
        let ours = insist("say what came of a job", attempt).await;
        self.state = State::Heard;
        let name = &self.name;
        match (ours, verdict) {
            (true, Verdict::GiveBack) => warn!("job {name} is given back"),
            (true, _) => {}
            (false, _) if tries == 1 => warn!("job {name} is another worker's meanwhile"),
            // What had no answer may have been heard all the same.
            (false, _) => info!("job {name} was answered before, or is another worker's meanwhile"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let how = match self.state {
            State::Begun => "interrupted",
            State::Done => "done",
            State::Failed => "failed",
            State::Heard => return,
        };
        warn!("job {} is abandoned: {how}, and the broker has not heard of it", self.name);
    }
}
