#![doc = include_str!("../README.md")]
//!
//! # This library
//!
//! It contains the code of the command. Its interface may change at any time.

mod args;
mod binary;
mod cargo;
mod check;
mod error;
mod explain;
mod json;
mod manifest;
mod plan;
mod program;
mod record;
mod run;
mod units;
mod warnings;

pub use crate::error::Error;
pub use crate::program::{HealthCheck, MainFunction, Program};
pub use crate::run::{Ending, run, run_in_process};
