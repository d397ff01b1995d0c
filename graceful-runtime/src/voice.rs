//! How the supervisor speaks without ever being held up.
//!
//! A subscriber may block on a full pipe, standard error may be full or closed, an observer may panic: each of them
//! runs on a thread that may be lost, and the supervisor waits for none of them longer than it says.

mod mouth;

use std::io::{self, Write};
use std::time::Duration;

pub(crate) use self::mouth::Mouth;

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
