//! The functions that were registered at run time, in the order of their registration.

use super::EntryId;

/// Ordered by id. A removed entry leaves a gap, so a removal does not move the later entries. When more than half of the
/// list is gaps, they are closed. A `BTreeMap` has twenty times the code, and is compiled for each type of entry.
pub(crate) struct List<T> {
    slots: Vec<(EntryId, Option<T>)>,
    gaps: usize,
}

impl<T> List<T> {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), gaps: 0 }
    }

    /// Adds an entry. Its id must be higher than those of all entries before it.
    pub(crate) fn push(&mut self, id: EntryId, entry: T) {
        self.slots.push((id, Some(entry)));
    }

    /// Removes an entry if it exists and `may` allows it.
    pub(crate) fn remove(&mut self, id: EntryId, may: impl FnOnce(&T) -> bool) -> Option<T> {
        let place = self.slots.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        let (_, slot) = self.slots.get_mut(place)?;
        let removed = slot.take_if(|entry| may(entry))?;
        self.gaps += 1;
        if self.gaps > self.slots.len() / 2 {
            self.slots.retain(|(_, slot)| slot.is_some());
            self.gaps = 0;
        }
        Some(removed)
    }

    pub(crate) fn get_mut(&mut self, id: EntryId) -> Option<&mut T> {
        let place = self.slots.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.slots.get_mut(place)?.1.as_mut()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.gaps == self.slots.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|(_, slot)| slot.as_ref())
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().filter_map(|(_, slot)| slot.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Each number removes an entry, or adds one if there is none with that id.
        #[test]
        fn as_a_map_does(ids in vec(0..60_u64, 0..200)) {
            let (mut list, mut map) = (List::new(), BTreeMap::new());
            for (id, next) in ids.into_iter().map(EntryId).zip(0..) {
                let removed = list.remove(id, |_| true);
                prop_assert_eq!(removed, map.remove(&id));
                if removed.is_none() {
                    list.push(EntryId(next), next);
                    map.insert(EntryId(next), next);
                }
                prop_assert_eq!(list.get_mut(id), map.get_mut(&id));
                prop_assert!(list.values().eq(map.values()));
                prop_assert_eq!(list.is_empty(), map.is_empty());
                prop_assert!(list.values_mut().eq(map.values_mut()));
            }
        }
    }
}
