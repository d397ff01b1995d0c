//! The order of handlers that run after one another.

use std::borrow::Cow;
use std::time::Duration;

use super::PlannedHandler;
use crate::chains::{self, Link};
use crate::sort::sorted;

/// The place of a handler among those that it runs after, and those that run after it.
#[doc(hidden)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Chain {
    pub(super) after: Vec<Before>,
    /// The longest time from the start of its priority to its own start.
    pub(super) start: Duration,
    /// The longest time that the handlers take after its end that wait for it.
    pub(super) rest: Duration,
}

/// A handler that another one runs after.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Before {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its place in the list of handlers. `None` if it is not in the list, or has ended before the other one's turn comes.
    pub place: Option<usize>,
}

impl Chain {
    /// The longest time that the handlers take after its end that wait for it.
    #[must_use]
    pub fn rest(&self) -> Duration {
        self.rest
    }

    /// The places of the handlers that it waits for, in a list that is [`in_order`]. All of them are before its own place, and
    /// in the same group.
    pub fn waits_for(&self) -> impl Iterator<Item = usize> {
        self.after.iter().filter_map(|before| before.place)
    }
}

/// Sorts handlers of which none runs after others: by phase, by priority from high to low, then by name and location.
#[doc(hidden)]
#[must_use]
pub fn by_name(handlers: Vec<PlannedHandler>) -> Vec<PlannedHandler> {
    sorted(handlers, |a, b| a.order().cmp(&b.order()))
}

/// Sorts handlers: by phase, by priority from high to low, each after those that it waits for, then by name and location.
/// Computes their chains.
#[doc(hidden)]
#[must_use]
pub fn in_order(handlers: Vec<PlannedHandler>) -> Vec<PlannedHandler> {
    if handlers.iter().all(|handler| handler.chain.is_none()) {
        return by_name(handlers);
    }
    in_order_by(handlers, |handler| handler, |handler| handler)
}

/// Sorts what has handlers in it, as [`in_order`].
#[doc(hidden)]
#[must_use]
pub fn in_order_by<T>(
    handlers: Vec<T>,
    planned: fn(&T) -> &PlannedHandler,
    planned_mut: fn(&mut T) -> &mut PlannedHandler,
) -> Vec<T> {
    let links: Vec<Link> = handlers.iter().map(|handler| link(planned(handler))).collect();
    let positions = chains::positions(&links);
    let handlers = handlers.into_iter().enumerate().zip(positions).map(|((place, mut handler), position)| {
        let own = &mut planned_mut(&mut handler).chain;
        if !position.rest.is_zero() {
            own.get_or_insert_default();
        }
        if let Some(chain) = own {
            (chain.start, chain.rest) = (position.start, position.rest);
        }
        (position.level, place, handler)
    });
    let mut handlers = sorted(handlers.collect(), |(a_level, _, a), (b_level, _, b)| {
        let (a_phase, a_priority, a_name, a_location) = planned(a).order();
        let (b_phase, b_priority, b_name, b_location) = planned(b).order();
        (a_phase, a_priority, a_level, a_name, a_location).cmp(&(b_phase, b_priority, b_level, b_name, b_location))
    });
    let mut places = vec![0; handlers.len()];
    for (place, (_, before, _)) in handlers.iter().enumerate() {
        if let Some(now) = places.get_mut(*before) {
            *now = place;
        }
    }
    for place in 0..handlers.len() {
        let Some((_, old, handler)) = handlers.get_mut(place) else { continue };
        let Some(chain) = &mut planned_mut(handler).chain else { continue };
        let link = links.get(*old);
        for before in &mut chain.after {
            let waits = |place: &usize| links.get(*place).zip(link).is_some_and(|(other, link)| link.waits_for(other));
            // One that is not before it is in a cycle.
            let now = before.place.filter(waits).and_then(|before| places.get(before).copied());
            before.place = now.filter(|now| *now < place);
        }
    }
    handlers.into_iter().map(|(.., handler)| handler).collect()
}

fn link(planned: &PlannedHandler) -> Link {
    Link {
        phase: planned.phase,
        priority: planned.priority,
        timeout: planned.timeout,
        after: planned.chain().into_iter().flat_map(Chain::waits_for).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::phase::HandlerPhase;

    proptest! {
        /// Also for a graph with cycles, which only a damaged binary has.
        #[test]
        fn each_is_after_those_that_it_waits_for(handlers in vec((0..3_i32, 0..9_u64, vec(0..12_usize, 0..4)), 0..12)) {
            let name = |place: usize| format!("{place}");
            let handler = |(place, (priority, timeout, after)): (usize, (i32, u64, Vec<usize>))| {
                let timeout = Duration::from_secs(timeout);
                let handler = PlannedHandler::new(name(place), priority, timeout, HandlerPhase::Drain, "here:1");
                let before = |place| Before { name: name(place).into(), place: Some(place) };
                handler.runs_after(after.into_iter().map(before).collect())
            };
            let handlers: Vec<_> = handlers.into_iter().enumerate().map(handler).collect();
            let sorted = in_order(handlers.clone());
            prop_assert_eq!(sorted.len(), handlers.len());
            prop_assert!(sorted.is_sorted_by_key(|handler| std::cmp::Reverse(handler.priority)));
            for (place, handler) in sorted.iter().enumerate() {
                for before in handler.chain().into_iter().flat_map(|chain| &chain.after) {
                    let Some(at) = before.place else { continue };
                    prop_assert!(at < place && *sorted[at].name == *before.name && sorted[at].priority == handler.priority);
                }
            }
        }
    }
}
