//! One sort for all, so that a sort's code, which is long, is compiled once and not for each type of element.

use std::cmp::Ordering;
use std::mem;

/// Sorts stably: equal elements keep their order.
#[must_use]
pub fn sorted<T>(mut elements: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = order(elements.len(), &|a, b| match (elements.get(a), elements.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        // Every place is one of an element.
        _ => Ordering::Equal,
    });
    arrange(order, &mut |a, b| elements.swap(a, b));
    elements
}

/// For each place, which element belongs there.
fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Moves each element to its place.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for first in 0..order.len() {
        let mut place = first;
        // The first element of a circle of exchanges moves along until it is at its own place.
        while let Some(belongs_here) = order.get_mut(place).map(|which| mem::replace(which, place))
            && belongs_here != first
        {
            swap(place, belongs_here);
            place = belongs_here;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_std_sorts(elements in vec((any::<u8>(), any::<u8>()), 0..200)) {
            let mut expected = elements.clone();
            expected.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(sorted(elements, |(a, _), (b, _)| a.cmp(b)), expected);
        }
    }
}
