//! The end of what waits for something: of a consumer's loop, when the drain begins or a handler's turn has come.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

#[derive(Debug)]
pub(crate) struct Ending {
    token: CancellationToken,
    // Boxed, so that it is `Unpin`. Made at the first wait.
    wait: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Ending {
    /// An end that comes when `token` is cancelled.
    pub(crate) fn of(token: &CancellationToken) -> Self {
        Self { token: token.clone(), wait: None }
    }

    pub(crate) fn has_come(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Polls the wait for the end. Calls `begins` if this is the first wait.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, begins: impl FnOnce()) -> Poll<()> {
        let wait = self.wait.get_or_insert_with(|| {
            begins();
            Box::pin(self.token.clone().cancelled_owned())
        });
        wait.as_mut().poll(context)
    }
}
