//! `cargo graceful check`: what it reads, and how it writes what was found.

mod format;
pub(crate) mod input;

pub(crate) use self::format::Format;
pub(crate) use self::input::Input;
