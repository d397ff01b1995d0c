//! The two spellings of a job: HCL's, and the one of Nomad's API.

use crate::tree::Node;

/// The keys of a job.
#[derive(Debug)]
pub(super) struct Spelling {
    pub(super) group: &'static str,
    pub(super) task: &'static str,
    pub(super) driver: &'static str,
    pub(super) config: &'static str,
    pub(super) env: &'static str,
    pub(super) kill_timeout: &'static str,
    pub(super) kill_signal: &'static str,
    pub(super) shutdown_delay: &'static str,
    pub(super) service: &'static str,
    pub(super) check: &'static str,
    pub(super) check_restart: &'static str,
    pub(super) kind: &'static str,
    pub(super) path: &'static str,
    pub(super) protocol: &'static str,
    pub(super) port: &'static str,
    pub(super) network: &'static str,
    /// The key of a name. In HCL names are labels.
    name: Option<&'static str>,
}

const HCL: Spelling = Spelling {
    group: "group",
    task: "task",
    driver: "driver",
    config: "config",
    env: "env",
    kill_timeout: "kill_timeout",
    kill_signal: "kill_signal",
    shutdown_delay: "shutdown_delay",
    service: "service",
    check: "check",
    check_restart: "check_restart",
    kind: "type",
    path: "path",
    protocol: "protocol",
    port: "port",
    network: "network",
    name: None,
};

const JSON: Spelling = Spelling {
    group: "TaskGroups",
    task: "Tasks",
    driver: "Driver",
    config: "Config",
    env: "Env",
    kill_timeout: "KillTimeout",
    kill_signal: "KillSignal",
    shutdown_delay: "ShutdownDelay",
    service: "Services",
    check: "Checks",
    check_restart: "CheckRestart",
    kind: "Type",
    path: "Path",
    protocol: "Protocol",
    port: "PortLabel",
    network: "Networks",
    name: Some("Name"),
};

impl Spelling {
    /// The jobs of a document, each with its name.
    pub(super) fn jobs<'t>(root: Node<'t>) -> Vec<(&'static Self, &'t str, Node<'t>)> {
        if let Some(job) = json_job(root) {
            let name = job.get("Name").or_else(|| job.get("ID")).and_then(Node::text).unwrap_or_default();
            return vec![(&JSON, name, job)];
        }
        HCL.named(root, "job").into_iter().map(|(name, job)| (&HCL, name, job)).collect()
    }

    /// The values of a key that may occur several times: blocks, or the items of a list.
    pub(super) fn all<'t>(&self, node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let values: Vec<_> =
            node.entries().filter(|(name, _)| name.text() == Some(key)).map(|(_, value)| value).collect();
        values.into_iter().flat_map(|value| value.is_mapping().then_some(value).into_iter().chain(value.items()))
    }

    /// The values of a key, each with its name.
    pub(super) fn named<'t>(&self, node: Node<'t>, key: &str) -> Vec<(&'t str, Node<'t>)> {
        let text = |node: Node<'t>| node.text().unwrap_or_default();
        match self.name {
            Some(name) => {
                self.all(node, key).map(|value| (value.get(name).map(text).unwrap_or_default(), value)).collect()
            }
            None => self.all(node, key).flat_map(Node::entries).map(|(name, value)| (text(name), value)).collect(),
        }
    }

    /// The number that a port of the network has inside the task.
    pub(super) fn port_of(&self, network: Node<'_>, label: &str) -> Option<i64> {
        match self.name {
            None => {
                let (_, port) = self.named(network, "port").into_iter().find(|(name, _)| *name == label)?;
                port.get("to").or_else(|| port.get("static")).and_then(Node::int)
            }
            Some(name) => {
                let ports = ["DynamicPorts", "ReservedPorts"].into_iter().flat_map(|key| network.items_of(key));
                let port = { ports }
                    .find(|port| port.get("Label").or_else(|| port.get(name)).and_then(Node::text) == Some(label))?;
                let number = |key| port.get(key).and_then(Node::int).filter(|&number| number > 0);
                number("To").or_else(|| number("Value"))
            }
        }
    }
}

/// The job of a document in JSON, which may be without the object around it.
pub(super) fn json_job(root: Node<'_>) -> Option<Node<'_>> {
    let job = root.get("Job").unwrap_or(root);
    job.get(JSON.group).map(|_| job)
}
