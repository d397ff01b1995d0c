//! The tree, and how it is read.

use std::borrow::Cow;

use super::scalar;

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The index of the source.
    pub(crate) source: u32,
    /// From 1.
    pub(crate) line: u32,
    /// From 1.
    pub(crate) column: u32,
}

/// A node's index in its tree.
pub(super) type Id = u32;

/// All documents of one source. The nodes lie side by side, so that nothing about them is recursive.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(super) nodes: Vec<(Position, Value<'a>)>,
    pub(super) documents: Vec<Id>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    /// A plain one stands without quotes, so that it may be a number or null.
    Scalar {
        text: Cow<'a, str>,
        plain: bool,
    },
    Sequence(Vec<Id>),
    /// Of equal keys the last one counts.
    Mapping(Vec<(Id, Id)>),
}

impl Tree<'_> {
    pub(crate) fn documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents.iter().map(|&id| Node { tree: self, id })
    }
}

/// A node of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree<'t>,
    id: Id,
}

impl<'t> Node<'t> {
    fn with(self, id: Id) -> Self {
        Self { id, ..self }
    }

    fn inner(self) -> &'t (Position, Value<'t>) {
        &self.tree.nodes[self.id as usize]
    }

    fn value(self) -> &'t Value<'t> {
        &self.inner().1
    }

    pub(crate) fn position(self) -> Position {
        self.inner().0
    }

    /// The key's node and the value's, unless there is no such key, or its value is null: to Kubernetes that is the same.
    pub(crate) fn entry(self, key: &str) -> Option<(Self, Self)> {
        let (found, value) = self.entries().rev().find(|(found, _)| found.text() == Some(key))?;
        (!value.is_null()).then_some((found, value))
    }

    pub(crate) fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Of a mapping; none of anything else.
    pub(crate) fn entries(self) -> impl DoubleEndedIterator<Item = (Self, Self)> {
        let entries = match self.value() {
            Value::Mapping(entries) => &**entries,
            _ => &[],
        };
        entries.iter().map(move |&(key, value)| (self.with(key), self.with(value)))
    }

    /// Of a sequence; none of anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        let items = match self.value() {
            Value::Sequence(items) => &**items,
            _ => &[],
        };
        items.iter().map(move |&item| self.with(item))
    }

    /// The items of the sequence under a key.
    pub(crate) fn items_of(self, key: &str) -> impl Iterator<Item = Self> + use<'t> {
        self.get(key).into_iter().flat_map(Self::items)
    }

    pub(crate) fn is_mapping(self) -> bool {
        matches!(self.value(), Value::Mapping(_))
    }

    /// A scalar's text, also of a number.
    pub(crate) fn text(self) -> Option<&'t str> {
        match self.value() {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A whole number that has no quotes.
    pub(crate) fn int(self) -> Option<i64> {
        match self.value() {
            Value::Scalar { text, plain: true } => scalar::int(text),
            _ => None,
        }
    }

    pub(crate) fn is_true(self) -> bool {
        matches!(self.value(), Value::Scalar { text, plain: true } if scalar::is_true(text))
    }

    /// A scalar that is a string to Kubernetes: in quotes, or nothing else that YAML knows.
    pub(crate) fn is_string(self) -> bool {
        match self.value() {
            Value::Scalar { text, plain } => !plain || scalar::is_string(text),
            _ => false,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.value(), Value::Scalar { text, plain: true } if scalar::is_null(text))
    }
}
