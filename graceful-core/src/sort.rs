//! One sort for all, so that a sort's code, which is long, is compiled once and not for each type of element.

use std::cmp::Ordering;

/// Sorts stably: equal elements keep their order.
#[must_use]
pub fn sorted<T>(elements: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let places = places(elements.len(), &|a, b| match (elements.get(a), elements.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        // Every place is one of an element.
        _ => Ordering::Equal,
    });
    let mut elements: Vec<Option<T>> = elements.into_iter().map(Some).collect();
    places.into_iter().filter_map(|place| elements.get_mut(place)?.take()).collect()
}

fn places(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
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
