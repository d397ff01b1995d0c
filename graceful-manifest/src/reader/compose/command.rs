//! What a service runs: `entrypoint`, then `command`.

use std::borrow::Cow;

use crate::grant::CommandLine;
use crate::reader::INIT;
use crate::tree::Node;

use super::interpolation::interpolate;
use super::layers::Layers;
use super::words;

pub(super) fn read<'t>(service: &Layers<'t>) -> Option<CommandLine<'t>> {
    let entrypoint = service.command("entrypoint");
    let command = service.command("command");
    let (key, _) = entrypoint.or(command)?;
    let own = [entrypoint, command].into_iter().flatten().flat_map(|(_, value)| words(value));
    let is_init = service.entry("init").is_some_and(|(_, value)| is_true(value));
    let init = if is_init { &INIT[..] } else { &[] };
    let words = init.iter().map(|&word| Cow::Borrowed(word)).chain(own).collect();
    Some(CommandLine { words, position: key.position(), has_command: entrypoint.is_some() })
}

/// The words of a list, or of a text. A variable without a default stays as it is written.
fn words<'t>(value: Node<'t>) -> Vec<Cow<'t, str>> {
    let known = |text: &'t str| interpolate(text).unwrap_or(Cow::Borrowed(text));
    match value.text() {
        Some(text) => words::split(&known(text)).unwrap_or_default().into_iter().map(Cow::Owned).collect(),
        None => value.items().filter_map(Node::text).map(known).collect(),
    }
}

/// Compose also takes a boolean in quotes, which may come from a variable.
fn is_true(value: Node<'_>) -> bool {
    value.is_true() || value.text().and_then(interpolate).as_deref() == Some("true")
}
