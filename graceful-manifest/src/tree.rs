//! A file's values as a tree in which every value has its place.
//!
//! Each syntax makes one: YAML and JSON, and every other one whose values are texts, lists and mappings.

mod scalar;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::check::Source;

/// A place in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position {
    /// The index of the source.
    pub(crate) source: u32,
    /// From 1.
    pub(crate) line: u32,
    /// From 1.
    pub(crate) column: u32,
}

impl Position {
    /// The place of something that is in no source.
    pub(crate) const NOWHERE: Self = Self { source: u32::MAX, line: 0, column: 0 };

    /// The name of the source, the line and the column.
    pub(crate) fn in_sources<'a>(self, sources: &[Source<'a>]) -> (&'a str, usize, usize) {
        let source = sources.get(self.source as usize).map_or("", |source| source.name);
        (source, self.line as usize, self.column as usize)
    }
}

/// A node's index in its tree.
pub(crate) type Id = u32;

/// All documents of one source. The nodes are in one list, so that nothing is recursive.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<(Position, Value<'a>)>,
    documents: Vec<Id>,
    /// The tags that are not YAML's own, such as `!Ref`.
    tags: HashMap<Id, String>,
}

#[derive(Debug)]
pub(crate) enum Value<'a> {
    /// A plain scalar has no quotes, so it may be a number, a boolean or null.
    Scalar {
        text: Cow<'a, str>,
        plain: bool,
    },
    Sequence(Vec<Id>),
    /// Of equal keys the last one counts.
    Mapping(Vec<(Id, Id)>),
}

impl<'a> Tree<'a> {
    /// Adds a value. `None` if the tree is full.
    pub(crate) fn add(&mut self, position: Position, value: Value<'a>) -> Option<Id> {
        let id = Id::try_from(self.nodes.len()).ok()?;
        self.nodes.push((position, value));
        Some(id)
    }

    /// Makes a value the next document.
    pub(crate) fn add_document(&mut self, id: Id) {
        self.documents.push(id);
    }

    /// Gives a value a tag, without its exclamation mark.
    pub(crate) fn add_tag(&mut self, id: Id, tag: &str) {
        self.tags.insert(id, tag.to_owned());
    }

    pub(crate) fn value(&self, id: Id) -> &Value<'a> {
        &self.nodes[id as usize].1
    }

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

    fn value(self) -> &'t Value<'t> {
        self.tree.value(self.id)
    }

    pub(crate) fn position(self) -> Position {
        self.tree.nodes[self.id as usize].0
    }

    /// The tag, such as `Ref` of `!Ref`, unless it is one of YAML's own.
    pub(crate) fn tag(self) -> Option<&'t str> {
        self.tree.tags.get(&self.id).map(|tag| &**tag)
    }

    /// The nodes of the key and the value. `None` if there is no such key, or if the value is null, which is the same
    /// to Kubernetes.
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

    /// The entries of a mapping. Any other node has none.
    pub(crate) fn entries(self) -> impl DoubleEndedIterator<Item = (Self, Self)> {
        let entries = match self.value() {
            Value::Mapping(entries) => &**entries,
            _ => &[],
        };
        entries.iter().map(move |&(key, value)| (self.with(key), self.with(value)))
    }

    /// The entries of the mapping under a key.
    pub(crate) fn entries_of(self, key: &str) -> impl Iterator<Item = (Self, Self)> + use<'t> {
        self.get(key).into_iter().flat_map(Self::entries)
    }

    /// The items of a sequence. Any other node has none.
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

    /// The text of a scalar, also of a number.
    pub(crate) fn text(self) -> Option<&'t str> {
        match self.value() {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A whole number without quotes.
    pub(crate) fn int(self) -> Option<i64> {
        match self.value() {
            Value::Scalar { text, plain: true } => scalar::int(text),
            _ => None,
        }
    }

    pub(crate) fn is_true(self) -> bool {
        matches!(self.value(), Value::Scalar { text, plain: true } if scalar::is_true(text))
    }

    /// Whether a scalar is a string to Kubernetes: it has quotes, or no other type.
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
