//! The variables of a service.

use crate::grant::Grant;
use crate::reader::variables::add_variable;

use super::interpolation::interpolate;
use super::layers::{Layers, is_reset};

/// Reads `environment`. A variable without a value has the one of the shell that runs Compose.
pub(super) fn read<'t>(service: &Layers<'t>, grant: &mut Grant<'t>) {
    for (_, value) in service.all("environment") {
        for (key, value) in value.entries() {
            let Some(name) = key.text() else { continue };
            if is_reset(value) {
                grant.variables.retain(|variable| variable.name != name);
            } else {
                let known = value.text().filter(|_| !value.is_null()).and_then(interpolate);
                add_variable(grant, name, key.position(), known);
            }
        }
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
