//! Objects of Kubernetes, with kind, name and place.

use crate::grant::label;
use crate::tree::{Node, Tree};

/// An object of any kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'t> {
    pub(crate) kind: &'t str,
    /// The group of the object's API, empty for the core.
    pub(crate) group: &'t str,
    pub(crate) node: Node<'t>,
}

impl<'t> Object<'t> {
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// The object's name, or its `generateName`, for messages.
    pub(crate) fn name(&self) -> &'t str {
        let name = |key| self.node.at(&["metadata", key]).and_then(Node::text);
        name("name").or_else(|| name("generateName")).unwrap_or("")
    }

    pub(crate) fn namespace(&self) -> Namespace<'t> {
        Namespace(self.node.at(&["metadata", "namespace"]).and_then(Node::text))
    }

    /// Whether `helm test` runs it. An object may have several hooks.
    pub(super) fn is_test_of_a_chart(&self) -> bool {
        let hooks = self.node.at(&["metadata", "annotations", "helm.sh/hook"]).and_then(Node::text);
        hooks.is_some_and(|hooks| hooks.split(',').any(|hook| matches!(hook.trim(), "test" | "test-success")))
    }

    pub(super) fn identity(&self) -> Identity<'t> {
        Identity { group: self.group, kind: self.kind, name: self.name(), namespace: self.namespace() }
    }

    /// The object that created and controls this one. It is in the same namespace.
    pub(super) fn controller(&self) -> Option<Identity<'t>> {
        let mut owners = self.node.get("metadata")?.items_of("ownerReferences");
        let owner = owners.find(|owner| owner.get("controller").is_some_and(Node::is_true))?;
        let text = |key| owner.get(key).and_then(Node::text);
        let group = group(text("apiVersion")?);
        Some(Identity { group, kind: text("kind")?, name: text("name")?, namespace: self.namespace() })
    }
}

/// The identity of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity<'t> {
    group: &'t str,
    kind: &'t str,
    name: &'t str,
    namespace: Namespace<'t>,
}

impl Identity<'_> {
    pub(super) fn label(&self) -> String {
        label(self.kind, self.name)
    }
}

/// A namespace. `None`: the namespace that the manifest is applied to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Namespace<'t>(Option<&'t str>);

impl Namespace<'_> {
    /// Whether the two namespaces may be the same.
    pub(crate) fn matches(self, other: Namespace<'_>) -> bool {
        match (self.0, other.0) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}

/// All objects of a source, also those in Lists.
pub(crate) fn objects<'t>(tree: &'t Tree<'t>) -> Vec<Object<'t>> {
    let mut objects = Vec::new();
    let mut rest: Vec<(Node<'t>, Option<Object<'t>>)> = tree.documents().map(|node| (node, None)).collect();
    // A stack, so that the items of a List are in the place of the List.
    rest.reverse();
    while let Some((node, list)) = rest.pop() {
        let Some(object) = object(node, list) else { continue };
        if object.kind.ends_with("List") && node.get("items").is_some() {
            let items: Vec<_> = node.items_of("items").map(|item| (item, Some(object))).collect();
            rest.extend(items.into_iter().rev());
        } else {
            objects.push(object);
        }
    }
    objects
}

/// An item of a `DeploymentList` need not say that it is a Deployment.
fn object<'t>(node: Node<'t>, list: Option<Object<'t>>) -> Option<Object<'t>> {
    let group = node.get("apiVersion").and_then(Node::text).map(group);
    let kind = node.get("kind").and_then(Node::text);
    let list_kind = list.and_then(|list| list.kind.strip_suffix("List")).filter(|kind| !kind.is_empty());
    Some(Object { kind: kind.or(list_kind)?, group: group.or(list.map(|list| list.group))?, node })
}

/// `apps` of `apps/v1`, nothing of `v1`.
fn group(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}
