//! `!` as a return type: what `async { loop { … } }` gives in edition 2024. Stable Rust can't name it, but can compute it.

use crate::outcome::Outcome;
use crate::returns::HandlerReturn;
use crate::returns::sealed::Sealed;
use crate::task::critical::CriticalReturn;

type Never = <fn() -> ! as Returns>::Type;

#[doc(hidden)]
pub trait Returns {
    type Type;
}

impl<T> Returns for fn() -> T {
    type Type = T;
}

#[diagnostic::do_not_recommend]
impl CriticalReturn for Never {
    fn failure(&self) -> Option<String> {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl HandlerReturn for Never {
    fn into_outcome(self) -> Outcome {
        self
    }

    fn sealed(_: Sealed) {}
}
