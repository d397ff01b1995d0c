//! The probes of a container.

use std::time::Duration;

use crate::yaml::{Node, Position};

use super::fields::{At, Fields, IntOrText, Invalid};

/// The purpose of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Readiness,
    Liveness,
    Startup,
}

impl Question {
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Readiness => "readinessProbe",
            Self::Liveness => "livenessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Probe<'t> {
    pub(crate) position: Position,
    pub(crate) question: Question,
    pub(crate) action: Action<'t>,
    /// The longest time until Kubernetes notices a failure.
    pub(crate) notices_within: Duration,
    /// `terminationGracePeriodSeconds` of the probe.
    pub(crate) grace: Option<At<u64>>,
}

#[derive(Debug)]
pub(crate) enum Action<'t> {
    Http {
        path: At<&'t str>,
        port: At<IntOrText<'t>>,
        is_https: bool,
        has_host: bool,
    },
    Grpc {
        port: At<IntOrText<'t>>,
    },
    /// The kubelet only connects.
    Tcp {
        port: At<IntOrText<'t>>,
        has_host: bool,
    },
    /// The result of the probe is unknown.
    Other,
}

impl<'t> Probe<'t> {
    pub(crate) fn all(container: Node<'t>, fields: &mut Fields) -> Vec<Self> {
        let mut read = |question: Question| Self::read(question, container.entry(question.field())?, fields);
        [Question::Readiness, Question::Liveness, Question::Startup].into_iter().filter_map(&mut read).collect()
    }

    fn read(question: Question, (key, node): (Node<'t>, Node<'t>), fields: &mut Fields) -> Option<Self> {
        if !node.is_mapping() {
            return None;
        }
        let mut at_least_one = |field, default| {
            fields.count(node, field).map(|count| count.value).filter(|&count| count > 0).unwrap_or(default)
        };
        let period = at_least_one("periodSeconds", 10);
        let failures = at_least_one("failureThreshold", 3);
        let grace = fields.count(node, "terminationGracePeriodSeconds");
        if let (Question::Readiness, Some(grace)) = (question, grace) {
            let expected = "nothing: a readiness probe never ends a container";
            let found = grace.value.to_string();
            let (position, field) = (grace.position, "terminationGracePeriodSeconds");
            fields.invalid.push(Invalid { position, field, found: Some(found), expected });
        }
        Some(Self {
            position: key.position(),
            question,
            action: Action::read(node, key.position(), fields),
            notices_within: Duration::from_secs(period.saturating_mul(failures)),
            grace,
        })
    }
}

impl<'t> Action<'t> {
    fn read(probe: Node<'t>, position: Position, fields: &mut Fields) -> Self {
        if let Some(get) = probe.get("httpGet") {
            let Some(port) = fields.port(get, "port") else { return Self::Other };
            let path = fields.text(get, "path").unwrap_or(At { value: "/", position });
            let is_https = get.get("scheme").and_then(Node::text) == Some("HTTPS");
            return Self::Http { path, port, is_https, has_host: get.get("host").is_some() };
        }
        if let Some(socket) = probe.get("tcpSocket") {
            let Some(port) = fields.port(socket, "port") else { return Self::Other };
            return Self::Tcp { port, has_host: socket.get("host").is_some() };
        }
        match probe.get("grpc").and_then(|grpc| fields.port(grpc, "port")) {
            Some(port) => Self::Grpc { port },
            None => Self::Other,
        }
    }
}
