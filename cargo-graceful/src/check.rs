//! `cargo graceful check`: its input, and the formats of its outcome.

mod format;
pub(crate) mod input;
mod lines;
mod progress;

pub(crate) use self::format::{Format, Report};
pub(crate) use self::input::{Files, Input};
pub(crate) use self::progress::Progress;
