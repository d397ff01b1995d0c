//! YAML as a tree in which every node knows where it stands.
//!
//! An alias is a second way to the same node, so aliases cost no memory. What they would expand to is counted all the same,
//! and bounded: whoever walks the tree walks the expansion.

mod build;
mod node;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use self::build::{Failure, parse};
pub(crate) use self::node::{Node, Position, Tree};
