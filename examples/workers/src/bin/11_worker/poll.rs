//! How an idle worker looks for jobs.

use std::task::{Context, Poll};
use std::time::Duration;

use apalis::prelude::{PollSnapshot, PollStrategy};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Looks again and again. Without a strategy apalis looks at each heartbeat only.
///
/// Its own `IntervalStrategy` leaves its timer unpolled when a look takes longer than the interval, and then sleeps until
/// the next heartbeat too.
pub(crate) struct Every(Interval);

impl Every {
    pub(crate) fn new(period: Duration) -> Self {
        let mut interval = interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(interval)
    }
}

impl PollStrategy for Every {
    fn poll_drive(&mut self, context: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut due = Poll::Pending;
        // Until it is pending: then it wakes the worker.
        while self.0.poll_tick(context).is_ready() {
            due = Poll::Ready(Some(()));
        }
        due
    }
}
