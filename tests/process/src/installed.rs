//! The programs that the tests need and cargo doesn't bring.

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Set to `required` where a test may not be skipped.
const VARIABLE: &str = "GRACEFUL_TEST_SERVERS";

/// Where this program is. `None`, and a word about it, when it is missing: then the test is skipped.
///
/// # Panics
///
/// When it is missing where it is required.
#[track_caller]
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Where Debian has its servers is not in everybody's path.
    let mut places = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = places.find_map(|place: PathBuf| Some(place.join(name)).filter(|file| Path::is_file(file)));
    if found.is_none() {
        skip(format_args!("{name} is not installed: ./tests/install installs it"));
    }
    found
}

/// Says that this test is skipped, and why.
///
/// # Panics
///
/// Where it is required.
#[track_caller]
pub fn skip(reason: impl Display) {
    let required = env::var_os(VARIABLE).is_some_and(|value| value == "required");
    assert!(!required, "{VARIABLE} is `required`, and {reason}");
    say(format_args!("skipped: {reason}"));
}

/// Prints a line also when the test is a success.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
