//! How many are in flight: one word per shard, and no lock.
//!
//! Each shard is a word on a cache line of its own: `2 * guards + closed`. The check against draining and the count
//! are one atomic instruction on one word, so neither can slip between the other's halves:
//!
//! - [`Count::try_enter`] adds 2 and looks at the old value's lowest bit. Set: it takes its 2 back and is refused.
//! - [`Count::close`] sets that bit in every shard. In each shard's own total order, an entry comes before it and is
//!   counted, or after it and is refused.
//!
//! What is still let in after the close ([`Count::enter`]) is counted in one shard of its own, `late`, so that
//! [`Count::is_empty`] can read the shards one after another and still be right. It reads `late` last: a guard of an
//! ordinary shard was there before the close, so it was seen unless it is gone; and whoever hands over from one guard
//! to the next has counted the next in `late` before the first is gone.
//!
//! The loom models in `tests/loom` compile this very file against loom's atomics.

use super::sync::{AtomicUsize, Ordering};

const CLOSED: usize = 1;
const ONE: usize = 2;

/// A counter that shares its cache line with nothing: it has two lines, since many processors prefetch pairs. `owner` leads
/// to what the last guard notifies, so that a guard is the address of its shard and nothing more.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard<B> {
    word: AtomicUsize,
    owner: B,
}

#[derive(Debug)]
pub(crate) struct Count<B, const SHARDS: usize> {
    shards: [Shard<B>; SHARDS],
    late: Shard<B>,
}

/// What leaving a shard brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Somebody is left in this shard, or nobody waits for the count to become zero.
    Quietly,
    /// The last of this shard has left after the close: whoever waits must look at the count again.
    LastOfShard,
}

impl<B> Shard<B> {
    pub(crate) const fn new(zero: AtomicUsize, owner: B) -> Self {
        Self { word: zero, owner }
    }

    /// Shares the counter's cache line: reading it causes contention.
    pub(crate) fn owner(&self) -> &B {
        &self.owner
    }

    fn enter(&self) -> bool {
        // Relaxed: the guard publishes nothing, and the closed bit is in the same word.
        self.word.fetch_add(ONE, Ordering::Relaxed) & CLOSED == 0
    }

    pub(crate) fn leave(&self) -> Left {
        // Release: what was done under the guard has happened before the drain's end is seen.
        if self.word.fetch_sub(ONE, Ordering::Release) == ONE | CLOSED { Left::LastOfShard } else { Left::Quietly }
    }

    fn guards(&self) -> usize {
        self.word.load(Ordering::Acquire) / ONE
    }
}

impl<B, const SHARDS: usize> Count<B, SHARDS> {
    /// Of words that are all zero: made by the caller, since loom's can't be made in a constant.
    pub(crate) const fn new(shards: [Shard<B>; SHARDS], late: Shard<B>) -> Self {
        Self { shards, late }
    }

    #[inline]
    #[cfg_attr(
        not(test),
        expect(clippy::indexing_slicing, reason = "the remainder is in it, and each guard comes here")
    )]
    fn shard(&self, slot: usize) -> &Shard<B> {
        &self.shards[slot % SHARDS]
    }

    /// Counts one more, unless the count is closed.
    #[inline]
    pub(crate) fn try_enter(&self, slot: usize) -> Result<&Shard<B>, Left> {
        let shard = self.shard(slot);
        if shard.enter() { Ok(shard) } else { Err(shard.leave()) }
    }

    /// Counts one more, also after the close.
    #[inline]
    pub(crate) fn enter(&self, slot: usize) -> (&Shard<B>, Left) {
        let shard = self.shard(slot);
        if shard.enter() {
            return (shard, Left::Quietly);
        }
        self.late.enter();
        (&self.late, shard.leave())
    }

    /// From here on [`Count::try_enter`] is refused.
    pub(crate) fn close(&self) {
        for shard in [&self.late].into_iter().chain(&self.shards) {
            shard.word.fetch_or(CLOSED, Ordering::AcqRel);
        }
    }

    /// Whether nobody is in flight. Exact once closed; before that a snapshot.
    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().chain([&self.late]).all(|shard| shard.guards() == 0)
    }

    /// How many are in flight: exact when nobody comes or goes meanwhile.
    pub(crate) fn sum(&self) -> usize {
        self.shards.iter().chain([&self.late]).map(Shard::guards).sum()
    }
}
