//! HCL, the language of Nomad's jobs.

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::Element;
use hcl_edit::{Span, parser};

use crate::error::Failure;
use crate::tree::{Id, Tree, Value};

use super::builder::Builder;

/// Reads the document of a text. A block is a mapping, in a mapping for each of its labels. A key may occur several times.
/// An expression that is more than a value, such as a variable, is kept as `${…}`, the form of an expression in a text.
pub(crate) fn parse(text: &str, source: u32) -> Result<Tree<'_>, Failure> {
    let builder = Builder::new("HCL", text, source)?;
    let document = parser::parse_body(text)
        .map_err(|error| builder.wrong(error.location().offset(), &error.message().replace('\n', " ")))?;
    let mut reader = Reader { text, builder };
    let root = reader.body(0, &document)?;
    reader.builder.add_document(root);
    Ok(reader.builder.tree())
}

/// The parser limits the depth.
struct Reader<'a> {
    text: &'a str,
    builder: Builder<'a>,
}

impl Reader<'_> {
    fn body(&mut self, at: usize, body: &Body) -> Result<Id, Failure> {
        let mut entries = Vec::new();
        for structure in body {
            entries.push(match structure {
                Structure::Attribute(attribute) => {
                    let key = self.builder.text(start(&attribute.key), attribute.key.as_str().to_owned())?;
                    (key, self.expression(&attribute.value)?)
                }
                Structure::Block(block) => self.block(block)?,
            });
        }
        self.builder.add(at, Value::Mapping(entries))
    }

    fn block(&mut self, block: &Block) -> Result<(Id, Id), Failure> {
        let at = start(&block.ident);
        let key = self.builder.text(at, block.ident.as_str().to_owned())?;
        let mut value = self.body(at, &block.body)?;
        for label in block.labels.iter().rev() {
            let label = self.builder.text(start(label), label.as_str().to_owned())?;
            value = self.builder.add(at, Value::Mapping(vec![(label, value)]))?;
        }
        Ok((key, value))
    }

    fn expression(&mut self, expression: &Expression) -> Result<Id, Failure> {
        let at = start(expression);
        let plain = |text: String| Value::Scalar { text: text.into(), plain: true };
        let value = match expression {
            Expression::String(text) => return self.builder.text(at, text.as_str().to_owned()),
            Expression::Null(_) => plain("null".to_owned()),
            Expression::Bool(truth) => plain(truth.value().to_string()),
            Expression::Number(number) => plain(number.value().to_string()),
            Expression::Array(array) => {
                let mut items = Vec::with_capacity(array.len());
                for item in array {
                    items.push(self.expression(item)?);
                }
                Value::Sequence(items)
            }
            Expression::Object(object) => {
                let mut entries = Vec::with_capacity(object.len());
                for (key, value) in object {
                    let key = match key {
                        ObjectKey::Ident(name) => self.builder.text(start(name), name.as_str().to_owned())?,
                        ObjectKey::Expression(key) => self.expression(key)?,
                    };
                    entries.push((key, self.expression(value.expr())?));
                }
                Value::Mapping(entries)
            }
            Expression::Parenthesis(inner) => return self.expression(inner.inner()),
            Expression::HeredocTemplate(document)
                if let Some(Element::Literal(text)) = document.template.as_single_element() =>
            {
                return self.builder.text(at, text.as_str().to_owned());
            }
            _ => return self.computed(expression),
        };
        self.builder.add(at, value)
    }

    fn computed(&mut self, expression: &Expression) -> Result<Id, Failure> {
        let written = expression.span().and_then(|span| self.text.get(span)).unwrap_or_default();
        let text = match expression {
            Expression::StringTemplate(_) if written.contains("${") => written.trim_matches('"').to_owned(),
            _ => format!("${{{written}}}"),
        };
        self.builder.text(start(expression), text)
    }
}

fn start(node: &impl Span) -> usize {
    node.span().map_or(0, |span| span.start)
}

#[cfg(test)]
mod tests;
