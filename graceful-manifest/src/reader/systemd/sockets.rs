//! Socket units, and the `Sockets=` of a service.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.socket.html>

use std::collections::BTreeSet;

use crate::grant::{At, Listen, SocketUnit};
use crate::tree::Node;

use super::assignments::Assignments;
use super::is_true;

/// The socket unit of this name. `None` if it is no socket unit.
pub(super) fn read<'t>(unit: &'t str, socket: &Assignments<'t>) -> Option<SocketUnit<'t>> {
    let stem = unit.strip_suffix(".socket")?;
    let position = socket.section?;
    let accept = socket.last(&["Accept"]).filter(|(_, value)| value.text().is_some_and(is_true));
    let service = match socket.text("Service") {
        Some(service) => resolved(service, unit),
        None if stem.contains('@') => None,
        None if accept.is_some() => Some(format!("{stem}@.service")),
        None => Some(format!("{stem}.service")),
    };
    let name = match socket.last(&["FileDescriptorName"]) {
        Some((key, value)) => value.text().map(|value| At { value, position: key.position() }),
        None => Some(At { value: unit, position }).filter(|_| !stem.ends_with('@')),
    };
    Some(SocketUnit {
        unit,
        position,
        name: name.filter(|name| !name.value.contains('%')),
        listens: listens(socket),
        accept: accept.map(|(key, _)| key.position()),
        service,
    })
}

/// The addresses. An empty one removes all before it, whatever their keys are.
fn listens<'t>(socket: &Assignments<'t>) -> Vec<Listen<'t>> {
    let mut listens = Vec::new();
    for (key, value) in socket.entries() {
        let (Some(name), Some(value)) = (key.text(), value.text()) else { continue };
        if !name.starts_with("Listen") {
            continue;
        } else if value.is_empty() {
            listens.clear();
        } else {
            listens.push(Listen { key: name, value, position: key.position() });
        }
    }
    listens
}

/// The units in `Sockets=`. `None` if a name depends on a specifier. An empty assignment removes nothing.
pub(super) fn inherited(service: &Assignments<'_>, unit: &str) -> Option<BTreeSet<String>> {
    let sockets = service.entries().iter().filter(|(key, _)| key.text() == Some("Sockets"));
    let words = sockets.flat_map(|(_, words)| words.items()).filter_map(Node::text);
    words.map(|word| resolved(word, unit)).collect()
}

/// The name without specifiers. Only `%p` is known: what precedes the `@` of the unit.
fn resolved(name: &str, unit: &str) -> Option<String> {
    let prefix = unit.split('@').next().unwrap_or(unit);
    let prefix = prefix.rsplit_once('.').filter(|_| prefix.len() == unit.len()).map_or(prefix, |(stem, _)| stem);
    Some(name.replace("%p", prefix)).filter(|name| !name.contains('%'))
}
