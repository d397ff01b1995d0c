//! Who may poll, and who must: the state of a [`Drive`](super::Drive), without the future.
//!
//! The loom models in `tests/loom` compile this very file against loom's atomics.

use super::sync::{AtomicU8, Ordering};

/// Pending, and nothing has happened since.
const IDLE: u8 = 0;
/// Something has happened; nobody polls yet.
const WOKEN: u8 = 1;
/// One thread polls.
const POLLED: u8 = 2;
/// One thread polls, and must do so once more.
const POLLED_AND_WOKEN: u8 = 3;
const DONE: u8 = 4;

#[derive(Debug)]
pub(crate) struct State(AtomicU8);

impl State {
    /// From [`State::WOKEN`]: there is a first step to take.
    pub(crate) const fn new(word: AtomicU8) -> Self {
        Self(word)
    }

    /// What the word is at first.
    pub(crate) const FIRST: u8 = WOKEN;

    /// Something has happened. `true`: the owner is to be told, since nobody polls.
    pub(crate) fn wake(&self) -> bool {
        let next = |state| match state {
            IDLE => Some(WOKEN),
            POLLED => Some(POLLED_AND_WOKEN),
            // Written all the same: whoever polls next must see what has happened before this.
            state => Some(state),
        };
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(IDLE)
    }

    /// `true`: it is now up to the caller, and only to it, to poll.
    pub(crate) fn begin(&self) -> bool {
        self.0.compare_exchange(WOKEN, POLLED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// It is still pending. `true`: something has happened meanwhile, the caller must poll again.
    pub(crate) fn again(&self) -> bool {
        if self.0.compare_exchange(POLLED, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            return false;
        }
        // Not a store: there may have been one more wake, whose cause the next poll must see.
        self.0.swap(POLLED, Ordering::AcqRel);
        true
    }

    pub(crate) fn done(&self) {
        // Not a store either: a wake at the same moment comes before it or after it, never on top.
        self.0.swap(DONE, Ordering::AcqRel);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire) == DONE
    }
}
