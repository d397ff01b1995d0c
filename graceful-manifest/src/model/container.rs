//! The container in which the program runs.

use graceful_core::environment::UnknownVariable;

use crate::yaml::{Node, Position};

use super::config_map::Nearby;
use super::fields::{At, Fields};
use super::pre_stop::PreStop;
use super::probe::Probe;
use super::unknown_variable;
use super::variable::Variable;

/// The container in which the program runs.
#[derive(Debug)]
pub(crate) struct Container<'t> {
    pub(crate) position: Position,
    pub(crate) sidecar: bool,
    pub(crate) ports: Vec<Port<'t>>,
    pub(crate) variables: Vec<Variable<'t>>,
    pub(crate) unknown_variables: Vec<At<UnknownVariable>>,
    pub(crate) command_line: Option<CommandLine<'t>>,
    pub(crate) pre_stop: Option<At<PreStop>>,
    pub(crate) stop_signal: Option<At<&'t str>>,
    pub(crate) probes: Vec<Probe<'t>>,
}

/// `command`, then `args`.
#[derive(Debug)]
pub(crate) struct CommandLine<'t> {
    pub(crate) words: Vec<&'t str>,
    pub(crate) position: Position,
    /// Without `command`, the image decides what is run with `args`.
    pub(crate) has_command: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Port<'t> {
    pub(crate) name: Option<&'t str>,
    pub(crate) number: u64,
    pub(crate) on_host: bool,
}

impl<'t> Container<'t> {
    pub(crate) fn read(node: Node<'t>, sidecar: bool, maps: Nearby<'_, 't>, fields: &mut Fields) -> Self {
        let lifecycle = node.get("lifecycle");
        Self {
            position: node.position(),
            sidecar,
            ports: node.items_of("ports").filter_map(|port| Port::read(port, fields)).collect(),
            variables: Variable::all(node, maps, fields),
            unknown_variables: unknown_variable::all(node, maps),
            command_line: CommandLine::read(node, fields),
            pre_stop: lifecycle.and_then(|lifecycle| PreStop::read(lifecycle, fields)),
            stop_signal: lifecycle.and_then(|lifecycle| fields.text(lifecycle, "stopSignal")),
            probes: Probe::all(node, fields),
        }
    }

    /// The variable of this name. Of several the last one counts.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable<'t>> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }
}

impl<'t> CommandLine<'t> {
    fn read(node: Node<'t>, fields: &mut Fields) -> Option<Self> {
        let mut words = fields.texts(node, "command");
        // Kubernetes ignores an empty `command`.
        let has_command = !words.is_empty();
        words.extend(fields.texts(node, "args"));
        let (key, _) = node.entry(if has_command { "command" } else { "args" })?;
        Some(Self { words, position: key.position(), has_command })
    }
}

impl<'t> Port<'t> {
    fn read(node: Node<'t>, fields: &mut Fields) -> Option<Self> {
        // `hostPort: 0` is not set.
        let on_host = fields.count(node, "hostPort").is_some_and(|port| port.value > 0);
        let number = fields.port_number(node, "containerPort")?.value;
        Some(Self { name: node.get("name").and_then(Node::text), number, on_host })
    }
}

/// Whether the init container is a sidecar, which starts before the containers and runs as long as they do.
pub(crate) fn is_sidecar(node: Node<'_>) -> bool {
    node.get("restartPolicy").and_then(Node::text) == Some("Always")
}
