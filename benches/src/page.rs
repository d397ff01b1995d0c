//! The page in the guide, of which each benchmark writes its section.

use std::fs;
use std::io;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");

/// Replaces what stands between the section's marks in `docs/benchmarks.md`. All else there is written by hand.
///
/// # Errors
///
/// When there is no such page, or it has no such section.
pub fn write_section(name: &str, text: &str) -> io::Result<()> {
    let page = fs::read_to_string(PAGE)?;
    let (begin, end) = (format!("<!-- {name}: written by its command -->\n"), format!("<!-- end of {name} -->"));
    let missing = || io::Error::other(format!("{PAGE} has no section {name}"));
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    fs::write(PAGE, format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}
