//! Variables that have the program's prefix and no effect.

use graceful_core::environment::{PREFIX, UnknownVariable};

use crate::grant::{At, MAX_UNKNOWN_VARIABLES};
use crate::tree::Node;

use super::config_map::Nearby;

/// The unknown variables of a container, from `envFrom` and `env`.
pub(super) fn all<'t>(container: Node<'t>, maps: Nearby<'_, 't>) -> Vec<At<UnknownVariable>> {
    let from = container.items_of("envFrom").flat_map(|from| of_map(from, maps));
    let env =
        container.items_of("env").filter_map(|variable| Some((variable.get("name")?.text()?.to_owned(), variable)));
    let unknown =
        |(name, node): (String, Node<'t>)| Some(At { value: UnknownVariable::find(&name)?, position: node.position() });
    from.chain(env).filter_map(unknown).take(MAX_UNKNOWN_VARIABLES).collect()
}

/// The variables from a ConfigMap that have the program's prefix.
fn of_map<'t>(from: Node<'t>, maps: Nearby<'_, 't>) -> impl Iterator<Item = (String, Node<'t>)> {
    let name = from.at(&["configMapRef", "name"]).and_then(Node::text);
    let prefix = from.get("prefix").and_then(Node::text).unwrap_or("");
    // What a key begins with, so that the variable has the program's prefix.
    let start = PREFIX.strip_prefix(prefix).or_else(|| prefix.starts_with(PREFIX).then_some(""));
    let keys = name.and_then(|name| maps.get(name)).zip(start).map(|(map, start)| map.keys(start));
    keys.into_iter().flatten().filter_map(move |key| Some((format!("{prefix}{}", key.text()?), key)))
}
