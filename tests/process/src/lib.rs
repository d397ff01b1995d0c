//! What the process tests are made with: [`program`] on the side of the test, [`inside`] on that of the program.
//!
//! A test starts one of the programs in `src/bin`, waits for a line that it prints, sends it signals, and looks at what
//! is left of it: exit code, both outputs, and the time that it took. Nothing waits for a fixed time.
//!
//! The tests are for Unix. The programs are compiled everywhere.

#[cfg(unix)]
pub mod ends;
pub mod held;
pub mod inside;
#[cfg(unix)]
pub mod installed;
#[cfg(unix)]
pub mod place;
#[cfg(unix)]
pub mod program;

#[cfg(unix)]
pub use nix::sys::signal::Signal;

#[cfg(unix)]
pub use crate::program::{Ended, Program, Running, all};
