//! The syntaxes beside YAML. Each makes a tree of texts, lists and mappings.

mod builder;
pub(crate) mod dockerfile;
mod places;
pub(crate) mod unit;
mod words;
