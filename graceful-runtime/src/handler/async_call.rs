//! The call of an async handler, in its span.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use tracing::Span;

use super::Function;
use super::run::RunRef;
use crate::outcome::{Outcome, caught};
use crate::registry::BoxFuture;
use crate::spans::{dropped, recorded};

/// Calls an async handler, unless it was cancelled before, drops its future when it is cancelled, and tells its end. The
/// subscriber and the handler are foreign code: each may panic.
pub(super) struct AsyncCall {
    run: RunRef,
    span: Span,
    stage: Stage,
}

enum Stage {
    Begin(Function<BoxFuture<Outcome>>),
    Running(BoxFuture<Outcome>),
    Ended,
}

impl AsyncCall {
    pub(super) fn new(run: RunRef, function: Function<BoxFuture<Outcome>>) -> Self {
        Self { span: run.open_span(), run, stage: Stage::Begin(function) }
    }

    /// Calls the handler. The error is how it has ended.
    fn begin(&mut self, function: Function<BoxFuture<Outcome>>) -> Result<(), Outcome> {
        if self.run.is_cancelled() {
            return Err(CANCELLED);
        }
        let Self { run, span, .. } = self;
        match caught(|| span.in_scope(|| function.call(run.context()))) {
            Ok(future) => {
                self.stage = Stage::Running(future);
                Ok(())
            }
            Err(message) => Err(self.recorded(Outcome::Panicked(message))),
        }
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Outcome> {
        if matches!(self.stage, Stage::Begin(_))
            && let Stage::Begin(function) = mem::replace(&mut self.stage, Stage::Ended)
            && let Err(outcome) = self.begin(function)
        {
            return Poll::Ready(outcome);
        }
        let Self { run, span, stage } = self;
        let Stage::Running(future) = stage else { return Poll::Pending };
        let outcome = match caught(|| span.in_scope(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) if run.is_cancelled_or_wakes(context.waker()) => {
                self.drop_early();
                return Poll::Ready(CANCELLED);
            }
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(outcome)) => outcome,
            Err(message) => Outcome::Panicked(message),
        };
        let outcome = match self.drop_future() {
            Ok(()) => outcome,
            Err(message) => Outcome::Panicked(message),
        };
        Poll::Ready(self.recorded(outcome))
    }

    fn recorded(&self, outcome: Outcome) -> Outcome {
        caught(|| recorded(&self.span, outcome)).unwrap_or_else(Outcome::Panicked)
    }

    /// The error is the message of a panic in the destructor.
    fn drop_future(&mut self) -> Result<(), String> {
        let Self { span, stage, .. } = self;
        caught(|| span.in_scope(|| *stage = Stage::Ended))
    }

    /// Drops a handler before its end: at its timeout, or after a second Ctrl-C. The panic hook has printed the message of a
    /// panic.
    fn drop_early(&mut self) {
        let _ = self.drop_future();
        let _ = caught(|| dropped(&self.span));
        // If the subscriber has panicked before the handler was dropped.
        let _ = caught(|| self.stage = Stage::Ended);
    }
}

const CANCELLED: Outcome = Outcome::TimedOut { blocked: false };

impl Future for AsyncCall {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = self.poll_outcome(context);
        polled.map(|outcome| {
            // Before the end is told, since the span of the shutdown may close then.
            let _ = caught(|| self.span = Span::none());
            self.run.end(|| outcome);
        })
    }
}

impl Drop for AsyncCall {
    /// Its task or thread is dropped.
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Ended) {
            self.drop_early();
            self.run.end(|| Outcome::Panicked("the thread or the runtime that ran it is gone".to_owned()));
        }
    }
}
