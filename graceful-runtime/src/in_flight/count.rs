//! How many are in flight: guards, tracked tasks and connections, each counted once, and without a lock.
//!
//! Every request takes a guard, so guards are counted in shards. Each shard is a word on its own cache line:
//! `4 * guards + 2 * watched + closed`. The check against draining and the count are one atomic instruction on one word, so neither can
//! slip between the other's halves:
//!
//! - [`Count::try_enter`] adds 4 and looks at the old value's lowest bit. Set: it takes its 4 back and is refused.
//! - [`Count::close`] sets that bit in every shard. In each shard's own total order, an entry comes before it and is
//!   counted, or after it and is refused.
//!
//! The last guard of a shard notifies only if the shard is closed or watched, so that it costs nothing before.
//!
//! A guard that is let in after the close ([`Count::enter`]), a task and a connection are counted in tallies: a shard for each
//! kind, and one number of all that ever entered one. [`Count::is_empty`] reads the words one after another, while work is handed over from one to
//! the next: a task that spawns the next and ends must not be missed twice. So it reads how many have entered before it
//! reads the shards, and again afterwards. A hand-over counts the next piece before the first is gone. Either the
//! look at the shards has found one of them, or the first has left before that look, and then the next one's entry is
//! seen by the second look at the entries. Ordinary shards need no such number: nobody enters them after the close.
//!
//! The loom models in `tests/loom` compile this very file against loom's atomics.

use super::sync::{AtomicUsize, Ordering};

const CLOSED: usize = 1;
const WATCHED: usize = 2;
const ONE: usize = 4;

/// A counter that shares its cache line with nothing: it has two lines, since many processors prefetch pairs. `owner` leads
/// to what the last guard notifies, so that a guard is the address of its shard and nothing more.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Shard<B> {
    word: AtomicUsize,
    owner: B,
}

/// What is counted in a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A guard that was taken after the close.
    LateGuard,
    Task,
    Connection,
}

#[derive(Debug)]
pub(crate) struct Count<B, const SHARDS: usize> {
    guards: [Shard<B>; SHARDS],
    /// One for each [`Kind`].
    tallies: [Shard<B>; 3],
    /// How many have ever entered a tally.
    entered: AtomicUsize,
}

/// What leaving a shard brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Somebody is left in this shard, or nobody waits for the count to become zero.
    Quietly,
    /// The last of this shard has left, and somebody waits for that: look at the count again.
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
        let before = self.word.fetch_sub(ONE, Ordering::Release);
        if (ONE + 1..2 * ONE).contains(&before) { Left::LastOfShard } else { Left::Quietly }
    }

    fn len(&self) -> usize {
        self.word.load(Ordering::Acquire) / ONE
    }
}

impl<B, const SHARDS: usize> Count<B, SHARDS> {
    /// Of words that are all zero: made by the caller, since loom's can't be made in a constant.
    pub(crate) const fn new(guards: [Shard<B>; SHARDS], tallies: [Shard<B>; 3], zero: AtomicUsize) -> Self {
        Self { guards, tallies, entered: zero }
    }

    #[inline]
    #[cfg_attr(
        not(test),
        expect(clippy::indexing_slicing, reason = "the remainder is in it, and each guard comes here")
    )]
    fn shard(&self, slot: usize) -> &Shard<B> {
        &self.guards[slot % SHARDS]
    }

    /// Counts one more guard, unless the count is closed.
    #[inline]
    pub(crate) fn try_enter(&self, slot: usize) -> Result<&Shard<B>, Left> {
        let shard = self.shard(slot);
        if shard.enter() { Ok(shard) } else { Err(shard.leave()) }
    }

    /// Counts one more guard, also after the close.
    #[inline]
    pub(crate) fn enter(&self, slot: usize) -> (&Shard<B>, Left) {
        let shard = self.shard(slot);
        if shard.enter() {
            return (shard, Left::Quietly);
        }
        (self.enter_as(Kind::LateGuard), shard.leave())
    }

    /// Counts one more of a kind, also after the close.
    pub(crate) fn enter_as(&self, kind: Kind) -> &Shard<B> {
        let tally = self.tally(kind);
        tally.enter();
        // Release, and after the word: a reader that sees the entry finds it in the word.
        self.entered.fetch_add(1, Ordering::Release);
        tally
    }

    fn tally(&self, kind: Kind) -> &Shard<B> {
        let [late_guards, tasks, connections] = &self.tallies;
        match kind {
            Kind::LateGuard => late_guards,
            Kind::Task => tasks,
            Kind::Connection => connections,
        }
    }

    fn shards(&self) -> impl Iterator<Item = &Shard<B>> {
        self.guards.iter().chain(&self.tallies)
    }

    /// From here on [`Count::try_enter`] is refused.
    pub(crate) fn close(&self) {
        for shard in self.shards() {
            shard.word.fetch_or(CLOSED, Ordering::AcqRel);
        }
    }

    /// Lets the last guard of each shard notify, as after the close, and refuses nobody.
    pub(crate) fn watch(&self) {
        for shard in self.shards() {
            shard.word.fetch_or(WATCHED, Ordering::AcqRel);
        }
    }

    /// Whether a task, a connection or a late guard has ever entered.
    pub(crate) fn has_tallied(&self) -> bool {
        self.entered.load(Ordering::Relaxed) > 0
    }

    /// Whether nobody is in flight. Exact once closed; before that a snapshot.
    pub(crate) fn is_empty(&self) -> bool {
        let before = self.entered.load(Ordering::Acquire);
        self.shards().all(|shard| shard.len() == 0) && self.entered.load(Ordering::Acquire) == before
    }

    /// How many of a kind are in flight.
    pub(crate) fn len(&self, kind: Kind) -> usize {
        self.tally(kind).len()
    }

    /// How many guards are in flight: exact when nobody comes or goes meanwhile.
    pub(crate) fn guards(&self) -> usize {
        self.guards.iter().map(Shard::len).sum::<usize>() + self.len(Kind::LateGuard)
    }
}
