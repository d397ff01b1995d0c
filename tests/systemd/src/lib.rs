//! A real systemd as process 1 of new namespaces, for one test. It is gone when the test ends, however that ends.
//!
//! The tests are for Linux. The programs are compiled everywhere.

#[cfg(target_os = "linux")]
pub mod load;
pub mod priority;
#[cfg(target_os = "linux")]
mod privilege;
#[cfg(target_os = "linux")]
pub mod process;
#[cfg(target_os = "linux")]
pub mod systemd;

#[cfg(target_os = "linux")]
pub use crate::load::Load;
#[cfg(target_os = "linux")]
pub use crate::process::{Process, Processes};
#[cfg(target_os = "linux")]
pub use crate::systemd::{Machine, Systemd};
