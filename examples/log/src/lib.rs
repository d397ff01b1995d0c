//! Prints log lines as sentences, as the comments of the examples show them.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, format::debug_fn};
use tracing_subscriber::prelude::*;

/// Prints graceful's log lines and the warnings of others as sentences, without time, target and fields. A service uses
/// `tracing_subscriber::fmt::init()`, which prints all of them.
pub fn log_to_terminal() {
    let sentence = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{value:?}"),
        _ => Ok(()),
    });
    let who = Targets::new().with_default(LevelFilter::WARN).with_target("graceful", LevelFilter::INFO);
    let lines = fmt::layer().with_ansi(false).without_time().with_target(false).fmt_fields(sentence);
    tracing_subscriber::registry().with(lines).with(who).init();
}
