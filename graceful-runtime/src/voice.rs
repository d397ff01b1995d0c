//! How the supervisor speaks without ever being held up.
//!
//! A subscriber may block on a full pipe, standard error may be full or closed, an observer may panic: each of them
//! runs on a thread that may be lost, and the supervisor waits for none of them longer than it says.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;
use std::{io, thread};

use tokio::sync::oneshot;
use tokio::time::timeout;

/// The log, and standard error.
pub(crate) struct Voice {
    log: Mouth,
    stderr: Mouth,
}

impl Voice {
    pub(crate) const fn new() -> Self {
        Self { log: Mouth::new("graceful-log"), stderr: Mouth::new("graceful-stderr") }
    }

    /// Emits tracing events. Does nothing, and costs no thread, where no subscriber was ever installed.
    pub(crate) fn log(&self, event: impl FnOnce() + Send + 'static) {
        if tracing::dispatcher::has_been_set() {
            self.log.say(event);
        }
    }

    /// Runs what the user wants to be told, in order with the log.
    pub(crate) fn tell(&self, observer: impl FnOnce() + Send + 'static) {
        self.log.say(observer);
    }

    /// Writes one text to standard error.
    pub(crate) fn stderr(&self, text: String) {
        self.stderr.say(move || print(&text));
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

/// Unlike `eprint!`, doesn't panic on a closed standard error.
pub(crate) fn print(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

type Words = Box<dyn FnOnce() + Send>;

/// One thread that says things in order. It starts with the first of them.
pub(crate) struct Mouth {
    name: &'static str,
    sender: OnceLock<Option<Sender<Words>>>,
}

impl Mouth {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, sender: OnceLock::new() }
    }

    pub(crate) fn say(&self, words: impl FnOnce() + Send + 'static) {
        if let Some(sender) = self.sender.get_or_init(|| self.start()) {
            let _ = sender.send(Box::new(words));
        }
    }

    /// `None` when the system has no thread left: then this mouth is silent, and the shutdown goes on.
    fn start(&self) -> Option<Sender<Words>> {
        let (sender, words) = mpsc::channel::<Words>();
        let speak = move || {
            for words in words {
                let _ = catch_unwind(AssertUnwindSafe(words));
            }
        };
        thread::Builder::new().name(self.name.to_owned()).spawn(speak).ok().map(|_| sender)
    }

    /// Whether all that was to be said is said, within `patience`.
    pub(crate) async fn finished(&self, patience: Duration) -> bool {
        if !matches!(self.sender.get(), Some(Some(_))) {
            return true;
        }
        let (said, heard) = oneshot::channel();
        self.say(move || {
            let _ = said.send(());
        });
        timeout(patience, heard).await.is_ok()
    }
}
