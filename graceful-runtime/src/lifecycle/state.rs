//! The phase as a number that only grows, and whoever moves it.
//!
//! The loom models in `tests/loom` compile this very file against loom's atomics.

use super::sync::{AtomicU8, Mutex, Ordering, PoisonError};

pub(crate) struct State {
    phase: AtomicU8,
    /// Held while the phase changes, so that two changes can't interleave their steps.
    changing: Mutex<()>,
}

impl State {
    pub(crate) const FIRST: u8 = 0;

    /// They come from outside, since those of loom can't be made in a constant. The phase is [`State::FIRST`].
    pub(crate) const fn new(phase: AtomicU8, changing: Mutex<()>) -> Self {
        Self { phase, changing }
    }

    pub(crate) fn phase(&self) -> u8 {
        self.phase.load(Ordering::Acquire)
    }

    /// Leaves the first phase for the one that `enter` gives. `None`, and `enter` is not called, when it was left before.
    ///
    /// Whoever sees a phase also sees what `enter` has done.
    pub(crate) fn begin(&self, enter: impl FnOnce() -> u8) -> Option<u8> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.phase() > Self::FIRST {
            return None;
        }
        let phase = enter();
        self.phase.store(phase, Ordering::Release);
        Some(phase)
    }

    /// Moves on to `phase`. `false`, and `enter` is not called, when it is there or further.
    pub(crate) fn advance(&self, phase: u8, enter: impl FnOnce()) -> bool {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.phase() >= phase {
            return false;
        }
        enter();
        self.phase.store(phase, Ordering::Release);
        true
    }
}
