//! Typed fields, and the fields that have a value of another type.

use std::ops::RangeInclusive;

use crate::grant::{At, IntOrText, Remark};
use crate::rule::Rule;
use crate::template::{Template, Unrendered};
use crate::text::quote;
use crate::tree::{Node, Position};

/// A field with a value that the platform refuses.
#[derive(Debug, Clone)]
pub(crate) struct Invalid {
    pub(crate) position: Position,
    pub(crate) field: &'static str,
    /// The value. `None` for a list or a mapping.
    pub(crate) found: Option<String>,
    pub(crate) expected: &'static str,
}

/// Reads fields, and notes those that cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) invalid: Vec<Invalid>,
    /// Two fields that exclude each other, with the place of the second.
    pub(crate) both: Vec<At<[&'static str; 2]>>,
    /// The first value that is not rendered.
    pub(crate) template: Option<Unrendered>,
}

const PORTS: RangeInclusive<i64> = 1..=65_535;

impl Fields {
    /// Adds the notes of another reader.
    pub(crate) fn add(&mut self, other: &Self) {
        self.invalid.extend_from_slice(&other.invalid);
        self.both.extend_from_slice(&other.both);
        self.template = self.template.or(other.template);
    }

    /// The notes as findings, for a platform of this name.
    pub(crate) fn remarks(&self, platform: &str) -> Vec<Remark> {
        let invalid = self.invalid.iter().map(|invalid| {
            let found = invalid.found.as_deref().map_or_else(|| "a list or a mapping".to_owned(), quote);
            let message = format!("`{}` is {found}, which {platform} refuses", invalid.field);
            (invalid.position, message, format!("write {}", invalid.expected))
        });
        let both = self.both.iter().map(|both| {
            let [first, second] = both.value;
            let message = format!("`{first}` and `{second}` are both set, which {platform} refuses");
            (both.position, message, "remove one of them".to_owned())
        });
        let remark = |(position, message, advice)| Remark { rule: Rule::InvalidValue, position, message, advice };
        invalid.chain(both).map(remark).collect()
    }

    /// A whole number.
    pub(crate) fn int(&mut self, node: Node<'_>, field: &'static str) -> Option<At<i64>> {
        let (key, value) = node.entry(field)?;
        match value.int() {
            Some(value) => Some(At { value, position: key.position() }),
            None => self.refuse(key, value, field, "a whole number without quotes"),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&mut self, node: Node<'_>, field: &'static str) -> Option<At<u64>> {
        let (key, value) = node.entry(field)?;
        match value.int().map(u64::try_from) {
            Some(Ok(value)) => Some(At { value, position: key.position() }),
            _ => self.refuse(key, value, field, "a whole number, not negative, without quotes"),
        }
    }

    /// A whole number that is not negative, or the default of an absent field. `None` if the value cannot be read.
    pub(super) fn count_or(&mut self, node: Node<'_>, field: &'static str, default: u64) -> Option<u64> {
        match self.count(node, field) {
            None if node.get(field).is_none() => Some(default),
            count => count.map(|count| count.value),
        }
    }

    /// A text. A value that YAML reads as another type lacks its quotes.
    pub(crate) fn text<'t>(&mut self, node: Node<'t>, field: &'static str) -> Option<At<&'t str>> {
        let (key, value) = node.entry(field)?;
        Some(At { value: self.text_of(key, value, field)?, position: key.position() })
    }

    /// The text of an entry of this field.
    pub(super) fn text_of<'t>(&mut self, key: Node<'_>, value: Node<'t>, field: &'static str) -> Option<&'t str> {
        match value.text() {
            Some(text) if value.is_string() => Some(text),
            _ => self.refuse(key, value, field, "a text, in quotes"),
        }
    }

    /// A list of texts. The first item that is not a text is noted, and all items are read, because their meaning is
    /// clear.
    pub(crate) fn texts<'t>(&mut self, node: Node<'t>, field: &'static str) -> Vec<&'t str> {
        let Some((key, list)) = node.entry(field) else { return Vec::new() };
        if list.text().is_some() {
            self.refuse::<()>(key, list, field, "a list of texts");
        }
        if let Some(item) = list.items().find(|item| !item.is_string()) {
            self.refuse::<()>(item, item, field, "a text, in quotes");
        }
        list.items().filter_map(Node::text).collect()
    }

    /// A number or a text.
    pub(crate) fn int_or_text<'t>(&mut self, node: Node<'t>, field: &'static str) -> Option<At<IntOrText<'t>>> {
        let (key, value) = node.entry(field)?;
        let position = key.position();
        match (value.int(), value.text()) {
            (Some(int), _) => Some(At { value: IntOrText::Int(int), position }),
            (_, Some(text)) if Template::of(text).is_some() => self.refuse(key, value, field, ""),
            (_, Some(text)) if value.is_string() => Some(At { value: IntOrText::Text(text), position }),
            _ => self.refuse(key, value, field, "a whole number or a text"),
        }
    }

    /// A port's number, or its name.
    pub(crate) fn port<'t>(&mut self, node: Node<'t>, field: &'static str) -> Option<At<IntOrText<'t>>> {
        let port = self.int_or_text(node, field)?;
        match port.value {
            IntOrText::Int(number) if !PORTS.contains(&number) => self.refuse_port(node, field),
            _ => Some(port),
        }
    }

    /// A port's number.
    pub(crate) fn port_number(&mut self, node: Node<'_>, field: &'static str) -> Option<At<u64>> {
        let port = self.count(node, field)?;
        let is_one = i64::try_from(port.value).is_ok_and(|number| PORTS.contains(&number));
        if is_one { Some(port) } else { self.refuse_port(node, field) }
    }

    fn refuse_port<T>(&mut self, node: Node<'_>, field: &'static str) -> Option<T> {
        let (key, value) = node.entry(field)?;
        self.refuse(key, value, field, "a port from 1 to 65535")
    }

    /// Notes the first two of these fields, if more than one is set.
    pub(crate) fn one_of(&mut self, node: Node<'_>, fields: &[&'static str]) {
        let mut there = fields.iter().filter_map(|&field| Some((field, node.entry(field)?.0.position())));
        if let (Some((first, _)), Some((second, position))) = (there.next(), there.next()) {
            self.both.push(At { value: [first, second], position });
        }
    }

    /// Notes a value that the platform refuses.
    pub(crate) fn refuse<T>(
        &mut self,
        key: Node<'_>,
        value: Node<'_>,
        field: &'static str,
        expected: &'static str,
    ) -> Option<T> {
        let found = value.text();
        if let Some(template) = found.and_then(Template::of) {
            self.template.get_or_insert(At { value: template, position: value.position() });
        } else {
            // A message shows no more, and through aliases the text may be there many times.
            let found = found.map(|text| text.chars().take(100).collect());
            self.invalid.push(Invalid { position: key.position(), field, found, expected });
        }
        None
    }
}
