//! The command `cargo graceful`: what the shutdown of a finished binary takes, and whether its deployment agrees.
//!
//! `cargo graceful --help` says how to use it. This library is what the command consists of; it makes no promise of
//! stability.

mod args;
mod binary;
mod check;
mod error;
mod manifest;
mod plan;
mod program;
mod record;
mod run;
mod warnings;

pub use crate::error::Error;
pub use crate::program::{HealthCheck, MainFunction, Program};
pub use crate::run::{Ending, run};
