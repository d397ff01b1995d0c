//! PersistentVolumeClaims: the disks of pods.

use std::collections::HashSet;

use super::object::{Namespace, Object};

/// The claims of the sources that several pods may mount for writing.
#[derive(Debug, Default)]
pub(crate) struct Claims<'t>(HashSet<(&'t str, Namespace<'t>)>);

impl<'t> Claims<'t> {
    /// Adds the object, if it is such a claim.
    pub(super) fn add(&mut self, object: &Object<'t>) {
        if !object.is("", "PersistentVolumeClaim") {
            return;
        }
        let mut modes = object.node.get("spec").into_iter().flat_map(|spec| spec.items_of("accessModes"));
        if modes.any(|mode| mode.text() == Some("ReadWriteMany")) {
            self.0.insert((object.name(), object.namespace()));
        }
    }

    /// Whether several pods may write. A claim that is not in the files counts as one that a single pod mounts.
    pub(crate) fn is_shared(&self, name: &'t str, namespace: Namespace<'t>) -> bool {
        self.0.contains(&(name, namespace))
    }
}
