//! The command, with binaries of every format, real ones and hostile ones.

mod call;
mod features;
mod formats;
mod hostile;
mod real;
mod sample;
