//! A part of a service, as several definitions make it together.
//!
//! <https://docs.docker.com/reference/compose-file/merge/>

use crate::tree::Node;

/// The tag of a value that Compose removes.
const RESET: &str = "reset";
/// The tag of a value that replaces the earlier ones as a whole.
const OVERRIDE: &str = "override";

/// Mappings that Compose merges into one: those of extended services and earlier files come first.
#[derive(Debug)]
pub(super) struct Layers<'t>(Vec<Node<'t>>);

impl<'t> Layers<'t> {
    pub(super) fn new(first_to_last: Vec<Node<'t>>) -> Self {
        Self(first_to_last)
    }

    /// The key and the value that counts. Null changes nothing.
    pub(super) fn entry(&self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        self.all(key).pop()
    }

    /// As [`entry`](Self::entry), for `command` and `entrypoint`: null removes the earlier value.
    pub(super) fn command(&self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        let (key, value) = self.set(key).last()?;
        (!value.is_null() && !is_reset(value)).then_some((key, value))
    }

    /// The values that are merged, with their keys.
    pub(super) fn all(&self, key: &str) -> Vec<(Node<'t>, Node<'t>)> {
        let mut all = Vec::new();
        for (key, value) in self.set(key) {
            let tag = value.tag();
            if matches!(tag, Some(RESET | OVERRIDE)) {
                all.clear();
            }
            if tag != Some(RESET) && !value.is_null() {
                all.push((key, value));
            }
        }
        all
    }

    /// The mapping under a key.
    pub(super) fn under(&self, key: &str) -> Self {
        Self(self.all(key).into_iter().map(|(_, value)| value).collect())
    }

    fn set<'l>(&'l self, key: &'l str) -> impl Iterator<Item = (Node<'t>, Node<'t>)> + 'l {
        self.0.iter().filter_map(move |node| node.entries().rev().find(|(found, _)| found.text() == Some(key)))
    }
}

/// Whether Compose removes what this value stands for.
pub(super) fn is_reset(value: Node<'_>) -> bool {
    value.tag() == Some(RESET)
}
