//! The program that a test rehearses on this thread. It replaces the program of the process.

use std::cell::Cell;

use super::Program;

thread_local! {
    static STAGED: Cell<Option<&'static Program>> = const { Cell::new(None) };
}

/// `None` if no test rehearses on this thread, or if the thread is ending.
pub(super) fn staged() -> Option<&'static Program> {
    STAGED.try_with(Cell::get).unwrap_or_default()
}

/// Makes `program` this thread's program until the returned value is dropped.
#[must_use]
pub(crate) fn stage(program: &'static Program) -> Staged {
    Staged { before: STAGED.replace(Some(program)) }
}

/// Makes `program` this thread's program until the thread ends.
pub(crate) fn stage_for_good(program: &'static Program) {
    STAGED.set(Some(program));
}

pub(crate) struct Staged {
    before: Option<&'static Program>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        STAGED.set(self.before);
    }
}
