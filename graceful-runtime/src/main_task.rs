//! Main's body: whether it has ended, how, and how to make it let go.

use std::fmt;
use std::sync::OnceLock;

use tokio_util::sync::CancellationToken;

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
pub(crate) struct MainTask {
    end: OnceLock<MainEnd>,
    ended: CancellationToken,
    abandoned: CancellationToken,
}

impl MainTask {
    /// Its future, if it was one, is dropped by now.
    pub(crate) fn set_end(&self, end: MainEnd) {
        let _ = self.end.set(end);
        self.ended.cancel();
    }

    pub(crate) fn end(&self) -> Option<MainEnd> {
        self.end.get().copied()
    }

    /// Resolves when main's body has ended, in whichever way.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Asks for main's future to be dropped. A plain `fn main` can't be.
    pub(crate) fn abandon(&self) {
        self.abandoned.cancel();
    }

    pub(crate) fn abandoned_token(&self) -> &CancellationToken {
        &self.abandoned
    }
}

impl fmt::Debug for MainTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MainTask").field("end", &self.end()).finish_non_exhaustive()
    }
}
