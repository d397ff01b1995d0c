//! JSON that a terminal can show.

use std::fmt::Write as _;

use graceful_core::text::moves;
use serde::Serialize;

/// Prints JSON on several lines. Foreign text in it keeps its value, but is written with more escapes than JSON needs.
pub(crate) fn print(view: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string_pretty(view)? + "\n";
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && moves(c) {
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Ok(escaped)
}
