//! Main's body: whether it has ended, and whether it must.

use std::fmt;
use std::sync::OnceLock;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::outcome::Outcome;
use crate::spawn::Boxed;

/// How main's body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MainEnd {
    /// With this exit code.
    Returned(u8),
    Panicked,
    /// It was dropped at the end of the drain.
    Abandoned,
}

#[derive(Default)]
pub(crate) struct MainState {
    end: watch::Sender<Option<MainEnd>>,
    failure: OnceLock<Outcome>,
    abandoned: CancellationToken,
}

impl MainState {
    /// Its future, if it was one, is dropped by now.
    pub(crate) fn set_end(&self, end: MainEnd) {
        self.end.send_if_modified(|current| {
            let is_first = current.is_none();
            current.get_or_insert(end);
            is_first
        });
    }

    /// Records the error that main returned, or its panic. Call it before [`set_end`](Self::set_end).
    pub(crate) fn set_failure(&self, failure: Outcome) {
        let _ = self.failure.set(failure);
    }

    pub(crate) fn failure(&self) -> Option<&Outcome> {
        self.failure.get()
    }

    pub(crate) fn end(&self) -> Option<MainEnd> {
        *self.end.borrow()
    }

    /// Resolves when main's body has ended, in whichever way.
    #[inline(never)]
    pub(crate) fn ended(&self) -> Boxed<'_> {
        Box::pin(async {
            // The sender lives as long as `self`, so the wait cannot fail.
            let _ = self.end.subscribe().wait_for(Option::is_some).await;
        })
    }

    /// Asks for main's future to be dropped. A plain `fn main` can't be.
    pub(crate) fn abandon(&self) {
        self.abandoned.cancel();
    }

    pub(crate) fn abandoned_token(&self) -> &CancellationToken {
        &self.abandoned
    }
}

impl fmt::Debug for MainState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainState").field("end", &self.end()).finish_non_exhaustive()
    }
}
