//! Containers at places that are not read.

use super::object::Object;

/// Whether an object that is not read has a list of containers somewhere.
pub(super) fn has_containers(object: &Object<'_>) -> bool {
    let mut rest = vec![object.node];
    while let Some(node) = rest.pop() {
        for (key, value) in node.entries() {
            if key.text() == Some("containers") && value.items().any(|container| container.get("image").is_some()) {
                return true;
            }
            rest.push(value);
        }
        rest.extend(node.items());
    }
    false
}
