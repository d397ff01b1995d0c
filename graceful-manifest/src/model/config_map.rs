//! ConfigMaps, from which a container can take variables.

use std::collections::HashMap;
use std::rc::Rc;

use crate::tree::Node;

use super::object::{Namespace, Object};

/// All ConfigMaps of the sources.
#[derive(Debug, Default)]
pub(crate) struct ConfigMaps<'t>(HashMap<(&'t str, Namespace<'t>), Rc<ConfigMap<'t>>>);

/// A ConfigMap.
#[derive(Debug)]
pub(super) struct ConfigMap<'t> {
    namespace: Namespace<'t>,
    /// Sorted by key, because thousands of variables may each look up one.
    data: Vec<(Node<'t>, Node<'t>)>,
}

/// The ConfigMaps of one namespace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearby<'m, 't> {
    all: &'m ConfigMaps<'t>,
    namespace: Namespace<'t>,
}

impl<'t> ConfigMaps<'t> {
    /// Adds the object, if it is a ConfigMap. Of two with the same name the last one counts, as when one is applied
    /// after the other.
    pub(super) fn add(&mut self, object: &Object<'t>) {
        if !object.is("", "ConfigMap") {
            return;
        }
        let (name, namespace) = (object.name(), object.namespace());
        let mut data: Vec<_> = object.node.get("data").map_or_else(Vec::new, |data| data.entries().collect());
        data.sort_by_key(|(key, _)| key.text());
        let map = Rc::new(ConfigMap { namespace, data });
        // For a pod without a namespace.
        self.0.entry((name, Namespace::default())).or_insert_with(|| Rc::clone(&map));
        self.0.insert((name, namespace), map);
    }

    pub(crate) fn near(&self, namespace: Namespace<'t>) -> Nearby<'_, 't> {
        Nearby { all: self, namespace }
    }
}

impl<'m, 't> Nearby<'m, 't> {
    pub(super) fn get(self, name: &'t str) -> Option<&'m ConfigMap<'t>> {
        let of = |namespace| self.all.0.get(&(name, namespace));
        let anywhere = || of(Namespace::default()).filter(|map| map.namespace.matches(self.namespace));
        of(self.namespace).or_else(anywhere).map(|map| &**map)
    }
}

impl<'t> ConfigMap<'t> {
    /// The nodes of the keys that begin with this text.
    pub(super) fn keys(&self, start: &str) -> impl Iterator<Item = Node<'t>> {
        let first = self.data.partition_point(|(key, _)| key.text() < Some(start));
        let from = self.data.get(first..).unwrap_or_default().iter().map(|(key, _)| *key);
        from.take_while(move |key| key.text().is_some_and(|text| text.starts_with(start)))
    }

    /// The nodes of the key and the value. Of equal keys the last one counts.
    pub(super) fn entry(&self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        let behind = self.data.partition_point(|(other, _)| other.text() <= Some(key));
        let &(found, value) = self.data.get(behind.checked_sub(1)?)?;
        (found.text() == Some(key)).then_some((found, value))
    }
}
