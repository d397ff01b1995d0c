//! The variables of a process.

use std::borrow::Cow;

use graceful_core::environment::{PREFIX, UnknownVariable};

use crate::grant::{At, Grant, Variable, VariableValue};
use crate::tree::Position;

/// As many unknown variables are reported of one process.
const MAX_UNKNOWN: usize = 16;

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
    match UnknownVariable::find(name) {
        Some(value) if grant.unknown_variables.len() < MAX_UNKNOWN => {
            grant.unknown_variables.push(At { value, position });
        }
        _ => {}
    }
    let value = value.map_or(VariableValue::Elsewhere, |value| VariableValue::Text(value.into()));
    grant.variables.push(Variable { name, position, value });
}
