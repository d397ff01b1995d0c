//! Whether the program takes part in its shutdown: it observes it, counts work, reports readiness, or has one of graceful's
//! servers or layers. And what main does about it, for the advice to a main that did not return.
//!
//! Calling one of these functions counts, polling is not needed. What graceful itself calls does not count, nor do handlers,
//! resources and observers of the report: a program without any of that could not have been different.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::{self, ThreadId};

use tokio::task;

use crate::in_flight::Work;

pub(crate) struct Participation {
    /// The highest [`Part`] so far, or zero.
    highest: AtomicU8,
    /// Set when main's body begins.
    main: OnceLock<MainBody>,
    /// Work that was counted takes part too. It is looked at only when somebody asks, so that counting costs nothing.
    work: &'static Work,
}

/// How the program takes part. A higher one says more about main.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Not that main does.
    Somewhere = 1,
    /// Main has a token, which it may have passed on.
    MainHasToken,
    /// Main has awaited the shutdown or the drain.
    MainAwaits,
}

/// Where main's body runs. A future may be a task: then its thread says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MainBody {
    is_async: bool,
    at: (Option<task::Id>, Option<ThreadId>),
}

impl MainBody {
    fn here(is_async: bool) -> Self {
        let task = task::try_id();
        Self { is_async, at: (task, task.is_none().then(|| thread::current().id())) }
    }
}

impl Participation {
    pub(crate) fn new(work: &'static Work) -> Self {
        Self { highest: AtomicU8::new(0), main: OnceLock::new(), work }
    }

    /// Records where main's body runs: here.
    pub(crate) fn main_begins(&self, is_async: bool) {
        let _ = self.main.set(MainBody::here(is_async));
    }

    /// Whether main's body is a future.
    pub(crate) fn main_is_async(&self) -> bool {
        self.main.get().is_some_and(|main| main.is_async)
    }

    /// Records that the program takes part.
    #[inline]
    pub(crate) fn begin(&self) {
        self.raise(Part::Somewhere);
    }

    /// Records that a token was taken here.
    pub(crate) fn has_token(&self) {
        self.raise(if self.is_main() { Part::MainHasToken } else { Part::Somewhere });
    }

    /// Records that somebody awaits the shutdown or the drain here.
    pub(crate) fn awaits(&self) {
        self.raise(if self.is_main() { Part::MainAwaits } else { Part::Somewhere });
    }

    #[inline]
    fn raise(&self, part: Part) {
        // Only the first call writes, since loops ask for the phase on every thread.
        if self.highest.load(Ordering::Relaxed) < part as u8 {
            self.highest.fetch_max(part as u8, Ordering::Relaxed);
        }
    }

    fn is_main(&self) -> bool {
        self.main.get().is_some_and(|main| *main == MainBody::here(main.is_async))
    }

    /// Whether the program takes part.
    pub(crate) fn has_begun(&self) -> bool {
        self.highest.load(Ordering::Relaxed) > 0 || self.work.was_counted()
    }

    /// Why main has not returned at the end of the drain, and what to change.
    pub(crate) fn advice(&self) -> &'static str {
        let highest = self.highest.load(Ordering::Relaxed);
        if highest == Part::MainAwaits as u8 {
            return "it was notified of the shutdown, and its own work took longer than the drain";
        }
        if highest == Part::MainHasToken as u8 {
            return "let it end when graceful::drain_token() is cancelled";
        }
        match self.main.get() {
            Some(MainBody { is_async: false, .. }) => {
                "it never awaited the shutdown; let it call graceful::wait_for_shutdown()"
            }
            _ => "it never awaited the shutdown; let it await graceful::drain_started()",
        }
    }
}
