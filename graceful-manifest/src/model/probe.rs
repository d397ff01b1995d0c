//! The probes of a container.

use crate::grant::{At, Probe, ProbeAction, Question};
use crate::tree::{Node, Position};

use super::fields::{Fields, Invalid};

const FIELDS: [(Question, &str); 3] = [
    (Question::Readiness, "readinessProbe"),
    (Question::Liveness, "livenessProbe"),
    (Question::Startup, "startupProbe"),
];

pub(super) fn all<'t>(container: Node<'t>, fields: &mut Fields) -> Vec<Probe<'t>> {
    FIELDS.into_iter().filter_map(|(question, field)| read(question, field, container, fields)).collect()
}

fn read<'t>(question: Question, field: &'static str, container: Node<'t>, fields: &mut Fields) -> Option<Probe<'t>> {
    let (key, node) = container.entry(field).filter(|(_, node)| node.is_mapping())?;
    // Only a value that Kubernetes refuses matters.
    for count in ["periodSeconds", "failureThreshold"] {
        fields.count(node, count);
    }
    let grace = fields.count(node, "terminationGracePeriodSeconds");
    if let (Question::Readiness, Some(grace)) = (question, grace) {
        let expected = "nothing: a readiness probe never ends a container";
        let found = grace.value.to_string();
        let (position, field) = (grace.position, "terminationGracePeriodSeconds");
        fields.invalid.push(Invalid { position, field, found: Some(found), expected });
    }
    Some(Probe {
        position: key.position(),
        question,
        field,
        action: action(node, key.position(), fields),
        from_inside: false,
        grace,
    })
}

fn action<'t>(probe: Node<'t>, position: Position, fields: &mut Fields) -> ProbeAction<'t> {
    if let Some(get) = probe.get("httpGet") {
        let Some(port) = fields.port(get, "port") else { return ProbeAction::Other };
        let path = fields.text(get, "path").unwrap_or(At { value: "/", position });
        let is_https = get.get("scheme").and_then(Node::text) == Some("HTTPS");
        return ProbeAction::Http { path, port, is_https, has_host: get.get("host").is_some() };
    }
    if let Some(socket) = probe.get("tcpSocket") {
        let Some(port) = fields.port(socket, "port") else { return ProbeAction::Other };
        return ProbeAction::Tcp { port, has_host: socket.get("host").is_some() };
    }
    match probe.get("grpc").and_then(|grpc| fields.port(grpc, "port")) {
        Some(port) => ProbeAction::Grpc { port },
        None => ProbeAction::Other,
    }
}
