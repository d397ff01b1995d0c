//! The remarks that all readers may make.

use crate::grant::{Platform, Remark};
use crate::rule::Rule;
use crate::text::quote;
use crate::tree::Node;

/// The platform refuses the value of this key.
pub(super) fn refused(platform: &Platform, key: Node<'_>, value: Node<'_>, expected: &str) -> Remark {
    let found = value.text().map_or_else(|| "a list or a mapping".to_owned(), quote);
    let message = format!("{} is {found}, which {} refuses", name(key), platform.name);
    Remark { rule: Rule::InvalidValue, position: key.position(), message, advice: format!("write {expected}") }
}

/// The value of this key is computed from something that is not in the files.
pub(super) fn unknown(key: Node<'_>, text: &str, expected: &str) -> Remark {
    let message = format!("the value of {} is not in the files: it is {}", name(key), quote(text));
    Remark { rule: Rule::ValueUnknown, position: key.position(), message, advice: format!("write {expected}") }
}

fn name(key: Node<'_>) -> String {
    quote(key.text().unwrap_or_default())
}
