//! The variables of the container's environment.

use graceful_core::environment::{OVERRIDES, PREFIX};

use crate::grant::{At, Variable, VariableValue};
use crate::template::Template;
use crate::tree::Node;

use super::config_map::Nearby;
use super::fields::Fields;

impl<'t> Variable<'t> {
    /// The variables of the program. Of several with one name the last one counts: `env` comes after all of `envFrom`.
    pub(super) fn all(container: Node<'t>, maps: Nearby<'_, 't>, fields: &mut Fields) -> Vec<Self> {
        let mut variables = Vec::new();
        for from in container.items_of("envFrom") {
            variables.extend(Self::of_map(from, maps, fields));
        }
        variables.extend(container.items_of("env").filter_map(|variable| Self::read(variable, maps, fields)));
        variables
    }

    /// The variables from a ConfigMap. A ConfigMap that is not in the files, and a Secret, cause no warning: hardly any
    /// of them sets these variables.
    fn of_map(from: Node<'t>, maps: Nearby<'_, 't>, fields: &mut Fields) -> Vec<Self> {
        let name = from.at(&["configMapRef", "name"]).and_then(Node::text);
        let Some(map) = name.and_then(|name| maps.get(name)) else { return Vec::new() };
        let prefix = from.get("prefix").and_then(Node::text).unwrap_or("");
        let mut read = |name: &'static str| {
            let (key, value) = map.entry(name.strip_prefix(prefix)?)?;
            Self::of_entry(name, key, value, fields)
        };
        OVERRIDES.into_iter().filter_map(&mut read).collect()
    }

    /// Reads an entry of `env`, if it is a variable of the program. Only then the type of its value is checked.
    fn read(node: Node<'t>, maps: Nearby<'_, 't>, fields: &mut Fields) -> Option<Self> {
        let name = node.get("name").and_then(Node::text).filter(|name| name.starts_with(PREFIX))?;
        if let Some(from) = node.get("valueFrom") {
            return Self::of_key(name, node, from, maps, fields);
        }
        let (position, value) = match node.entry("value") {
            None => (node.position(), VariableValue::Text("".into())),
            Some((key, _)) => {
                let text = fields.text(node, "value")?;
                if let Some(value) = Template::of(text.value) {
                    fields.template.get_or_insert(At { value, position: key.position() });
                }
                // Composed of other variables.
                let is_elsewhere = text.value.contains("$(");
                let value =
                    if is_elsewhere { VariableValue::Elsewhere } else { VariableValue::Text(text.value.into()) };
                (key.position(), value)
            }
        };
        Some(Self { name, position, value })
    }

    /// The variable that `valueFrom` takes from a key of a ConfigMap.
    fn of_key(
        name: &'t str,
        node: Node<'t>,
        from: Node<'t>,
        maps: Nearby<'_, 't>,
        fields: &mut Fields,
    ) -> Option<Self> {
        let reference = |key| from.at(&["configMapKeyRef", key]);
        let map = reference("name").and_then(Node::text).and_then(|name| maps.get(name));
        match map.map(|map| map.entry(reference("key")?.text()?)) {
            Some(Some((key, value))) => Self::of_entry(name, key, value, fields),
            // Kubernetes then leaves the variable out.
            Some(None) if reference("optional").is_some_and(Node::is_true) => None,
            _ => Some(Self { name, position: node.position(), value: VariableValue::Elsewhere }),
        }
    }

    /// The variable from an entry of a ConfigMap, where `$(` has no special meaning.
    fn of_entry(name: &'t str, key: Node<'t>, value: Node<'t>, fields: &mut Fields) -> Option<Self> {
        // In a ConfigMap null is an empty text.
        let text = if value.is_null() { "" } else { fields.text_of(key, value, "data")? };
        if let Some(template) = Template::of(text) {
            fields.template.get_or_insert(At { value: template, position: value.position() });
        }
        Some(Self { name, position: key.position(), value: VariableValue::Text(text.into()) })
    }
}
