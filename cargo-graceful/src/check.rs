//! `cargo graceful check`: its input, and the formats of its findings.

mod format;
pub(crate) mod input;

pub(crate) use self::format::Format;
pub(crate) use self::input::Input;
