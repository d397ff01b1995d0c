//! The program that a test rehearses on this thread: it takes the place of the process's own.

use std::cell::Cell;

use super::Program;

thread_local! {
    static STAGED: Cell<Option<&'static Program>> = const { Cell::new(None) };
}

/// `None` where no test rehearses, and while the thread ends.
pub(super) fn staged() -> Option<&'static Program> {
    STAGED.try_with(Cell::get).unwrap_or_default()
}

/// On this thread `program` is the program, for as long as this is kept.
#[must_use]
pub(crate) fn stage(program: &'static Program) -> Staged {
    Staged { before: STAGED.replace(Some(program)) }
}

/// As [`stage`], until the thread's end.
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
