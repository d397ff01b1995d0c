//! The handlers of one priority.

use std::time::Duration;

use super::PlannedHandler;
use super::chain::Chain;
use crate::text::{count, duration, escape};

/// The handlers of one priority, which run concurrently, but for those that run after others of them. Returned by [`Plan::groups`](super::Plan::groups).
///
/// ```
/// # mod graceful { pub use graceful_core::plan::*; }
/// use graceful::Plan;
///
/// fn print(plan: &Plan) {
///     for group in plan.drain_groups().chain(plan.groups()) {
///         let handlers = group.handlers().len();
///         println!("priority {}: {handlers} handlers, at most {:?}", group.priority(), group.worst_case());
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group<'a> {
    pub(super) priority: i32,
    pub(super) handlers: &'a [PlannedHandler],
}

impl<'a> Group<'a> {
    /// Returns the priority. Groups of higher priority run first.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Returns the handlers, at least one.
    #[must_use]
    pub fn handlers(&self) -> &'a [PlannedHandler] {
        self.handlers
    }

    /// Returns the longest timeout of the handlers, or of those that run one after another together.
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.handlers.iter().map(PlannedHandler::end).max().unwrap_or_default()
    }

    /// "the timeouts of priority 10 (12 s: `close_database`)": those that make the group as long as it is.
    pub(super) fn timeouts(&self) -> String {
        const NAMED: usize = 3;

        let worst_case = self.worst_case();
        let mut names = String::new();
        let mut more = 0;
        let decides = |handler: &&PlannedHandler| {
            let rest = handler.chain().map_or(Duration::ZERO, Chain::rest);
            handler.end().saturating_add(rest) == worst_case
        };
        for handler in self.handlers.iter().filter(decides) {
            more += 1;
            if more <= NAMED {
                let comma = if more > 1 { ", " } else { "" };
                names.push_str(&format!("{comma}`{}`", escape(handler.name())));
            }
        }
        if more > NAMED {
            names.push_str(&format!(" and {} more", count(more - NAMED)));
        }
        format!("the timeouts of priority {} ({}: {names})", self.priority, duration(worst_case))
    }
}
