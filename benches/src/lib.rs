//! What the benchmarks share: samples, the page that they write, and the peers.

mod page;
pub mod peer;
mod samples;
pub mod work;

use std::fmt::Display;

pub use self::page::write_section;
pub use self::samples::Samples;

/// A goal and whether it is reached.
pub fn goal(what: &str, reached: bool, measured: impl Display) {
    println!("  {} {what}: {measured}", if reached { "yes" } else { "NO " });
}
