//! Chains of handlers that run after one another, within one priority.

use std::time::Duration;

use crate::phase::HandlerPhase;

/// A handler, as far as its chains depend on it.
#[derive(Debug, Clone)]
pub struct Link {
    /// When it runs.
    pub phase: HandlerPhase,
    /// Higher runs first.
    pub priority: i32,
    /// How long it may take.
    pub timeout: Duration,
    /// The places in the list of the handlers that it runs after.
    pub after: Vec<usize>,
}

impl Link {
    /// Only handlers of one phase and priority wait for each other: the others are in order anyway.
    #[must_use]
    pub fn waits_for(&self, other: &Self) -> bool {
        (self.phase, self.priority) == (other.phase, other.priority)
    }
}

/// The place of a handler in its chains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// How many handlers of the longest chain run before it. `usize::MAX` in a cycle, which only a damaged record has.
    pub level: usize,
    /// The longest time from the start of the priority to its own start.
    pub start: Duration,
    /// The longest time that the chains take after its end.
    pub rest: Duration,
}

impl Position {
    /// The longest time from the start of the priority to the end of a handler with this timeout.
    #[must_use]
    pub fn end(&self, timeout: Duration) -> Duration {
        self.start.saturating_add(timeout)
    }
}

/// The position of each handler. Takes time in proportion to the number of handlers and of paths in `after`.
#[must_use]
pub fn positions(links: &[Link]) -> Vec<Position> {
    let mut positions = vec![Position { level: usize::MAX, ..Position::default() }; links.len()];
    let order = in_order(links);
    for place in order.iter().copied() {
        let mut own = Position::default();
        for (before, link) in waits_for(links, place) {
            let Position { level, start, .. } = positions.get(before).copied().unwrap_or_default();
            own.level = own.level.max(level.saturating_add(1));
            own.start = own.start.max(start.saturating_add(link.timeout));
        }
        if let Some(position) = positions.get_mut(place) {
            *position = own;
        }
    }
    for place in order.into_iter().rev() {
        let (Some(link), Some(position)) = (links.get(place), positions.get(place)) else { continue };
        let rest = position.rest.saturating_add(link.timeout);
        for (before, _) in waits_for(links, place) {
            if let Some(position) = positions.get_mut(before) {
                position.rest = position.rest.max(rest);
            }
        }
    }
    positions
}

/// Each handler with the longest time from the start of its priority to its end, as [`worst_case`](crate::budget::worst_case)
/// takes them: the timeouts, if nobody waits.
#[must_use]
pub fn ends(links: &[Link]) -> Vec<(HandlerPhase, i32, Duration)> {
    let ends = positions(links).into_iter().zip(links);
    ends.map(|(position, link)| (link.phase, link.priority, position.end(link.timeout))).collect()
}

/// The handlers that the one at this place waits for, with their places.
fn waits_for(links: &[Link], place: usize) -> impl Iterator<Item = (usize, &Link)> {
    let link = links.get(place);
    let named = link.into_iter().flat_map(|link| link.after.iter().map(move |before| (link, *before)));
    named.filter_map(|(link, before)| {
        let other = links.get(before)?;
        link.waits_for(other).then_some((before, other))
    })
}

/// The places of the handlers, each after those that it waits for. Without those that wait in a cycle.
fn in_order(links: &[Link]) -> Vec<usize> {
    let mut waiting = Vec::with_capacity(links.len());
    let mut successors = vec![Vec::new(); links.len()];
    let mut order = Vec::with_capacity(links.len());
    for place in 0..links.len() {
        let mut count = 0_usize;
        for (before, _) in waits_for(links, place) {
            count += 1;
            if let Some(successors) = successors.get_mut(before) {
                successors.push(place);
            }
        }
        waiting.push(count);
        if count == 0 {
            order.push(place);
        }
    }
    let mut next = 0;
    while let Some(ended) = order.get(next).copied() {
        next += 1;
        for &successor in successors.get(ended).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(successor) {
                *count -= 1;
                if *count == 0 {
                    order.push(successor);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::budget::worst_case;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn link(timeout: u64, after: &[usize]) -> Link {
        Link { phase: HandlerPhase::Teardown, priority: 0, timeout: secs(timeout), after: after.to_vec() }
    }

    #[test]
    fn chains_overlap() {
        // 0 → 1 → 2, and 3 → 4; 5 waits for both.
        let links = [link(1, &[]), link(2, &[0]), link(3, &[1]), link(9, &[]), link(1, &[3]), link(4, &[2, 4])];
        let positions = positions(&links);
        let of = |of: fn(&Position) -> Duration| positions.iter().map(of).collect::<Vec<_>>();
        assert_eq!(of(|position| position.start), [0, 1, 3, 0, 9, 10].map(secs));
        assert_eq!(of(|position| position.rest), [9, 7, 4, 5, 4, 0].map(secs));
        assert_eq!(positions.iter().map(|position| position.level).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 3]);
    }

    #[test]
    fn the_worst_case_is_the_longest_chain_of_each_priority() {
        let links = [link(3, &[1]), link(2, &[]), link(4, &[]), Link { priority: 1, ..link(7, &[0]) }];
        assert_eq!(worst_case(&[HandlerPhase::Teardown], ends(&links)), secs(5 + 7));
    }

    #[test]
    fn other_priorities_and_phases_are_not_waited_for() {
        let links = [
            Link { priority: 1, ..link(1, &[]) },
            Link { phase: HandlerPhase::Drain, ..link(2, &[]) },
            link(3, &[0, 1]),
        ];
        assert!(positions(&links).iter().all(|position| *position == Position::default()));
    }

    #[test]
    fn a_cycle_is_not_waited_for() {
        let links = [link(1, &[1]), link(1, &[0]), link(1, &[2]), link(1, &[7]), link(1, &[3, 1])];
        let levels: Vec<_> = positions(&links).iter().map(|position| position.level).collect();
        assert_eq!(levels, [usize::MAX, usize::MAX, usize::MAX, 0, usize::MAX]);
    }

    #[test]
    fn a_long_chain_is_no_recursion() {
        let links: Vec<_> = (0..100_000_usize).map(|place| link(1, &[place.wrapping_sub(1)])).collect();
        assert_eq!(positions(&links).last().map(|position| position.start), Some(secs(99_999)));
    }

    fn any_links() -> impl Strategy<Value = Vec<Link>> {
        let phase = proptest::sample::select(&HandlerPhase::ALL[2..]);
        let any_link = (phase, 0..2_i32, 0..100_u64, vec(any::<usize>(), 0..4));
        // A shuffled order, in which each one runs after some of those before it.
        vec(any_link, 0..12).prop_flat_map(|links| {
            let places: Vec<usize> = (0..links.len()).collect();
            (Just(links), Just(places).prop_shuffle()).prop_map(|(links, places)| {
                let mut shuffled = vec![link(0, &[]); links.len()];
                for (number, (phase, priority, timeout, after)) in links.into_iter().enumerate() {
                    let earlier = |any: usize| if number == 0 { None } else { places.get(any % number).copied() };
                    let after = after.into_iter().filter_map(earlier).collect();
                    shuffled[places[number]] = Link { phase, priority, timeout: secs(timeout), after };
                }
                shuffled
            })
        })
    }

    /// By trying every chain.
    fn longest_before(links: &[Link], place: usize) -> Duration {
        let before = waits_for(links, place).map(|(before, link)| longest_before(links, before) + link.timeout);
        before.max().unwrap_or_default()
    }

    fn longest_after(links: &[Link], place: usize) -> Duration {
        let waiting = (0..links.len()).filter(|next| waits_for(links, *next).any(|(before, _)| before == place));
        waiting.map(|next| links[next].timeout + longest_after(links, next)).max().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn positions_are_those_of_every_chain(links in any_links()) {
            let positions = positions(&links);
            for (place, position) in positions.iter().enumerate() {
                prop_assert_eq!(position.start, longest_before(&links, place));
                prop_assert_eq!(position.rest, longest_after(&links, place));
                for (before, _) in waits_for(&links, place) {
                    prop_assert!(positions[before].level < position.level);
                }
            }
        }
    }
}
