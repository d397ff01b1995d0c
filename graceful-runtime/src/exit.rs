//! The end of the process. Nothing else ends it.
//!
//! Whoever wants to end it claims the end first ([`Claim::take`]), so that nobody announces one exit code while another
//! thread exits with a different one. There are six reasons, and each ends the process in one way:
//!
//! | reason | claimed by | code | how |
//! |---|---|---|---|
//! | [`Exit::Complete`] | the supervisor, after the report | the report's | `std::process::exit` |
//! | [`Exit::Deadline`] | the supervisor's deadline task | 124 | `_exit` |
//! | [`Exit::Interrupt`] | the supervisor's signal task | 130 | `_exit` |
//! | [`Exit::SupervisorFailed`] | nobody: it must end | 1 | `_exit` |
//! | [`Exit::StartFailed`] | nobody: main has not begun | the error's | `_exit` |
//! | [`Exit::StartInterrupted`] | nobody: main has not begun | 128 + the signal | `_exit` |
//!
//! **After a clean SIGTERM main's thread exits**: it waits for the [`End`] in `run.rs`, shuts the application's runtime down
//! and calls [`Exit::now`]. If main's body or a destructor blocks that thread, the thread `graceful-exit` does ([`complete`]).
//!
//! `std::process::exit` flushes standard output, which blocks when a half-written line meets a full pipe, runs C's
//! `atexit` functions, and lets a second caller wait for ever behind a first one that is stuck. `_exit` does none of
//! this, so a forced end uses it. The deadline forces a complete end too, when that gets stuck.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use graceful_core::Signal;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::spawn;

/// How long main's thread may take to exit before the thread `graceful-exit` does.
const MAIN_EXIT_TIMEOUT: Duration = Duration::from_millis(50);

/// Why the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The shutdown is complete and reported.
    Complete(u8),
    /// The grace period is over.
    Deadline,
    /// SIGINT came once more, in the last stage.
    Interrupt,
    /// The supervisor panicked or its runtime broke: without it the process would not end in time.
    SupervisorFailed,
    /// The program could not start. The error has been printed.
    StartFailed(u8),
    /// A signal came, and the application's runtime did not exist in time.
    StartInterrupted(Signal),
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Complete(code) | Self::StartFailed(code) => code,
            Self::Deadline => code::DEADLINE,
            Self::Interrupt => code::INTERRUPTED,
            Self::SupervisorFailed => code::UNCLEAN,
            Self::StartInterrupted(signal) => 128 + signal.number(),
        }
    }

    /// Ends the process from this thread.
    pub(crate) fn now(self) -> ! {
        let code = i32::from(self.code());
        match self {
            Self::Complete(_) => std::process::exit(code),
            _ => forced(code),
        }
    }
}

/// What the thread that owns the application's runtime receives at the end.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: u8,
    /// Whether the process exits next.
    pub(crate) exits: bool,
    /// How long the runtime may take to drop its tasks.
    pub(crate) runtime_timeout: Duration,
    /// Sent to when the runtime is shut down, unless the exit follows at once.
    pub(crate) done: oneshot::Sender<()>,
}

/// Decides who ends the process: the first who asks.
#[derive(Debug, Default)]
pub(crate) struct Claim(AtomicBool);

impl Claim {
    /// Returns `false` when the end has been claimed before.
    pub(crate) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Ends the process after a complete shutdown: on main's thread, or on a thread for it when main's thread is blocked. Waits
/// first for the shutdown of the application's runtime, which `done` reports. Never resolves. The supervisor's other tasks
/// continue meanwhile, so that the deadline ends a process whose exit is stuck.
pub(crate) async fn complete(code: u8, runtime_timeout: Duration, done: oneshot::Receiver<()>, main_exits: bool) {
    let _ = timeout(runtime_timeout + MAIN_EXIT_TIMEOUT, done).await;
    if main_exits {
        sleep(MAIN_EXIT_TIMEOUT).await;
    }
    let exit = move || Exit::Complete(code).now();
    if spawn::thread("graceful-exit", exit).is_err() {
        forced(i32::from(code));
    }
    pending().await
}

/// Ends the process at once: no flush, no `atexit`, no destructors.
#[cfg(unix)]
fn forced(code: i32) -> ! {
    #[expect(unsafe_code, reason = "declares libc's _exit, which std links anyway and does not offer")]
    mod c {
        // SAFETY: the declaration is POSIX's. `_exit` takes any status, returns to nobody, touches no memory of ours,
        // and is safe to call from any thread at any time: it is async-signal-safe.
        unsafe extern "C" {
            pub(super) safe fn _exit(status: core::ffi::c_int) -> !;
        }
    }
    c::_exit(code)
}

/// Ends the process. Only on Unix is there a way that asks less of the process.
#[cfg(not(unix))]
#[cfg_attr(not(test), expect(clippy::exit, reason = "the only exit"))]
fn forced(code: i32) -> ! {
    std::process::exit(code)
}

/// The exit codes that graceful itself uses. docs/lifecycle.md has the table.
pub(crate) mod code {
    /// A handler failed, panicked or timed out, or work was abandoned.
    pub(crate) const UNCLEAN: u8 = 1;
    /// sysexits' `EX_CONFIG`: a bad value in the environment.
    pub(crate) const CONFIG: u8 = 78;
    /// What Rust exits with after a panic in `main`.
    pub(crate) const PANIC: u8 = 101;
    /// The deadline forced the exit. `timeout(1)` uses the same code.
    pub(crate) const DEADLINE: u8 = 124;
    /// SIGINT forced the exit: 128 + 2, what a shell reports for it.
    pub(crate) const INTERRUPTED: u8 = 130;
}
