//! What the plan knows of the scopes.

use std::time::Duration;

/// The scopes that exist when the plan is made, in a [`Plan`](super::Plan): their handlers run after the drain, before teardown.
///
/// The plan cannot know the scopes that are made later, nor the handlers that existing ones get.
///
/// ```
/// # mod graceful { pub use graceful_core::plan::*; }
/// fn print(plan: &graceful::Plan) {
///     if let Some(scopes) = plan.scopes() {
///         println!("{} handlers in {} scopes: at most {:?}", scopes.handlers(), scopes.number(), scopes.worst_case());
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlannedScopes {
    pub(super) number: usize,
    pub(super) handlers: usize,
    pub(super) worst_case: Duration,
}

impl PlannedScopes {
    #[doc(hidden)]
    #[must_use]
    pub fn new(number: usize, handlers: usize, worst_case: Duration) -> Self {
        Self { number, handlers, worst_case }
    }

    /// Returns how many scopes exist.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns how many handlers they have.
    #[must_use]
    pub fn handlers(&self) -> usize {
        self.handlers
    }

    /// Returns the longest time that the handlers can take: those of scopes beside each other run at the same time, and those of
    /// scopes in each other in turn.
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.worst_case
    }
}
