//! Shared by the benchmarks: samples and how they are written, the page, the machine, and the other crates.

mod figure;
pub mod machine;
mod page;
pub mod peer;
mod samples;
pub mod work;

pub use self::figure::{UNITS, Unit, ratio, times};
pub use self::page::write_section;
pub use self::samples::Samples;
