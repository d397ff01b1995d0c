//! The command, with binaries of every format, real ones and hostile ones.

mod build;
mod call;
mod features;
mod formats;
mod hostile;
#[cfg(target_os = "linux")]
mod large;
mod outcome;
mod random;
mod real;
#[cfg(target_os = "linux")]
mod restart;
mod sample;
mod units;
