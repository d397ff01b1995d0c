//! The assignments of a unit, from its file and its drop-ins.

use crate::tree::{Node, Position, Tree};

/// All assignments in the sections of one name, in the order in which systemd reads them.
#[derive(Debug)]
pub(super) struct Assignments<'t> {
    /// The place of the first section.
    pub(super) section: Option<Position>,
    entries: Vec<(Node<'t>, Node<'t>)>,
}

impl<'t> Assignments<'t> {
    pub(super) fn of(section: &str, trees: impl Iterator<Item = &'t Tree<'t>>) -> Self {
        let sections = trees.flat_map(Tree::documents).flat_map(Node::entries);
        let sections: Vec<_> = sections.filter(|(name, _)| name.text() == Some(section)).collect();
        Self {
            section: sections.first().map(|(name, _)| name.position()),
            entries: sections.into_iter().flat_map(|(_, section)| section.entries()).collect(),
        }
    }

    /// The last assignment to one of these keys. An empty one is the default again.
    pub(super) fn last(&self, keys: &[&str]) -> Option<(Node<'t>, Node<'t>)> {
        let is_one = |(key, _): &&(Node<'t>, Node<'t>)| key.text().is_some_and(|key| keys.contains(&key));
        self.entries.iter().rev().find(is_one).copied().filter(|(_, value)| value.text() != Some(""))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'t str> {
        self.last(&[key]).and_then(|(_, value)| value.text())
    }

    /// All assignments, in the order in which systemd reads them.
    pub(super) fn entries(&self) -> &[(Node<'t>, Node<'t>)] {
        &self.entries
    }

    /// The assignments to a key that may have several values, since the last empty one.
    pub(super) fn list(&self, key: &str) -> impl Iterator<Item = (Node<'t>, Node<'t>)> + use<'t> {
        let mut list: Vec<_> = self.entries.iter().filter(|(name, _)| name.text() == Some(key)).copied().collect();
        let reset = list.iter().rposition(|(_, words)| words.items().next().is_none());
        list.drain(..reset.map_or(0, |reset| reset + 1));
        list.into_iter()
    }
}
