//! The command `cargo graceful`, which shows and checks the shutdown plan compiled into a binary.
//!
//! `cargo graceful --help` explains the command. This library contains its code. Its interface may change at any time.

mod args;
mod binary;
mod cargo;
mod check;
mod error;
mod explain;
mod manifest;
mod plan;
mod program;
mod record;
mod run;
mod warnings;

pub use crate::error::Error;
pub use crate::program::{HealthCheck, MainFunction, Program};
pub use crate::run::{Ending, run, run_in_process};
