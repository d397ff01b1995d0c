//! The message for a program in which something waits for the shutdown or requests it, and nothing runs it.
//!
//! A program may wait before it calls `Config::run`, and a program with its own main may call `run_handlers` hours later.
//! So the message comes a few seconds after the first wait, and only if the signals that would end the program have their
//! default actions: such a program dies without any shutdown. A test may end before that, and its request reaches the tests
//! beside it, so there the message comes at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, mem};

use graceful_core::Signal;

use crate::output::print;
use crate::{signal, spawn};

/// How long a program may wait for a shutdown before it runs graceful or handles its signals.
const START_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Default)]
pub(crate) struct MissingRun(Arc<Watch>);

#[derive(Default)]
struct Watch {
    state: Mutex<State>,
    /// Notified when something runs the shutdown.
    runs: Condvar,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Unwatched,
    /// A thread waits until it is time for the message.
    Watched,
    Runs,
}

impl MissingRun {
    /// A shutdown was requested.
    pub(crate) fn requested(&self) {
        if !is_test() {
            return self.watch("a shutdown was requested");
        }
        let mut state = self.0.state();
        if *state == State::Unwatched {
            *state = State::Watched;
            print(
                "graceful: a test requested a shutdown, which all tests of this process see from now on: \
                 `#[graceful::test]` gives a test its own service\n",
            );
        }
    }

    /// Something waits for the shutdown, or has requested it: `what`. Prints the message after a while, once, unless
    /// something runs the shutdown by then.
    pub(crate) fn watch(&self, what: &'static str) {
        let mut state = self.0.state();
        if *state != State::Unwatched {
            return;
        }
        *state = State::Watched;
        let watch = Arc::clone(&self.0);
        let run = move || {
            if watch.times_out() && !handles_signals() {
                print(&format!(
                    "graceful: {what}, and nothing runs it: `#[graceful::main]`, `Config::run` or \
                     `graceful::run_handlers` is missing\n"
                ));
            }
        };
        // Without a thread there is no message.
        let _ = spawn::thread("graceful-missing", run);
    }

    /// Something runs the shutdown, or will.
    pub(crate) fn runs(&self) {
        if mem::replace(&mut *self.0.state(), State::Runs) == State::Watched {
            self.0.runs.notify_one();
        }
    }
}

impl Watch {
    /// Waits until something runs the shutdown. Returns whether nothing does after the timeout.
    fn times_out(&self) -> bool {
        let waited = self.runs.wait_timeout_while(self.state(), START_TIMEOUT, |state| *state == State::Watched);
        waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether cargo has built the program as a test: `target/debug/deps/api-0123456789abcdef`.
fn is_test() -> bool {
    env::current_exe().is_ok_and(|program| program.parent().is_some_and(|folder| folder.ends_with("deps")))
}

/// Whether the program handles SIGTERM or SIGINT, and so may run the shutdown when they come.
fn handles_signals() -> bool {
    Signal::DEFAULT.into_iter().any(signal::is_handled)
}
