//! The variables of a process.

use std::borrow::Cow;

use graceful_core::environment::{PREFIX, UnknownVariable};

use crate::grant::{At, Grant, MAX_UNKNOWN_VARIABLES, Variable, VariableValue};
use crate::tree::{Node, Position};

/// Adds a variable if it has the program's prefix. Without a value it is not in the files.
pub(super) fn add_variable<'t>(
    grant: &mut Grant<'t>,
    name: &'t str,
    position: Position,
    value: Option<impl Into<Cow<'t, str>>>,
) {
    if !name.starts_with(PREFIX) {
        return;
    }
    if grant.unknown_variables.len() < MAX_UNKNOWN_VARIABLES
        && let Some(value) = UnknownVariable::find(name)
    {
        grant.unknown_variables.push(At { value, position });
    }
    let value = value.map_or(VariableValue::Elsewhere, |value| VariableValue::Text(value.into()));
    grant.variables.push(Variable { name, position, value });
}

/// Adds the variable of an entry, whose key is the name.
pub(super) fn add_entry<'t>(grant: &mut Grant<'t>, key: Node<'t>, value: Option<impl Into<Cow<'t, str>>>) {
    add_variable(grant, key.text().unwrap_or_default(), key.position(), value);
}
