//! systemd's side, and the kubelet's.
//!
//! The tests are for Linux, where both are. The programs are compiled everywhere.

#[cfg(target_os = "linux")]
pub mod manager;
