//! A container, which may be the program's, and what its pod grants it.

use std::borrow::Cow;
use std::time::Duration;

use crate::grant::{At, CommandLine, Grant, Platform, Pod, Port, PreStop, Variable};
use crate::tree::Node;

use super::config_map::Nearby;
use super::fields::Fields;
use super::kind::Kind;
use super::workload::{Candidate, Workload};
use super::{granted, pre_stop, probe, proxy, restart, unknown_variable};

/// Knative's proxy holds back the signal until it has had no request for so long: its `drainSleepDuration`, in
/// <https://github.com/knative/serving/blob/main/pkg/queue/sharedmain/main.go>.
const KNATIVE_DRAIN: Duration = Duration::from_secs(30);

/// What the pod grants the container. `index` is the workload's place in the model.
pub(super) fn grant<'t>(
    workload: &Workload<'t>,
    index: usize,
    candidate: Candidate<'t>,
    maps: Nearby<'_, 't>,
) -> Grant<'t> {
    let Candidate { name, node, sidecar } = candidate;
    let mut fields = Fields::default();
    let object = workload.label();
    let lifecycle = node.get("lifecycle");
    let stop_signal = |lifecycle| {
        let At { value, position } = fields.text(lifecycle, "stopSignal")?;
        Some(At { value: Cow::Borrowed(value), position })
    };
    let is_knative = workload.kind == Kind::Knative;
    let (platform, time) = match is_knative {
        true => (&Platform::KNATIVE, "timeoutSeconds"),
        false => (&Platform::KUBERNETES, "terminationGracePeriodSeconds"),
    };
    let mut grant = Grant {
        copies: workload.copies,
        object_position: workload.position,
        stop_signal: lifecycle.and_then(stop_signal),
        time: granted::read(workload, time, &mut fields),
        pre_stop: match is_knative {
            true => Some(At { value: PreStop::sleep(KNATIVE_DRAIN), position: workload.spec_position }),
            false => lifecycle.and_then(|lifecycle| pre_stop::read(lifecycle, &mut fields)),
        },
        command_line: command_line(node, &mut fields),
        ports: node.items_of("ports").filter_map(|port| read_port(port, &mut fields)).collect(),
        variables: Variable::all(node, maps, &mut fields),
        unknown_variables: unknown_variable::all(node, maps),
        probes: probe::all(node, &mut fields),
        pod: Some(Pod { workload: index, sidecar }),
        ..Grant::new(platform, object, name, node.position())
    };
    fields.add(&workload.fields);
    grant.remarks = fields.remarks(grant.platform.name);
    grant.remarks.extend(restart::refused(workload));
    grant.remarks.extend(proxy::ends_first(workload, candidate));
    grant.template = fields.template;
    grant
}

/// `command`, then `args`.
fn command_line<'t>(node: Node<'t>, fields: &mut Fields) -> Option<CommandLine<'t>> {
    let mut texts = |field| fields.texts(node, field).into_iter().map(Cow::Borrowed);
    let mut words: Vec<_> = texts("command").collect();
    // Kubernetes ignores an empty `command`.
    let has_command = !words.is_empty();
    words.extend(texts("args"));
    let (key, _) = node.entry(if has_command { "command" } else { "args" })?;
    Some(CommandLine { words, position: key.position(), has_command })
}

fn read_port<'t>(node: Node<'t>, fields: &mut Fields) -> Option<Port<'t>> {
    // `hostPort: 0` is not set.
    let on_host = fields.count(node, "hostPort").is_some_and(|port| port.value > 0);
    let number = fields.port_number(node, "containerPort")?.value;
    Some(Port { name: node.get("name").and_then(Node::text), number, on_host })
}

/// Whether the init container is a sidecar, which starts before the containers and runs as long as they do.
pub(super) fn is_sidecar(node: Node<'_>) -> bool {
    node.get("restartPolicy").and_then(Node::text) == Some("Always")
}
