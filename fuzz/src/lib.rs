//! The modules that are fuzzed, compiled from where they are.

#![allow(dead_code, unused_imports, reason = "only a part of them is called")]

#[path = "../../graceful-macros/src"]
mod macros {
    pub(crate) mod address;
    pub(crate) mod args;
    pub(crate) mod duration;
    pub(crate) mod errors;
    pub(crate) mod expand;
    pub(crate) mod health_check;
    pub(crate) mod item_fn;
    pub(crate) mod main_attr;
    pub(crate) mod on_shutdown;
    pub(crate) mod registered;
    pub(crate) mod renamed;
    pub(crate) mod returned;
    pub(crate) mod value;
}

#[path = "../../graceful-runtime/src"]
mod runtime {
    pub(crate) mod config;
    pub(crate) mod error;
    pub(crate) mod exit;
    pub(crate) mod in_flight;
    pub(crate) mod lifecycle;
}

// They name each other from the root.
use macros::{
    address, args, duration, errors, expand, health_check, item_fn, main_attr, on_shutdown, registered, renamed,
    returned, value,
};
use runtime::{config, error, exit, in_flight, lifecycle};

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;

/// What the attributes make of a text in quotes.
pub fn duration_of_an_attribute(text: &str) -> Result<Duration, String> {
    value::Value::new("timeout", quote!(#text)).positive_duration().map_err(|error| error.to_string())
}

/// Grace period, lame duck and drain timeout.
pub type Durations = [Duration; 3];

/// What the runtime makes of the environment as it is.
pub fn configuration() -> Result<Durations, String> {
    let config = config::Config::new().resolved().map_err(|error| error.to_string())?;
    let timing = config.timing();
    Ok([timing.grace_period, timing.lame_duck, config.effective_drain_timeout()])
}

/// The attributes, by their number.
pub const ATTRIBUTES: [fn(TokenStream, TokenStream) -> TokenStream; 3] =
    [main_attr::expand, on_shutdown::expand, health_check::expand];
