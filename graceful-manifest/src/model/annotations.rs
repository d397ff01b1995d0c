//! The annotations of objects and their pods that are for graceful.

use crate::declaration::{Declarations, Scope};

use super::object::Object;

/// Where the metadata of an object and of its pods is.
const METADATA: [&[&str]; 3] = [&[], &["spec", "template"], &["spec", "jobTemplate", "spec", "template"]];

/// Reads the annotations of an object and of its pods.
pub(super) fn read(object: &Object<'_>, declarations: &mut Declarations) {
    let scope = Scope::Object(object.node.position());
    let metadata = METADATA.into_iter().filter_map(|path| object.node.at(path)?.at(&["metadata", "annotations"]));
    for annotations in metadata {
        let text = |key| annotations.entry(key).and_then(|(key, value)| Some((key.position(), value.text()?)));
        if let Some((position, text)) = text("graceful/allow") {
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                declarations.allow(line, position, scope);
            }
        }
        if let Some((position, text)) = text("graceful/pre-stop") {
            declarations.pre_stop(text, position, scope);
        }
    }
}
