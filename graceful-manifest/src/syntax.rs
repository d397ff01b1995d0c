//! The syntaxes beside YAML. Each makes a tree of texts, lists and mappings.

mod builder;
pub(crate) mod dockerfile;
pub(crate) mod hcl;
pub(crate) mod places;
pub(crate) mod toml;
pub(crate) mod unit;
pub(crate) mod words;
