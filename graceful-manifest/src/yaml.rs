//! YAML as a tree in which every node has its place.
//!
//! An alias refers to an existing node, so aliases cost no memory. Their expansion is counted and limited all the same,
//! because code that walks the tree walks the expansion.

mod build;
#[cfg(test)]
mod tests;

use crate::error::Failure;
use crate::tree::Tree;

/// Reads all documents of a text.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    Ok(build::parse(text, source)?)
}
