//! A flag that is only ever set. `tests/loom` compiles this file too.

use super::sync::{AtomicBool, Ordering};

#[derive(Debug)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    pub(crate) fn new(is_set: bool) -> Self {
        Self(AtomicBool::new(is_set))
    }

    /// Returns whether it was not set before. Of several callers one is the first.
    pub(crate) fn set(&self) -> bool {
        !self.0.swap(true, Ordering::Release)
    }

    /// Whether it is set. What happened before it was has happened then.
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
