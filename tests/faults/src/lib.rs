//! The fault matrix: [`Trigger`] × [`Place`] × [`Fault`] × [`Flavour`], those of them that [make sense](Combination::all).
//!
//! Each combination is one process, `src/bin/subject`, with nine handlers in the drain and in teardown, a tracked task, and
//! a thread that holds a guard; where the place needs it also with a supervised task, or a scope. It is told on its command line which fault strikes where. `tests/matrix` starts it, sends the
//! signals, and holds what is left of it against the same six invariants each time.
//!
//! The faults include what the process runs out of (descriptors, threads), what becomes of its outputs, and being stopped
//! until after its deadline, which is what a jump of the clock is to a clock that never goes back.
//!
//! With SIGTERM as the trigger every place is crossed with every fault and every flavour. With the other triggers every
//! place is crossed with every fault, and the flavours take turns.

mod combination;
mod dimension;
mod fault;
mod flavour;
mod place;
mod trigger;

pub use crate::combination::{Combination, Timing};
pub use crate::fault::Fault;
pub use crate::flavour::Flavour;
pub use crate::place::Place;
pub use crate::trigger::Trigger;
