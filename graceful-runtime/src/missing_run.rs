//! The message for a program in which something waits for the shutdown or requests it, and nothing runs it.
//!
//! A program may wait before it calls `Config::run`, and a program with its own main may call `run_handlers` hours later.
//! So the message comes a few seconds after the first wait, and only if the signals that would end the program have their
//! default actions: such a program dies without any shutdown.

use std::convert::Infallible;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use graceful_core::Signal;

use crate::output::print;
use crate::{signal, spawn};

/// How long a program may wait for a shutdown before it runs graceful or handles its signals.
const START_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Default)]
pub(crate) struct MissingRun(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Unwatched,
    /// The thread that prints the message ends when this is dropped.
    Watched(#[expect(dead_code, reason = "it is dropped")] Sender<Infallible>),
    Runs,
}

impl MissingRun {
    /// Something waits for the shutdown, or has requested it: `what`. Prints the message after a while, once, unless
    /// something runs the shutdown by then.
    pub(crate) fn watch(&self, what: &'static str) {
        let mut state = self.state();
        if !matches!(*state, State::Unwatched) {
            return;
        }
        let (runs, run) = channel();
        let watch = move || {
            if run.recv_timeout(START_TIMEOUT) == Err(RecvTimeoutError::Timeout) && !handles_signals() {
                print(&format!(
                    "graceful: {what}, and nothing runs it: `#[graceful::main]`, `Config::run` or \
                     `graceful::run_handlers` is missing\n"
                ));
            }
        };
        // Without a thread there is no message.
        let _ = spawn::thread("graceful-missing", watch);
        *state = State::Watched(runs);
    }

    /// Something runs the shutdown, or will.
    pub(crate) fn runs(&self) {
        *self.state() = State::Runs;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the program handles SIGTERM or SIGINT, and so may run the shutdown when they come.
fn handles_signals() -> bool {
    Signal::DEFAULT.into_iter().any(signal::is_handled)
}
