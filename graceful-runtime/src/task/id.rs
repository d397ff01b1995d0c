//! The numbers that tracked tasks are known by.

use std::hash::{BuildHasherDefault, Hasher};

pub(super) type TaskId = u64;

/// For maps whose keys are [`TaskId`]s. They are given out one by one: nobody outside can choose them so that they
/// collide, so they need no keyed hash, which takes longer.
pub(super) type ById = BuildHasherDefault<Spread>;

#[derive(Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    /// Numbers in a row differ in the lowest bits, and by this in the highest too: the map looks at both.
    fn write_u64(&mut self, number: u64) {
        const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(GOLDEN_RATIO);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    /// The map finds a slot by the lowest bits, and tells its neighbours apart by the seven highest.
    #[test]
    fn numbers_in_a_row_are_spread_at_both_ends() {
        let hashes = |from: TaskId| (from..from + 128).map(|id| ById::default().hash_one(id));
        for from in [0, 1 << 20, 1 << 40] {
            assert_eq!(hashes(from).map(|hash| hash % 128).collect::<HashSet<_>>().len(), 128);
            assert!(hashes(from).map(|hash| hash >> 57).collect::<HashSet<_>>().len() > 100);
        }
    }
}
