//! The budget: shares one deadline among the steps of a shutdown.
//!
//! Nothing here reads a clock. The sequence asks before each step with the time that is left, so the time that one step does not
//! use goes to the next.

use std::time::Duration;

use crate::phase::HandlerPhase;
use crate::sort::sorted;

const MAX_MARGIN: Duration = Duration::from_millis(250);
const MAX_ABORT_GRACE: Duration = Duration::from_secs(1);
const MAX_KEEP_RESERVE: Duration = Duration::from_secs(1);
const MAX_RUNTIME_TIMEOUT: Duration = Duration::from_millis(250);

/// The shortest wait. Even if no time is left, a step must be able to notice that its work has ended.
pub const MIN_WAIT: Duration = Duration::from_millis(1);

/// The time that is reserved for the report and the exit: a tenth of the grace period, at most 250 ms.
#[must_use]
pub fn margin(grace_period: Duration) -> Duration {
    (grace_period / 10).min(MAX_MARGIN)
}

/// The part of the margin that is reserved for the message before a forced exit: half of it, at most 125 ms.
#[must_use]
pub fn message_timeout(grace_period: Duration) -> Duration {
    margin(grace_period) / 2
}

/// How long the drain, or the handlers of the lame duck, may last. `left` is the time until the end, without the margin.
///
/// Returns `drain_timeout`, or less if that would not leave `reserve`, the plan's worst case for what comes after. Returns at
/// least a quarter of `left`, so that a plan that does not fit leaves the phase some time.
#[must_use]
pub fn drain(left: Duration, drain_timeout: Duration, reserve: Duration) -> Duration {
    left.saturating_sub(reserve).max(left / 4).min(drain_timeout)
}

/// How long aborted work may take to end: a tenth of `left`, at most 1 s.
#[must_use]
pub fn abort_grace(left: Duration) -> Duration {
    (left / 10).min(MAX_ABORT_GRACE)
}

/// The time that is reserved for the values given to `keep`: a tenth of the grace period, at most 1 s.
#[must_use]
pub fn keep_reserve(grace_period: Duration) -> Duration {
    (grace_period / 10).min(MAX_KEEP_RESERVE)
}

/// How long the report may take. `reserve` is the time that the flush needs after it.
///
/// At least a quarter of `left`, so that a plan that does not fit leaves the report some time.
#[must_use]
pub fn report(left: Duration, reserve: Duration) -> Duration {
    left.saturating_sub(reserve).max(left / 4)
}

/// How long the application's runtime may take to drop its tasks: a tenth of `left`, at most 250 ms.
#[must_use]
pub fn runtime_timeout(left: Duration) -> Duration {
    (left / 10).min(MAX_RUNTIME_TIMEOUT)
}

/// How long the first of several groups may take.
///
/// `first` is that group's longest timeout, `rest` the sum of the later groups' longest timeouts. If all of it fits
/// into what is left, it is `first`; else what is left is shared in proportion to the timeouts.
#[must_use]
pub fn share(left: Duration, first: Duration, rest: Duration) -> Duration {
    // A sum that overflows fits into nothing.
    if first.checked_add(rest).is_some_and(|total| total <= left) {
        return first;
    }
    // No division by zero: a total of zero fits.
    let total = nanos(first) + nanos(rest);
    let share = nanos(left) * nanos(first) / total;
    Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX))
}

/// How long the handlers of the first of several groups may take if some of them run after others.
///
/// `longest` is that group's longest chain, `rest` the sum of the later groups' longest chains. It is the group's
/// [`share`], and the time that is left over if all of it fits. Each handler gets its share of what is left of this time at
/// its start: `share(left, timeout, chain)`, where `chain` is the longest time that the handlers need that wait for it.
#[must_use]
pub fn window(left: Duration, longest: Duration, rest: Duration) -> Duration {
    share(left, longest, rest).max(left.saturating_sub(rest))
}

/// The worst case of some phases: the sum of the longest timeouts of each priority in each of `phases`. Each handler is given as
/// its phase, its priority and its timeout. If some run after others, [`chains::ends`](crate::chains::ends) has the times.
#[must_use]
pub fn worst_case(
    phases: &[HandlerPhase],
    handlers: impl IntoIterator<Item = (HandlerPhase, i32, Duration)>,
) -> Duration {
    // Most handlers have the priority of the one before, and need no sort.
    let mut longest: Vec<(HandlerPhase, i32, Duration)> = Vec::new();
    for (phase, priority, timeout) in handlers.into_iter().filter(|(phase, ..)| phases.contains(phase)) {
        match longest.last_mut() {
            Some(last) if (last.0, last.1) == (phase, priority) => last.2 = last.2.max(timeout),
            _ => longest.push((phase, priority, timeout)),
        }
    }
    sum_of_longest(longest)
}

/// How long the lame duck lasts at most: as long as is set, or as its handlers take. Zero if it is skipped.
#[must_use]
pub fn lame_duck(set: Duration, handlers: impl IntoIterator<Item = (HandlerPhase, i32, Duration)>) -> Duration {
    if set.is_zero() { set } else { set.max(worst_case(&[HandlerPhase::LameDuck], handlers)) }
}

fn sum_of_longest(handlers: Vec<(HandlerPhase, i32, Duration)>) -> Duration {
    let handlers = sorted(handlers, Ord::cmp);
    // The last of each group is its longest.
    let next = handlers.iter().skip(1).map(Some).chain([None]);
    let longest = handlers.iter().zip(next).filter(|(this, next)| {
        let group = |handler: &(HandlerPhase, i32, Duration)| (handler.0, handler.1);
        next.is_none_or(|next| group(next) != group(this))
    });
    longest.fold(Duration::ZERO, |sum, ((.., timeout), _)| sum.saturating_add(*timeout))
}

/// Not more than `u64::MAX`, 584 years, so that a product of two fits into the `u128`.
fn nanos(duration: Duration) -> u128 {
    duration.as_nanos().min(u128::from(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::chains::{Link, Position, positions};

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Of every order of magnitude, up to the greatest there is.
    fn any_duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            Just(Duration::ZERO),
            (0..1_000_u64).prop_map(Duration::from_nanos),
            (0..100_000_u64).prop_map(Duration::from_millis),
            any::<u64>().prop_map(Duration::from_nanos),
            (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
            Just(Duration::MAX),
        ]
    }

    fn ordinary_duration() -> impl Strategy<Value = Duration> {
        prop_oneof![(1..1_000_u64).prop_map(Duration::from_nanos), (1..3_600_000_u64).prop_map(Duration::from_millis),]
    }

    /// What each group gets when every one takes all that it may.
    fn shares(mut left: Duration, timeouts: &[Duration]) -> Vec<Duration> {
        let mut rest: Duration = timeouts.iter().sum();
        let mut shares = Vec::new();
        for first in timeouts {
            rest -= *first;
            let share = share(left, *first, rest);
            left -= share; // panics when it is more than what is left
            shares.push(share);
        }
        shares
    }

    #[test]
    fn margins() {
        assert_eq!(margin(Duration::ZERO), Duration::ZERO);
        assert_eq!(margin(millis(200)), millis(20));
        assert_eq!(margin(secs(2)), millis(200));
        assert_eq!(margin(secs(30)), millis(250));
        assert_eq!(margin(Duration::MAX), millis(250));
        assert_eq!(message_timeout(secs(30)), millis(125));
    }

    #[test]
    fn drains() {
        // All fits.
        assert_eq!(drain(secs(30), secs(15), secs(10)), secs(15));
        assert_eq!(drain(secs(25), secs(15), secs(10)), secs(15));
        // The reserve is kept.
        assert_eq!(drain(secs(20), secs(15), secs(10)), secs(10));
        // A quarter is the least.
        assert_eq!(drain(secs(20), secs(15), secs(18)), secs(5));
        assert_eq!(drain(secs(20), secs(15), Duration::MAX), secs(5));
        assert_eq!(drain(secs(20), secs(3), Duration::MAX), secs(3));
        assert_eq!(drain(Duration::ZERO, secs(15), secs(10)), Duration::ZERO);
    }

    #[test]
    fn the_steps_after_the_last_handler_have_their_time() {
        assert_eq!([secs(2), secs(30)].map(keep_reserve), [millis(200), secs(1)]);
        assert_eq!(
            [millis(125), secs(20)].map(runtime_timeout),
            [millis(12) + Duration::from_micros(500), millis(250)]
        );
        assert_eq!(report(secs(4), Duration::ZERO), secs(4));
        assert_eq!(report(secs(4), secs(1)), secs(3));
        assert_eq!(report(secs(4), secs(5)), secs(1));
    }

    #[test]
    fn aborted_work_gets_a_grace() {
        assert_eq!(abort_grace(Duration::ZERO), Duration::ZERO);
        assert_eq!(abort_grace(secs(5)), millis(500));
        assert_eq!(abort_grace(secs(10)), secs(1));
        assert_eq!(abort_grace(Duration::MAX), secs(1));
    }

    #[test]
    fn the_worst_case_is_the_longest_of_each_priority() {
        use HandlerPhase::{Drain, Flush, Teardown};

        let handlers = [
            (Teardown, 20, secs(5)),
            (Teardown, 10, secs(4)),
            (Teardown, 20, secs(1)),
            (Drain, 0, secs(100)),
            (Flush, 10, secs(2)),
            (Flush, 0, secs(3)),
        ];
        assert_eq!(worst_case(&[Teardown], handlers), secs(9));
        assert_eq!(worst_case(&[Flush], handlers), secs(5));
        assert_eq!(worst_case(&[Teardown, Flush], handlers), secs(14));
        assert_eq!(worst_case(&[Teardown], []), Duration::ZERO);
        let overflow = [(Teardown, 1, Duration::MAX), (Teardown, 0, Duration::MAX)];
        assert_eq!(worst_case(&[Teardown], overflow), Duration::MAX);
    }

    #[test]
    fn groups() {
        assert_eq!(shares(secs(10), &[secs(5), secs(4)]), [secs(5), secs(4)]);
        assert_eq!(shares(secs(9), &[secs(5), secs(4)]), [secs(5), secs(4)]);
        assert_eq!(shares(secs(6), &[secs(8), secs(4)]), [secs(4), secs(2)]);
        assert_eq!(shares(secs(5), &[]), []);
        assert_eq!(shares(secs(5), &[Duration::ZERO]), [Duration::ZERO]);
        assert_eq!(shares(Duration::ZERO, &[secs(1), secs(1)]), [Duration::ZERO; 2]);
        // The sum overflows, and doesn't fit for that.
        assert!(share(Duration::MAX, Duration::MAX, Duration::MAX) < Duration::MAX);
    }

    #[test]
    fn what_a_group_leaves_rolls_on() {
        assert_eq!(share(secs(6), secs(8), secs(4)), secs(4));
        // It took 1 s only: now the next one fits.
        assert_eq!(share(secs(5), secs(4), Duration::ZERO), secs(4));
    }

    /// What each handler of one group gets if every one takes all that it gets, in the places' order, and the longest time until
    /// the last one has ended.
    fn allowances(links: &[Link], left: Duration, rest: Duration) -> (Vec<Duration>, Duration) {
        let positions = positions(links);
        let end = |(position, link): (&Position, &Link)| position.end(link.timeout);
        let longest = positions.iter().zip(links).map(end).max().unwrap_or_default();
        let window = window(left, longest, rest);
        let (mut allowances, mut ends) = (Vec::new(), Vec::<Duration>::new());
        for (link, position) in links.iter().zip(positions) {
            // Each one waits only for those before it.
            let start = link.after.iter().map(|before| ends[*before]).max().unwrap_or_default();
            let allowance = share(window - start, link.timeout, position.rest);
            allowances.push(allowance);
            ends.push(start + allowance);
        }
        (allowances, ends.into_iter().max().unwrap_or_default())
    }

    fn any_group() -> impl Strategy<Value = Vec<Link>> {
        vec((ordinary_duration(), vec(any::<usize>(), 0..3)), 1..12).prop_map(|links| {
            let link = |(number, (timeout, after)): (usize, (Duration, Vec<usize>))| {
                let after = after.into_iter().filter(|_| number > 0).map(|any| any % number.max(1)).collect();
                Link { phase: HandlerPhase::Teardown, priority: 0, timeout, after }
            };
            links.into_iter().enumerate().map(link).collect()
        })
    }

    #[test]
    fn time_is_shared_along_chains() {
        let link = |timeout, after: &[usize]| Link {
            phase: HandlerPhase::Teardown,
            priority: 0,
            timeout: secs(timeout),
            after: after.to_vec(),
        };
        // 0 → 1, beside 2.
        let links = [link(8, &[]), link(4, &[0]), link(10, &[])];
        assert_eq!(allowances(&links, secs(12), secs(0)).0, [8, 4, 10].map(secs));
        // Later groups need as much again.
        assert_eq!(allowances(&links, secs(12), secs(12)).0, [4, 2, 6].map(secs));
        assert_eq!(allowances(&links, secs(6), secs(0)).0, [4, 2, 6].map(secs));
    }

    proptest! {
        #[test]
        fn a_group_without_chains_gets_what_it_got_before(
            timeouts in vec(ordinary_duration(), 1..10),
            (left, rest) in (ordinary_duration(), ordinary_duration()),
        ) {
            let link = |timeout: &Duration| {
                Link { phase: HandlerPhase::Teardown, priority: 0, timeout: *timeout, after: Vec::new() }
            };
            let links: Vec<_> = timeouts.iter().map(link).collect();
            let longest = timeouts.iter().max().copied().unwrap_or_default();
            let expected: Vec<_> = timeouts.iter().map(|timeout| share(left, longest, rest).min(*timeout)).collect();
            prop_assert_eq!(allowances(&links, left, rest).0, expected);
        }

        #[test]
        fn chains_that_fit_are_not_cut(links in any_group(), (spare, rest) in (ordinary_duration(), ordinary_duration())) {
            let ends = positions(&links).into_iter().zip(&links).map(|(position, link)| position.end(link.timeout));
            let left = ends.max().unwrap_or_default() + rest + spare;
            let timeouts: Vec<_> = links.iter().map(|link| link.timeout).collect();
            prop_assert_eq!(allowances(&links, left, rest).0, timeouts);
        }

        #[test]
        fn chains_leave_the_later_groups_their_share(
            links in any_group(),
            scarcity in 0.0..1.0,
            rest in ordinary_duration(),
        ) {
            let ends = positions(&links).into_iter().zip(&links).map(|(position, link)| position.end(link.timeout));
            let longest = ends.max().unwrap_or_default();
            let left = (longest + rest).mul_f64(scarcity);
            let (allowances, last) = allowances(&links, left, rest);
            prop_assert!(last <= share(left, longest, rest), "{last:?}");
            // Every handler gets its part of the time, or all that it may have.
            let part = left.as_secs_f64() / (longest + rest).as_secs_f64();
            for (allowance, link) in allowances.iter().zip(&links) {
                let fair = link.timeout.mul_f64(part).saturating_sub(Duration::from_nanos(50));
                prop_assert!(*allowance <= link.timeout && *allowance >= fair, "{allowance:?} of {:?}", link.timeout);
            }
        }
    }

    proptest! {
        #[test]
        fn margin_is_small(grace_period in any_duration(), more in any_duration()) {
            let margin = margin(grace_period);
            prop_assert!(margin <= millis(250) && margin <= grace_period / 10);
            prop_assert!(margin == millis(250) || margin == grace_period / 10);
            prop_assert!(margin <= super::margin(grace_period.saturating_add(more)));
            prop_assert_eq!(message_timeout(grace_period), margin / 2);
        }

        #[test]
        fn settling_is_short(left in any_duration(), more in any_duration()) {
            let grace = abort_grace(left);
            prop_assert!(grace <= secs(1) && grace <= left / 10);
            prop_assert!(grace == secs(1) || grace == left / 10);
            prop_assert!(grace <= super::abort_grace(left.saturating_add(more)));
        }

        #[test]
        fn the_drain_keeps_its_bounds(
            left in any_duration(),
            timeout in any_duration(),
            reserve in any_duration(),
        ) {
            let drain = drain(left, timeout, reserve);
            prop_assert!(drain <= left && drain <= timeout);
            prop_assert!(drain == timeout || drain >= left / 4, "robbed");
            prop_assert!(drain <= left / 4 || left - drain >= reserve, "the reserve is touched");
            prop_assert!(
                drain == timeout || drain >= left.saturating_sub(reserve),
                "shorter than need be"
            );
        }

        #[test]
        fn the_drain_is_monotone(
            left in any_duration(),
            timeout in any_duration(),
            reserve in any_duration(),
            more in any_duration(),
        ) {
            let drain = drain(left, timeout, reserve);
            prop_assert!(drain <= super::drain(left.saturating_add(more), timeout, reserve));
            prop_assert!(drain <= super::drain(left, timeout.saturating_add(more), reserve));
            prop_assert!(drain >= super::drain(left, timeout, reserve.saturating_add(more)));
        }

        #[test]
        fn a_share_keeps_its_bounds(
            left in any_duration(),
            first in any_duration(),
            rest in any_duration(),
            more in any_duration(),
        ) {
            let share = share(left, first, rest);
            prop_assert!(share <= left && share <= first);
            prop_assert!(share <= super::share(left.saturating_add(more), first, rest));
            prop_assert!(share >= super::share(left, first, rest.saturating_add(more)));
            if rest.is_zero() {
                let all = left.min(first);
                prop_assert!(share == all || share == Duration::from_nanos(u64::MAX));
            }
        }

        #[test]
        fn what_fits_is_not_cut(
            timeouts in vec(ordinary_duration(), 0..50),
            spare in any_duration(),
        ) {
            let left = timeouts.iter().sum::<Duration>().saturating_add(spare);
            prop_assert_eq!(shares(left, &timeouts), timeouts);
        }

        #[test]
        fn what_does_not_fit_is_cut_in_proportion(
            timeouts in vec(ordinary_duration(), 1..50),
            scarcity in 0.0..1.0,
        ) {
            let total: Duration = timeouts.iter().sum();
            let left = total.mul_f64(scarcity).min(total);
            let shares = shares(left, &timeouts);
            prop_assert_eq!(shares.iter().sum::<Duration>(), left, "all that is left is used");
            for (share, timeout) in shares.iter().zip(&timeouts) {
                let fair = left.as_nanos() * timeout.as_nanos() / total.as_nanos();
                // Each group before rounded by less than a nanosecond, in favour of those after it.
                prop_assert!(share.as_nanos() >= fair, "{share:?} is less than {fair} ns");
                prop_assert!(share.as_nanos() <= fair + 50, "{share:?} is more than {fair} ns");
            }
        }

        #[test]
        fn every_group_gets_something(timeouts in vec(ordinary_duration(), 1..50)) {
            let total = timeouts.iter().sum::<Duration>().as_nanos();
            let least = timeouts.iter().min().map_or(1, Duration::as_nanos);
            let left = Duration::from_nanos(u64::try_from(total.div_ceil(least))?);
            prop_assert!(shares(left, &timeouts).iter().all(|share| !share.is_zero()));
        }
    }
}
