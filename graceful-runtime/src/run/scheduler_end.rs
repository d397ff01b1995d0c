//! Waits for the end of a multi-threaded scheduler, and not for the runtime's threads, some of which may run blocking work for
//! ever.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep};

/// Later than any shutdown ends.
const NEVER: Duration = Duration::from_secs(60 * 60);

/// A timer on the runtime. When each worker has dropped its tasks, the last one shuts the timers down, which wakes them.
pub(super) struct SchedulerEnd {
    end: Arc<End>,
    /// Never polled again, since a timer of a runtime that is shut down panics.
    _timer: Pin<Box<Sleep>>,
}

struct End {
    is_over: AtomicBool,
    waits: Thread,
}

impl SchedulerEnd {
    /// Call it before the runtime is shut down. The runtime must have its time enabled.
    pub(super) fn of(runtime: &Handle) -> Self {
        let end = Arc::new(End { is_over: AtomicBool::new(false), waits: thread::current() });
        let _runtime = runtime.enter();
        let mut timer = Box::pin(sleep(NEVER));
        let waker = Waker::from(Arc::clone(&end));
        let _ = timer.as_mut().poll(&mut Context::from_waker(&waker));
        Self { end, _timer: timer }
    }

    /// Blocks this thread until the end, at most for `limit`.
    pub(super) fn wait(&self, limit: Duration) {
        let begin = Instant::now();
        while !self.end.is_over.load(Ordering::Acquire) {
            let Some(left) = limit.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) else { return };
            thread::park_timeout(left);
        }
    }
}

impl Wake for End {
    fn wake(self: Arc<Self>) {
        self.is_over.store(true, Ordering::Release);
        self.waits.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::mpsc;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn runtime() -> Runtime {
        Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
    }

    #[test]
    fn it_comes_when_every_task_is_dropped_and_does_not_wait_for_blocking_work() {
        let runtime = runtime();
        let (_ends, end) = mpsc::channel::<()>();
        runtime.spawn_blocking(move || end.recv());
        let held = Arc::new(());
        for _ in 0..1_000 {
            let held = Arc::clone(&held);
            runtime.spawn(async move {
                let _held = held;
                pending::<()>().await;
            });
        }
        let end = SchedulerEnd::of(runtime.handle());
        let begin = Instant::now();
        runtime.shutdown_background();
        end.wait(LONG);
        assert!(begin.elapsed() < LONG);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn a_task_that_blocks_is_waited_for_until_the_limit() {
        let runtime = runtime();
        let (blocks, is_blocked) = mpsc::channel();
        let (_ends, end) = mpsc::channel::<()>();
        runtime.spawn(async move {
            blocks.send(()).unwrap();
            let _ = end.recv();
        });
        is_blocked.recv().unwrap();
        let end = SchedulerEnd::of(runtime.handle());
        let begin = Instant::now();
        runtime.shutdown_background();
        end.wait(Duration::from_millis(20));
        assert!(begin.elapsed() >= Duration::from_millis(20));
    }
}
