//! The plan: what will happen at shutdown, known before it happens.

mod chain;
#[cfg(feature = "serde")]
mod deserialize;
mod does_not_fit;
mod drawing;
mod group;
mod handler;
mod label;
mod scopes;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(test)]
mod tests;

use std::time::Duration;

#[doc(hidden)]
pub use self::chain::{Before, Chain, by_name, in_order, in_order_by};
pub use self::does_not_fit::DoesNotFit;
pub use self::group::Group;
pub use self::handler::PlannedHandler;
#[doc(hidden)]
pub use self::label::{Description, Label};
pub use self::scopes::PlannedScopes;

use crate::phase::HandlerPhase;
use crate::timeouts::Timeouts;

/// The plan of the shutdown: the handlers in running order, and how long it takes in the worst case.
///
/// Returned by `graceful::plan()`. Its `Display` is a picture of at most 80 columns, for a terminal or a log. With the
/// feature `serde` it serializes, with durations in milliseconds, and is read back from that.
///
/// ```
/// # mod graceful {
/// #     pub use graceful_core::plan::*;
/// #     pub fn plan() -> Plan { Plan::new(&Default::default(), Vec::new()) }
/// # }
/// let plan = graceful::plan();
/// println!("{plan}");
/// assert!(plan.worst_case() <= plan.grace_period());
/// let handlers = plan.teardown_worst_case() + plan.flush_worst_case();
/// assert_eq!(plan.worst_case(), plan.lame_duck() + plan.drain_timeout() + handlers);
/// for handler in plan.handlers() {
///     println!("{} in {}: at most {:?}", handler.name(), handler.location(), handler.timeout());
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plan {
    grace_period: Duration,
    lame_duck: Duration,
    drain_timeout: Duration,
    /// In the order in which they are begun.
    handlers: Vec<PlannedHandler>,
    scopes: Option<PlannedScopes>,
    warnings: Vec<String>,
}

impl Plan {
    /// Sorts the handlers, so that the picture does not depend on the order in which they were linked. Without a lame duck its handlers are those of the drain.
    #[doc(hidden)]
    #[must_use]
    pub fn new(timeouts: &Timeouts, handlers: Vec<PlannedHandler>) -> Self {
        Self::ordered_by(in_order, timeouts, handlers)
    }

    /// The same, sorted by `order`.
    #[doc(hidden)]
    #[must_use]
    pub fn ordered_by(
        order: fn(Vec<PlannedHandler>) -> Vec<PlannedHandler>,
        timeouts: &Timeouts,
        mut handlers: Vec<PlannedHandler>,
    ) -> Self {
        if timeouts.lame_duck.is_zero() {
            handlers = handlers.into_iter().map(PlannedHandler::in_the_drain).collect();
        }
        let handlers = order(handlers);
        Self {
            grace_period: timeouts.grace_period,
            lame_duck: timeouts.lame_duck,
            drain_timeout: timeouts.effective_drain_timeout(),
            handlers,
            scopes: None,
            warnings: Vec::new(),
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_scopes(self, scopes: Option<PlannedScopes>) -> Self {
        Self { scopes, ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }

    /// Returns the grace period: the time from the trigger to the forced exit.
    #[must_use]
    pub fn grace_period(&self) -> Duration {
        self.grace_period
    }

    /// Returns how long the lame duck lasts at most: as long as is set, or as its handlers take. Zero if it is skipped.
    #[must_use]
    pub fn lame_duck(&self) -> Duration {
        match self.lame_duck {
            Duration::ZERO => Duration::ZERO,
            set => set.max(self.worst_case_of(HandlerPhase::LameDuck)),
        }
    }

    /// Returns how long the drain may take.
    #[must_use]
    pub fn drain_timeout(&self) -> Duration {
        self.drain_timeout
    }

    /// Returns all handlers: those of the lame duck, of the drain, of the teardown and of the flush, each by priority from high to
    /// low, and after the handlers that it [waits for](PlannedHandler::after).
    #[must_use]
    pub fn handlers(&self) -> &[PlannedHandler] {
        &self.handlers
    }

    /// Returns what is known of the scopes at this moment. `None` if there is none.
    ///
    /// Their handlers are not in [`handlers`](Self::handlers).
    #[must_use]
    pub fn scopes(&self) -> Option<&PlannedScopes> {
        self.scopes.as_ref()
    }

    fn scopes_worst_case(&self) -> Duration {
        self.scopes.as_ref().map_or(Duration::ZERO, PlannedScopes::worst_case)
    }

    /// Returns what is probably wrong with the program, such as two values of one type that were given to
    /// `graceful::provide`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::plan::Plan; }
    /// fn is_flawless(plan: &graceful::Plan) -> bool {
    ///     plan.warnings().is_empty() && plan.fits().is_ok()
    /// }
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the groups of the teardown, by priority from high to low. Each starts when the one before has ended.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups_of(HandlerPhase::Teardown)
    }

    /// Returns the groups that start at the trigger and run during the lame duck, by priority from high to low.
    ///
    /// The lame duck lasts at least until they have ended. If it is skipped, they run in the drain.
    ///
    /// ```
    /// # mod graceful {
    /// #     pub use graceful_core::plan::*;
    /// #     pub fn plan() -> Plan { Plan::new(&Default::default(), Vec::new()) }
    /// # }
    /// for group in graceful::plan().lame_duck_groups() {
    ///     println!("at the trigger, priority {}: at most {:?}", group.priority(), group.worst_case());
    /// }
    /// ```
    pub fn lame_duck_groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups_of(HandlerPhase::LameDuck)
    }

    /// Returns the groups that run during the drain, by priority from high to low.
    ///
    /// Their timeouts are not part of the worst case, since the drain timeout limits them.
    pub fn drain_groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups_of(HandlerPhase::Drain)
    }

    /// Returns the groups of the flush, which run after the report, by priority from high to low.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::plan::*; }
    /// fn is_flushed(plan: &graceful::Plan) -> bool {
    ///     plan.flush_groups().count() > 0
    /// }
    /// ```
    pub fn flush_groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups_of(HandlerPhase::Flush)
    }

    fn groups_of(&self, phase: HandlerPhase) -> impl Iterator<Item = Group<'_>> {
        let groups = self.handlers.chunk_by(|a, b| (a.phase(), a.priority()) == (b.phase(), b.priority()));
        groups.filter_map(move |handlers| {
            let first = handlers.first()?;
            (first.phase() == phase).then_some(Group { priority: first.priority(), handlers })
        })
    }

    /// Returns the longest time that the teardown can take: the sum of each group's worst case.
    ///
    /// A sum that does not fit into a `Duration` is `Duration::MAX`.
    #[must_use]
    pub fn teardown_worst_case(&self) -> Duration {
        self.worst_case_of(HandlerPhase::Teardown)
    }

    /// Returns the longest time that the handlers of the flush can take: the sum of each group's worst case.
    ///
    /// A sum that does not fit into a `Duration` is `Duration::MAX`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_core::plan::*; }
    /// fn for_the_handlers(plan: &graceful::Plan) -> std::time::Duration {
    ///     plan.teardown_worst_case().saturating_add(plan.flush_worst_case())
    /// }
    /// ```
    #[must_use]
    pub fn flush_worst_case(&self) -> Duration {
        self.worst_case_of(HandlerPhase::Flush)
    }

    fn worst_case_of(&self, phase: HandlerPhase) -> Duration {
        self.groups_of(phase).fold(Duration::ZERO, |sum, group| sum.saturating_add(group.worst_case()))
    }

    /// Returns the longest time that the shutdown can take: lame duck, drain timeout, the handlers of the [scopes](Self::scopes),
    /// [`teardown_worst_case`](Self::teardown_worst_case) and [`flush_worst_case`](Self::flush_worst_case) together.
    ///
    /// A sum that does not fit into a `Duration` is `Duration::MAX`.
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        let of_program = self.teardown_worst_case().saturating_add(self.flush_worst_case());
        let handlers = self.scopes_worst_case().saturating_add(of_program);
        self.lame_duck().saturating_add(self.drain_timeout).saturating_add(handlers)
    }

    /// Checks that the worst case fits into the grace period.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] if it is longer. The shutdown then gives less time to each step, so that all of them still run.
    pub fn fits(&self) -> Result<(), DoesNotFit> {
        if self.worst_case() <= self.grace_period {
            return Ok(());
        }
        let longest = self
            .groups()
            .chain(self.flush_groups())
            // The first of equals: `max_by_key` gives the last.
            .reduce(|a, b| if b.worst_case() > a.worst_case() { b } else { a })
            .filter(|group| !group.worst_case().is_zero());
        Err(DoesNotFit {
            grace_period: self.grace_period,
            lame_duck: self.lame_duck(),
            drain_timeout: self.drain_timeout,
            scopes: self.scopes_worst_case(),
            teardown: self.teardown_worst_case(),
            flush: self.flush_worst_case(),
            longest: longest.map(|group| group.timeouts()),
        })
    }
}
