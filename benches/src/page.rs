//! The sections of `docs/benchmarks.md` that benchmarks write.

use std::fs;
use std::io;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");

/// Replaces the text between the marks of this package in `docs/benchmarks.md`. The rest of the page is written by hand.
///
/// # Errors
///
/// If the page does not exist or does not have the marks.
pub fn write_section(package: &str, text: &str) -> io::Result<()> {
    let page = fs::read_to_string(PAGE)?;
    let begin = format!("<!-- begin: written by cargo bench -p {package} -->\n");
    let end = format!("<!-- end: written by cargo bench -p {package} -->");
    let missing = || io::Error::other(format!("{PAGE} does not have the marks of {package}"));
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    fs::write(PAGE, format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}
