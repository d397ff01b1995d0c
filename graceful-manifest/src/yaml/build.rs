//! Builds a tree from a text.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle, Tag};

use crate::error::ErrorKind;
use crate::grant::At;
use crate::syntax::places::Places;
use crate::template::{Template, Unrendered};
use crate::tree::{Id, Position, Tree, Value};

/// How many values a source may expand to. The manifests of a whole cluster have far fewer.
const MAX_NODES: u64 = 2_000_000;

/// The reason why there is no tree.
#[derive(Debug)]
pub(crate) enum Failure {
    Syntax(Position, String),
    Template(Unrendered),
    TooLarge(Position),
    /// An alias in the value that it stands for.
    Circle(Position),
}

impl From<Failure> for crate::error::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Syntax(position, why) => Self::syntax("YAML", position, &why),
            Failure::Template(template) => Self::template(template),
            Failure::TooLarge(position) => {
                let message = "too large: more than 2000000 values, expanded aliases included";
                Self::new(ErrorKind::TooLarge, message).at(position)
            }
            Failure::Circle(position) => Self::syntax("YAML", position, "an alias stands for a value that contains it"),
        }
    }
}

/// Reads all documents of a text.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut builder = Builder::new(source);
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => {
                let marker = error.marker();
                let at = position(source, marker.line(), marker.col());
                let template = marker.byte_offset().and_then(|offset| Template::before(text, offset));
                return Err(match template {
                    Some((start, value)) => {
                        Failure::Template(At { value, position: Places::new(text, source).at(start) })
                    }
                    None => Failure::Syntax(at, error.info()),
                });
            }
        }
    }
    Ok(builder.tree)
}

fn position(source: u32, line: usize, column: usize) -> Position {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position { source, line: small(line.max(1)), column: small(column.saturating_add(1)) }
}

/// A tag that is not YAML's own, without its exclamation mark.
fn local(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle() == "!").map(|tag| tag.suffix().to_owned())
}

struct Builder<'a> {
    source: u32,
    tree: Tree<'a>,
    /// The number of values that each complete node expands to.
    weights: Vec<u64>,
    open: Vec<Open>,
    /// The complete anchors of the current document.
    anchors: HashMap<usize, Id>,
    total: u64,
}

/// A collection that is not complete.
struct Open {
    position: Position,
    anchor: usize,
    tag: Option<String>,
    weight: u64,
    content: Content,
}

enum Content {
    Sequence(Vec<Id>),
    Mapping { entries: Vec<(Id, Id)>, key: Option<Id>, flow: bool },
}

impl<'a> Builder<'a> {
    fn new(source: u32) -> Self {
        Self { source, tree: Tree::default(), weights: Vec::new(), open: Vec::new(), anchors: HashMap::new(), total: 0 }
    }

    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Failure> {
        let at = position(self.source, span.start.line(), span.start.col());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.as_ref().is_none_or(|tag| tag.suffix() != "str");
                let id = self.node(at, Value::Scalar { text, plain }, 1)?;
                if let Some(tag) = local(tag.as_deref()) {
                    self.tree.add_tag(id, &tag);
                }
                self.named(anchor, id);
                self.add(at, id)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(at, anchor, local(tag.as_deref()), Content::Sequence(Vec::new()));
                Ok(())
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let parent = self.open.last().map(|open| &open.content);
                if flow && matches!(parent, Some(Content::Mapping { flow: true, key: None, .. })) {
                    // `{{ … }}` is a mapping as a key, which Kubernetes never has.
                    let position = Position { column: at.column.saturating_sub(1).max(1), ..at };
                    return Err(Failure::Template(At { value: Template::Helm, position }));
                }
                let content = Content::Mapping { entries: Vec::new(), key: None, flow };
                self.begin(at, anchor, local(tag.as_deref()), content);
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(at),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(&id) => self.add(at, id),
                None => Err(Failure::Circle(at)),
            },
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, position: Position, anchor: usize, tag: Option<String>, content: Content) {
        self.open.push(Open { position, anchor, tag, weight: 1, content });
    }

    fn end(&mut self, at: Position) -> Result<(), Failure> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { entries, .. } => Value::Mapping(self.merged(entries)),
        };
        let id = self.node(open.position, value, open.weight)?;
        if let Some(tag) = open.tag {
            self.tree.add_tag(id, &tag);
        }
        self.named(open.anchor, id);
        self.add(at, id)
    }

    /// Adds the entries that `<<` takes from other mappings, before the mapping's own keys, so that these count. Their
    /// number is already counted with the aliases after `<<`.
    fn merged(&self, entries: Vec<(Id, Id)>) -> Vec<(Id, Id)> {
        let is_merge = |key: Id| matches!(self.tree.value(key), Value::Scalar { text, plain: true } if text == "<<");
        if !entries.iter().any(|&(key, _)| is_merge(key)) {
            return entries;
        }
        let mut merged = Vec::new();
        for &(_, value) in entries.iter().filter(|&&(key, _)| is_merge(key)) {
            let of_several = match self.tree.value(value) {
                Value::Sequence(items) => &**items,
                _ => std::slice::from_ref(&value),
            };
            // Of several mappings the first one counts.
            for &each in of_several.iter().rev() {
                if let Value::Mapping(others) = self.tree.value(each) {
                    merged.extend_from_slice(others);
                }
            }
        }
        merged.extend(entries.into_iter().filter(|&(key, _)| !is_merge(key)));
        merged
    }

    fn node(&mut self, position: Position, value: Value<'a>, weight: u64) -> Result<Id, Failure> {
        let id = self.tree.add(position, value).ok_or(Failure::TooLarge(position))?;
        self.weights.push(weight);
        Ok(id)
    }

    fn named(&mut self, anchor: usize, id: Id) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn weight(&self, id: Id) -> u64 {
        self.weights[id as usize]
    }

    /// Adds a node to the open collection, or as a document.
    fn add(&mut self, at: Position, id: Id) -> Result<(), Failure> {
        let weight = self.weight(id);
        let Some(open) = self.open.last_mut() else {
            self.tree.add_document(id);
            self.total = self.total.saturating_add(weight);
            return if self.total > MAX_NODES { Err(Failure::TooLarge(at)) } else { Ok(()) };
        };
        match &mut open.content {
            Content::Sequence(items) => items.push(id),
            Content::Mapping { entries, key, .. } => match key.take() {
                None => *key = Some(id),
                Some(key) => entries.push((key, id)),
            },
        }
        open.weight = open.weight.saturating_add(weight);
        if open.weight > MAX_NODES { Err(Failure::TooLarge(at)) } else { Ok(()) }
    }
}
