//! The rules that the parts of the crate [`graceful`](https://docs.rs/gracefully) share. Use that one.
//!
//! The attributes, the runtime, the manifest check and `cargo graceful` must agree on each of these: what the defaults
//! are, how a duration is written, how long a plan takes at worst, what a record in the binary says. Everything here is
//! pure: no clock is read, nothing is opened, nothing waits.

#![cfg_attr(docsrs, feature(doc_cfg))]
// The runtime calls this on the way to the exit, where nothing may panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::missing_panics_doc,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

// The strategies of the property tests are compiled into graceful-runtime's tests, too: the same paths must lead there.
#[cfg(all(test, feature = "plan"))]
extern crate self as graceful_core;

pub mod address;
pub mod budget;
pub mod chains;
pub mod choice;
pub mod duration;
pub mod environment;
mod flavor;
pub mod json;
mod label;
pub mod order;
mod phase;
#[cfg(feature = "plan")]
pub mod plan;
pub mod probe;
pub mod record;
mod report_format;
mod signal;
pub mod sort;
pub mod text;
#[cfg(feature = "plan")]
pub mod timeline;
pub mod timeouts;

pub use crate::flavor::Flavor;
pub use crate::label::UnknownLabel;
pub use crate::phase::{HandlerPhase, Phase};
pub use crate::report_format::ReportFormat;
pub use crate::signal::Signal;
