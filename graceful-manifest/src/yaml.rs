//! YAML as a tree in which every node has its place.
//!
//! An alias refers to an existing node, so aliases cost no memory. Their expansion is counted and limited all the same,
//! because code that walks the tree walks the expansion.

mod build;
mod node;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use self::build::{Failure, parse};
pub(crate) use self::node::{Node, Position, Tree};
