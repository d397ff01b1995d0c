//! Shells in manifests: command lines that run one, their scripts, and how the scripts end.

mod call;
mod ending;
mod script;
mod trap;

pub(crate) use self::call::{Call, Shell, base};
pub(crate) use self::ending::Ending;
pub(crate) use self::script::{Command, End, commands};
pub(crate) use self::trap::traps;
