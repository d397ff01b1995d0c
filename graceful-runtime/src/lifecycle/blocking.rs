//! Waiting for the trigger on a thread that blocks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::{Lifecycle, Reason};

impl Lifecycle {
    /// Blocks this thread until the trigger.
    pub(crate) fn wait(&self) -> Reason {
        block_on(self.requested(), thread::park).trigger.reason.clone()
    }

    /// Blocks this thread until the trigger, but no longer than `timeout`.
    pub(crate) fn wait_timeout(&self, timeout: Duration) -> Option<Reason> {
        let begin = Instant::now();
        let time_is_up = || begin.elapsed() >= timeout;
        let triggered_or_late = async {
            let mut requested = pin!(self.requested());
            poll_fn(|context| match requested.as_mut().poll(context) {
                Poll::Ready(shutdown) => Poll::Ready(Some(shutdown.trigger.reason.clone())),
                Poll::Pending if time_is_up() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            })
            .await
        };
        block_on(triggered_or_late, || thread::park_timeout(timeout.saturating_sub(begin.elapsed())))
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
