//! Shells, as far as manifests run them: which command lines do.

mod call;

pub(crate) use self::call::{Call, Shell, base};
