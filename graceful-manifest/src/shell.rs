//! Shells, as far as manifests run them: which command lines do, what their scripts say, and how these end.

mod call;
mod ending;
mod script;

pub(crate) use self::call::{Call, Shell, base};
pub(crate) use self::ending::Ending;
pub(crate) use self::script::{Command, End, commands};
