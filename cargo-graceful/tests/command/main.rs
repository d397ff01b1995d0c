//! The command, with binaries of every format, real ones and hostile ones.

mod build;
mod call;
mod features;
mod formats;
mod hostile;
mod outcome;
mod real;
mod sample;
