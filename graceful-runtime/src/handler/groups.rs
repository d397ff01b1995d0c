//! Handlers of equal priority, in the order in which the groups run.

use std::time::Duration;

use super::registry::Registered;

pub(crate) struct Group {
    pub(crate) handlers: Vec<Registered>,
    /// Its longest timeout.
    pub(crate) longest: Duration,
    /// The sum of the longest timeouts of the groups behind it.
    pub(crate) rest: Duration,
}

/// Splits handlers that are sorted by priority.
pub(crate) fn groups(handlers: Vec<Registered>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for handler in handlers {
        let (priority, timeout) = (handler.planned.priority(), handler.planned.timeout());
        let belongs =
            |group: &&mut Group| group.handlers.last().is_some_and(|last| last.planned.priority() == priority);
        match groups.last_mut().filter(belongs) {
            Some(group) => {
                group.longest = group.longest.max(timeout);
                group.handlers.push(handler);
            }
            None => groups.push(Group { handlers: vec![handler], longest: timeout, rest: Duration::ZERO }),
        }
    }
    let mut rest = Duration::ZERO;
    for group in groups.iter_mut().rev() {
        group.rest = rest;
        rest = rest.saturating_add(group.longest);
    }
    groups
}
