//! What the workers have in common.

mod ledger;
#[path = "../../servers/src/log.rs"]
mod log;

pub use crate::ledger::{Entry, Ledger};
pub use crate::log::log_to_terminal;
