//! Output that cannot block the supervisor.
//!
//! Log subscribers, standard error and report observers are foreign code or full pipes, so each runs on its own thread.
//! The supervisor waits for them with a timeout and then abandons the thread.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;
use std::{io, thread};

use tokio::sync::oneshot;
use tokio::time::timeout;

/// The log, and standard error.
pub(crate) struct Output {
    log: OutputThread,
    stderr: OutputThread,
}

impl Output {
    pub(crate) const fn new() -> Self {
        Self { log: OutputThread::new("graceful-log"), stderr: OutputThread::new("graceful-stderr") }
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

    /// Whether the log and the observers are done, within `patience`.
    pub(crate) async fn log_finished(&self, patience: Duration) -> bool {
        self.log.finished(patience).await
    }

    /// Whether standard error has taken all, within `patience`.
    pub(crate) async fn stderr_finished(&self, patience: Duration) -> bool {
        self.stderr.finished(patience).await
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
    sender: OnceLock<Option<Sender<Job>>>,
}

impl OutputThread {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, sender: OnceLock::new() }
    }

    pub(crate) fn send(&self, job: impl FnOnce() + Send + 'static) {
        if let Some(sender) = self.sender.get_or_init(|| self.start()) {
            let _ = sender.send(Box::new(job));
        }
    }

    /// `None` when the system has no thread left: then the output is lost, and the shutdown continues.
    fn start(&self) -> Option<Sender<Job>> {
        let (sender, jobs) = mpsc::channel::<Job>();
        let run = move || {
            for job in jobs {
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        };
        thread::Builder::new().name(self.name.to_owned()).spawn(run).ok().map(|_| sender)
    }

    /// Whether all jobs so far are done, within `patience`.
    pub(crate) async fn finished(&self, patience: Duration) -> bool {
        if !matches!(self.sender.get(), Some(Some(_))) {
            return true;
        }
        let (done, is_done) = oneshot::channel();
        self.send(move || {
            let _ = done.send(());
        });
        timeout(patience, is_done).await.is_ok()
    }
}
