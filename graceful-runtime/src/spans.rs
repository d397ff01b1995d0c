//! The spans of the shutdown: `shutdown`, a span for each phase in it, and a span for each handler in its phase. So a
//! shutdown is one trace.
//!
//! A subscriber is foreign code. It may block or panic when a span is created, entered, recorded or closed, and an exporter
//! may send when one closes. All of this happens on the log's thread and on the threads that run handlers, never on the
//! supervisor's. Whichever of these threads needs a span first creates it, so a handler does not wait for a log that is
//! blocked.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use graceful_core::duration::millis as ms;
use graceful_core::plan::PlannedHandler;
use graceful_core::{HandlerPhase, Phase};
use tracing::dispatcher::{has_been_set, with_default};
use tracing::{Span, field, info_span};

use crate::outcome::{Outcome, caught};
use crate::report::Report;
use crate::trigger::Trigger;

/// The field with which `tracing-opentelemetry` marks a span as failed. Empty if it has not.
const FAILURE: &str = "otel.status_description";

/// The spans of one shutdown. The process keeps them, so no thread closes a span by dropping this.
pub(crate) struct Spans {
    trigger: Trigger,
    root: Slot,
    lame_duck: Slot,
    draining: Slot,
    teardown: Slot,
}

impl Spans {
    pub(crate) fn new(trigger: Trigger) -> Self {
        let [root, lame_duck, draining, teardown] = Default::default();
        Self { trigger, root, lame_duck, draining, teardown }
    }

    /// Opens the span of `phase`, and closes those of earlier phases.
    pub(crate) fn enter(&self, phase: Phase) {
        self.close_before(phase);
        self.of(phase);
    }

    /// Closes all spans. Spans that are created later have no parent.
    pub(crate) fn close(&self, report: &Report) {
        self.close_before(Phase::Stopped);
        if let Some(root) = self.root.close() {
            root.record("exit_code", report.exit_code());
            if !report.is_clean() {
                root.record(FAILURE, report.summary().as_str());
            }
        }
    }

    fn close_before(&self, phase: Phase) {
        for earlier in
            [Phase::LameDuck, Phase::Draining, Phase::Teardown].into_iter().filter(|earlier| *earlier < phase)
        {
            self.slot(earlier).close();
        }
    }

    /// The span of `phase`, or the root span if that is closed or if the phase has none.
    fn of(&self, phase: Phase) -> Span {
        let open = || {
            let parent = &self.root();
            child_of(parent, || match phase {
                Phase::LameDuck => info_span!(target: "graceful", parent: parent, "lame_duck"),
                Phase::Draining => info_span!(target: "graceful", parent: parent, "draining"),
                _ => info_span!(target: "graceful", parent: parent, "teardown"),
            })
        };
        match phase {
            Phase::Running | Phase::Stopped => self.root(),
            _ => self.slot(phase).get(open).unwrap_or_else(|| self.root()),
        }
    }

    fn root(&self) -> Span {
        let Trigger { reason, at, deadline, .. } = &self.trigger;
        let open = || {
            info_span!(
                target: "graceful", parent: None, "shutdown", reason = reason.label(),
                grace_period_ms = ms(deadline.saturating_duration_since(*at)), exit_code = field::Empty,
                otel.status_description = field::Empty
            )
        };
        self.root.get(open).unwrap_or_else(Span::none)
    }

    fn slot(&self, phase: Phase) -> &Slot {
        match phase {
            Phase::LameDuck => &self.lame_duck,
            Phase::Draining => &self.draining,
            Phase::Teardown => &self.teardown,
            Phase::Running | Phase::Stopped => &self.root,
        }
    }
}

/// Creates a span for the subscriber of its parent. The threads may have different ones, and an id of one means nothing to
/// another.
fn child_of(parent: &Span, create: impl FnOnce() -> Span) -> Span {
    match parent.with_subscriber(|(_, subscriber)| subscriber.clone()) {
        Some(subscriber) => with_default(&subscriber, create),
        None => create(),
    }
}

/// A span that is created at its first use.
#[derive(Default)]
struct Slot(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Unused,
    Open(Span),
    Closed,
}

impl Slot {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The span, unless it is closed.
    fn get(&self, open: impl FnOnce() -> Span) -> Option<Span> {
        let mut state = self.state();
        if matches!(*state, State::Unused) {
            *state = State::Open(open());
        }
        match &*state {
            State::Open(span) => Some(span.clone()),
            State::Unused | State::Closed => None,
        }
    }

    /// Takes the span. It closes when the last one of its children does, as the caller drops it.
    fn close(&self) -> Option<Span> {
        match mem::replace(&mut *self.state(), State::Closed) {
            State::Open(span) => Some(span),
            State::Unused | State::Closed => None,
        }
    }
}

/// The span in which handlers run.
#[derive(Clone, Copy)]
pub(crate) struct Parent {
    /// `None` outside of a shutdown: the handlers of a scope that ends while the rest continues.
    pub(crate) spans: Option<&'static Spans>,
    pub(crate) phase: Phase,
}

impl Parent {
    /// Opens a handler's span. Call it on the thread that runs the handler.
    ///
    /// A flush handler has none: it may end what exports the span.
    pub(crate) fn open(self, handler: &PlannedHandler) -> Span {
        if !has_been_set() || handler.phase() == HandlerPhase::Flush {
            return Span::none();
        }
        let span = caught(|| {
            let parent = &self.spans.map_or_else(Span::none, |spans| spans.of(self.phase));
            child_of(parent, || {
                info_span!(
                    target: "graceful", parent: parent, "shutdown_handler",
                    handler = handler.name(), priority = handler.priority(), outcome = field::Empty,
                    otel.status_description = field::Empty
                )
            })
        });
        // A handler runs without a span if the subscriber fails.
        span.unwrap_or_else(|_| Span::none())
    }
}

/// Marks the span of a handler that is dropped before its end: at its timeout, or after a second Ctrl-C.
pub(crate) fn dropped(span: &Span) {
    span.record(FAILURE, "dropped before its end");
}

/// Records in the span of a handler how the handler has ended.
pub(crate) fn recorded(span: &Span, outcome: Outcome) -> Outcome {
    span.record("outcome", outcome.label());
    if !(outcome.is_clean() || span.is_disabled()) {
        span.record(FAILURE, outcome.to_string().as_str());
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tracing::Dispatch;
    use tracing_subscriber::registry::{LookupSpan, Registry};

    use super::*;
    use crate::report::Recorder;
    use crate::trigger::Reason;

    fn trigger() -> Trigger {
        Trigger { reason: Reason::Requested, at: Instant::now(), deadline: Instant::now(), cancels_start: false }
    }

    fn in_the_drain() -> Parent {
        Parent { spans: Some(Box::leak(Box::new(Spans::new(trigger())))), phase: Phase::Draining }
    }

    fn open(parent: Parent) -> Span {
        parent.open(&PlannedHandler::new("handler", 0, Duration::from_secs(1), HandlerPhase::Drain, "here:1"))
    }

    /// The names of the span and its parents.
    fn path(span: &Span) -> Vec<&'static str> {
        let path = span.with_subscriber(|(id, subscriber)| {
            let span = subscriber.downcast_ref::<Registry>()?.span(id)?;
            Some(span.scope().from_root().map(|span| span.name()).collect())
        });
        path.flatten().unwrap_or_default()
    }

    #[test]
    fn a_handler_that_begins_late_is_in_the_shutdown_if_that_is_open() {
        with_default(&Dispatch::new(Registry::default()), || {
            let parent = in_the_drain();
            assert_eq!(path(&open(parent)), ["shutdown", "draining", "shutdown_handler"]);
            parent.spans.unwrap().enter(Phase::Teardown);
            assert_eq!(path(&open(parent)), ["shutdown", "shutdown_handler"]);
            parent.spans.unwrap().close(&Recorder::new(&trigger(), Instant::now).report(0));
            assert_eq!(path(&open(parent)), ["shutdown_handler"]);
        });
    }

    #[test]
    fn a_thread_with_another_subscriber_continues_the_trace() {
        let (logs, handles) = (Dispatch::new(Registry::default()), Dispatch::new(Registry::default()));
        let parent = in_the_drain();
        with_default(&logs, || parent.spans.unwrap().enter(Phase::Draining));
        let span = with_default(&handles, || open(parent));
        assert_eq!(path(&span), ["shutdown", "draining", "shutdown_handler"]);
    }
}
