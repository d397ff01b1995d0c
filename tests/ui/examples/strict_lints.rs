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

use graceful::{Health, Reason, Resource, health_check, on_shutdown};

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

const LAST: i32 = -1;
const TIMEOUT: std::time::Duration = std::time::Duration::from_millis(1);

/// Has constants.
#[on_shutdown(priority = LAST, timeout = TIMEOUT)]
fn last() {}

/// Not used but for its attribute.
#[on_shutdown]
fn plain(_: Option<Resource<u8>>) {}

/// Not used but for its attribute.
#[health_check]
async fn checked() -> bool {
    true
}

/// Fails.
#[deprecated]
#[health_check(timeout = "1s", name = "plain")]
pub fn plain_check(_: Option<Resource<u8>>) -> Result<(), String> {
    Err("fails".to_owned())
}

/// Finds.
#[must_use]
#[health_check]
fn found() -> Result<Health, std::convert::Infallible> {
    Ok(Health::Healthy)
}

/// Does nothing.
#[graceful::main]
async fn main() -> Result<(), String> {
    std::process::exit(0)
}
