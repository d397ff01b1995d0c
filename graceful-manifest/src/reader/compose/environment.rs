//! The variables of a service.

use crate::grant::Grant;
use crate::reader::variables::add_variable;
use crate::tree::Node;

use super::interpolation::interpolate;
use super::layers::{Layers, is_reset};

/// Reads `environment`. A variable without a value has the one of the shell that runs Compose.
pub(super) fn read<'t>(service: &Layers<'t>, grant: &mut Grant<'t>) {
    for (_, value) in service.all("environment") {
        add_entries(value, grant);
        for item in value.items() {
            let Some(text) = item.text() else { continue };
            let (name, known) = match text.split_once('=') {
                Some((name, value)) => (name, interpolate(value)),
                None => (text, None),
            };
            add_variable(grant, name, item.position(), known);
        }
    }
}

/// Adds the variables of a mapping, which may be a file of `env_file`.
pub(super) fn add_entries<'t>(mapping: Node<'t>, grant: &mut Grant<'t>) {
    for (key, value) in mapping.entries() {
        let Some(name) = key.text() else { continue };
        if is_reset(value) {
            grant.variables.retain(|variable| variable.name != name);
        } else {
            let known = value.text().filter(|_| !value.is_null()).and_then(interpolate);
            add_variable(grant, name, key.position(), known);
        }
    }
}
