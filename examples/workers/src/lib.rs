//! What the workers have in common.

mod job;
mod ledger;
mod options;
mod usage;

pub use example_log::log_to_terminal;

pub use crate::job::{BULK, Job, URGENT};
pub use crate::ledger::{Entry, Ledger};
pub use crate::options::{Options, seconds};
pub use crate::usage::{help, refuse};
