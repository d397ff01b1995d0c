//! The programs of tests. Each has a runtime, and replaces the program of the process wherever that runtime is entered.

use std::sync::{PoisonError, RwLock};

use tokio::runtime::{Handle, Id};

use super::Program;

static STAGED: RwLock<Vec<(Id, &'static Program)>> = RwLock::new(Vec::new());

/// The program of the current runtime. `None` outside of any runtime, and if no test has given it one.
pub(super) fn staged() -> Option<&'static Program> {
    let staged = STAGED.read().unwrap_or_else(PoisonError::into_inner);
    if staged.is_empty() {
        return None;
    }
    let here = Handle::try_current().ok()?.id();
    staged.iter().find_map(|(runtime, program)| (*runtime == here).then_some(*program))
}

/// Makes `program` the program of `runtime` until the returned value is dropped. `None` if the runtime has one already.
pub(crate) fn stage(runtime: &Handle, program: &'static Program) -> Option<Staged> {
    let mut staged = STAGED.write().unwrap_or_else(PoisonError::into_inner);
    let runtime = runtime.id();
    if staged.iter().any(|(other, _)| *other == runtime) {
        return None;
    }
    staged.push((runtime, program));
    Some(Staged(runtime))
}

pub(crate) struct Staged(Id);

impl Drop for Staged {
    fn drop(&mut self) {
        STAGED.write().unwrap_or_else(PoisonError::into_inner).retain(|(runtime, _)| *runtime != self.0);
    }
}
