//! What the servers have in common.

mod log;
pub mod orders;

pub use crate::log::log_to_terminal;
