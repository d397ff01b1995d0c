//! Output that cannot block the supervisor.
//!
//! Log subscribers, standard error, metrics recorders and report observers are foreign code or full pipes, so each runs on
//! its own thread.
//! The supervisor waits for them with a timeout and then abandons the thread.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::outcome::caught;
use crate::spawn::{self, Boxed};

/// The log, standard error, and the metrics.
pub(crate) struct Output {
    log: OutputThread,
    stderr: OutputThread,
    log_is_slow: AtomicBool,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: OutputThread,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            log: OutputThread::new("graceful-log"),
            stderr: OutputThread::new("graceful-stderr"),
            log_is_slow: AtomicBool::new(false),
            #[cfg(feature = "metrics")]
            metrics: OutputThread::new("graceful-metrics"),
        }
    }

    /// Emits tracing events. Does nothing, and costs no thread, where no subscriber was ever installed.
    pub(crate) fn log(&self, event: impl FnOnce() + Send + 'static) {
        if tracing::dispatcher::has_been_set() {
            self.log.send(event);
        }
    }

    /// Calls a report observer, in order with the log.
    pub(crate) fn tell(&self, observer: impl FnOnce() + Send + 'static) {
        self.log.send(observer);
    }

    /// Writes one text to standard error.
    pub(crate) fn stderr(&self, text: String) {
        self.stderr.send(move || print(&text));
    }

    /// Whether the log and the observers are done, within `limit`.
    pub(crate) async fn log_finished(&self, limit: Duration) -> bool {
        self.log.finished(limit).await
    }

    /// Whether [`log_in_order`](Self::log_in_order) may have to wait.
    pub(crate) fn log_is_late(&self) -> bool {
        self.log.has_started() && !self.log_is_slow.load(Ordering::Relaxed)
    }

    /// Waits for the log, at most for `limit`, so that its lines come before those of what happens next. A log that is too slow
    /// for that is not waited for again.
    pub(crate) async fn log_in_order(&self, limit: Duration) {
        if self.log_is_late() && !self.log.finished(limit).await {
            self.log_is_slow.store(true, Ordering::Relaxed);
        }
    }

    /// Whether standard error has taken all, within `limit`.
    pub(crate) async fn stderr_finished(&self, limit: Duration) -> bool {
        self.stderr.finished(limit).await
    }
}

/// Writes to standard error. Unlike `eprint!`, it does not panic when that is closed.
pub(crate) fn print(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that runs jobs in order. It starts with the first one.
pub(crate) struct OutputThread {
    name: &'static str,
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// Notified when there is a job.
    filled: Condvar,
}

#[derive(Default)]
struct State {
    thread: Thread,
    jobs: VecDeque<Job>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Thread {
    #[default]
    Unneeded,
    Started,
    /// The system had no thread left: the output is lost, and the shutdown continues.
    Refused,
}

impl OutputThread {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, queue: Arc::default() }
    }

    pub(crate) fn send(&self, job: impl FnOnce() + Send + 'static) {
        self.queue.push(self.name, Box::new(job));
    }

    fn has_started(&self) -> bool {
        self.queue.state().thread == Thread::Started
    }

    /// Whether all jobs so far are done, within `limit`.
    #[inline(never)]
    pub(crate) fn finished(&self, limit: Duration) -> Boxed<'_, bool> {
        Box::pin(async move {
            if !self.has_started() {
                return true;
            }
            let (done, is_done) = oneshot::channel();
            self.send(move || {
                let _ = done.send(());
            });
            timeout(limit, is_done).await.is_ok()
        })
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Self>, name: &str, job: Job) {
        let mut state = self.state();
        if state.thread == Thread::Unneeded {
            let queue = Arc::clone(self);
            let started = spawn::thread(name, move || queue.run()).is_ok();
            state.thread = if started { Thread::Started } else { Thread::Refused };
        }
        if state.thread == Thread::Started {
            state.jobs.push_back(job);
            self.filled.notify_one();
        }
    }

    /// Runs the jobs, on the thread.
    fn run(&self) {
        loop {
            let state = self.filled.wait_while(self.state(), |state| state.jobs.is_empty());
            let job = state.unwrap_or_else(PoisonError::into_inner).jobs.pop_front();
            let _ = caught(|| job.map(|job| job()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_log_that_was_too_slow_is_not_waited_for_again() {
        let output = Output::new();
        let (release, blocked) = mpsc::channel::<()>();
        output.tell(move || {
            let _ = blocked.recv();
        });
        output.log_in_order(Duration::from_millis(10)).await;
        let begin = Instant::now();
        output.log_in_order(Duration::from_secs(60)).await;
        assert!(begin.elapsed() < Duration::from_secs(30));
        drop(release);
    }
}
