//! The end of an upgraded connection by force: at the end of the drain, or when no byte has moved on it for too long.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::axum::activity::Activity;

/// What wakes the tasks that read and write an upgraded connection when it is cut.
pub(super) struct Cut {
    pub(super) reading: Wait,
    pub(super) writing: Wait,
}

impl Cut {
    pub(super) fn of(activity: &Activity) -> Box<Self> {
        Box::new(Self { reading: Wait::new(activity), writing: Wait::new(activity) })
    }
}

/// The wait of one task until the connection is cut.
pub(super) struct Wait {
    end_of_drain: Pin<Box<WaitForCancellationFutureOwned>>,
    idle: Option<Idle>,
}

/// The bound of an upgraded connection on which no byte moves.
struct Idle {
    timeout: Duration,
    drain: Pin<Box<WaitForCancellationFutureOwned>>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Wait {
    fn new(activity: &Activity) -> Self {
        let server = activity.server();
        let idle = server.clients().upgrade_idle_timeout.map(|timeout| Idle {
            timeout,
            drain: Box::pin(server.draining_token().clone().cancelled_owned()),
            timer: None,
        });
        Self { end_of_drain: Box::pin(server.cut_token().clone().cancelled_owned()), idle }
    }

    /// Fails the I/O when the connection is cut.
    pub(super) fn poll<T>(&mut self, cx: &mut Context<'_>, activity: &Activity) -> Poll<io::Result<T>> {
        if self.end_of_drain.as_mut().poll(cx).is_pending() {
            let Some(idle) = &mut self.idle else { return Poll::Pending };
            ready!(idle.poll(cx, activity));
            activity.cut();
        }
        Poll::Ready(Err(cut_off()))
    }
}

impl Idle {
    /// Resolves when no byte has moved for the whole timeout of the drain.
    fn poll(&mut self, cx: &mut Context<'_>, activity: &Activity) -> Poll<()> {
        if self.timer.is_none() {
            ready!(self.drain.as_mut().poll(cx));
        }
        let begin = activity.server().drain_begun().begin;
        let end = activity.last_moved().unwrap_or(begin).max(begin) + self.timeout;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx)
    }
}

pub(super) fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the drain is over")
}
