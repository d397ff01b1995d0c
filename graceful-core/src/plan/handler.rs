//! A handler that is to run.

use std::cmp::Reverse;
use std::time::Duration;

use super::chain::{Before, Chain};
use super::label::Label;
use crate::phase::HandlerPhase;

/// A shutdown handler, in a [`Plan`](super::Plan).
///
/// ```
/// # mod graceful { pub use graceful_core::plan::*; }
/// use graceful::{Plan, PlannedHandler};
///
/// fn slowest(plan: &Plan) -> Option<&PlannedHandler> {
///     plan.handlers().iter().max_by_key(|handler| handler.timeout())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlannedHandler {
    pub(super) name: Label,
    pub(super) priority: i32,
    pub(super) timeout: Duration,
    pub(super) phase: HandlerPhase,
    pub(super) location: Label,
    /// `None` if it neither names others nor is named.
    pub(super) chain: Option<Box<Chain>>,
}

impl PlannedHandler {
    #[doc(hidden)]
    pub fn new(
        name: impl Into<Label>,
        priority: i32,
        timeout: Duration,
        phase: HandlerPhase,
        location: impl Into<Label>,
    ) -> Self {
        Self { name: name.into(), priority, timeout, phase, location: location.into(), chain: None }
    }

    /// Returns the name: as given, or the function's path without the crate.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name, without a copy of one that is part of the program.
    #[doc(hidden)]
    #[must_use]
    pub fn owned_name(&self) -> Label {
        self.name.clone()
    }

    /// Returns the priority. Handlers of higher priority run first, those of equal priority concurrently.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Returns how long the handler may take, measured from its own start.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the phase in which the handler runs.
    #[must_use]
    pub fn phase(&self) -> HandlerPhase {
        self.phase
    }

    /// Returns where the handler is in the source: file and line.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Returns the names of the handlers that this one runs after.
    ///
    /// It waits for those of the same phase and priority. The others have ended before its turn comes.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::plan::*; }
    /// use graceful::PlannedHandler;
    ///
    /// fn print(handler: &PlannedHandler) {
    ///     let after: Vec<_> = handler.after().collect();
    ///     println!("{} runs after {}", handler.name(), after.join(", "));
    /// }
    /// ```
    pub fn after(&self) -> impl Iterator<Item = &str> {
        self.chain.iter().flat_map(|chain| &chain.after).map(|before| &*before.name)
    }

    /// The same handler after others.
    #[doc(hidden)]
    #[must_use]
    pub fn runs_after(mut self, after: Vec<Before>) -> Self {
        self.set_after(after);
        self
    }

    #[doc(hidden)]
    pub fn set_after(&mut self, after: Vec<Before>) {
        self.chain = (!after.is_empty()).then(|| Box::new(Chain { after, ..Chain::default() }));
    }

    /// The chain, if it is part of one.
    #[doc(hidden)]
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        self.chain.as_deref()
    }

    /// The longest time from the start of its priority to its end.
    #[doc(hidden)]
    #[must_use]
    pub fn end(&self) -> Duration {
        self.start().saturating_add(self.timeout)
    }

    /// The longest time from the start of its priority to its own start.
    pub(super) fn start(&self) -> Duration {
        self.chain().map_or(Duration::ZERO, |chain| chain.start)
    }

    /// The same handler in the drain, where those of a skipped lame duck run.
    #[doc(hidden)]
    #[must_use]
    pub fn in_the_drain(mut self) -> Self {
        if self.phase == HandlerPhase::LameDuck {
            self.phase = HandlerPhase::Drain;
        }
        self
    }

    /// The sort key of handlers: the order in which they run, then the name.
    #[doc(hidden)]
    #[must_use]
    pub fn order(&self) -> (HandlerPhase, Reverse<i32>, &str, &str) {
        (self.phase, Reverse(self.priority), &self.name, &self.location)
    }
}
