//! The expansions are clean under everything that a crate may forbid.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    let_underscore_drop,
    non_ascii_idents,
    trivial_casts,
    trivial_numeric_casts,
    unused_import_braces,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    rust_2018_idioms,
    future_incompatible,
    nonstandard_style,
    unused
)]

use graceful::{Reason, Resource, on_shutdown};

/// Deprecated, but still to be called.
#[deprecated]
#[must_use]
#[on_shutdown]
pub async fn deprecated(_: Reason) -> Result<(), String> {
    Ok(())
}

/// Never returns.
#[on_shutdown(timeout = "1ms")]
async fn never() -> ! {
    std::future::pending().await
}

/// Not used but for its attribute.
#[on_shutdown]
fn plain(_: Option<Resource<u8>>) {}

/// Does nothing.
#[graceful::main]
async fn main() -> Result<(), String> {
    std::process::exit(0)
}
