//! The call of an async handler, in its span.

use std::task::{self, Poll};

use tracing::Span;

use crate::outcome::{Outcome, caught};
use crate::registry::BoxFuture;
use crate::spans::{dropped, recorded};

/// An async handler in its span. The subscriber and the handler are foreign code: each may panic.
pub(super) struct AsyncCall {
    pub(super) span: Span,
    /// `None` before the call and after the end.
    pub(super) future: Option<BoxFuture<Outcome>>,
}

impl AsyncCall {
    pub(super) fn poll(&mut self, context: &mut task::Context<'_>) -> Poll<Outcome> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let polled = caught(|| self.span.in_scope(|| future.as_mut().poll(context)));
        polled.unwrap_or_else(|message| Poll::Ready(Outcome::Panicked(message)))
    }

    /// Drops the future, whose destructor may panic too, and records the outcome.
    pub(super) fn ended(&mut self, outcome: Outcome) -> Outcome {
        let outcome = match self.drop_future() {
            Ok(()) => outcome,
            Err(message) => Outcome::Panicked(message),
        };
        caught(|| recorded(&self.span, outcome)).unwrap_or_else(Outcome::Panicked)
    }

    fn drop_future(&mut self) -> Result<(), String> {
        let Self { span, future } = self;
        caught(|| span.in_scope(|| drop(future.take())))
    }
}

impl Drop for AsyncCall {
    /// Drops a handler before its end: at its timeout, or after a second Ctrl-C. The panic hook has printed the message of a
    /// panic.
    fn drop(&mut self) {
        if self.future.is_some() {
            let _ = self.drop_future();
            let _ = caught(|| dropped(&self.span));
            // If the subscriber has panicked before the handler was dropped.
            let _ = caught(|| drop(self.future.take()));
        }
    }
}
