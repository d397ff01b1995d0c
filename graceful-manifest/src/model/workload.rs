//! Objects with a pod template.

use std::fmt;

use crate::tree::{Node, Position};

use super::container;
use super::fields::Fields;
use super::labels::Labels;
use super::object::{Namespace, Object};
use super::rollout::Rollout;

/// The kinds that have a pod template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Pod,
    Job,
    CronJob,
}

/// Each kind with its groups, its name, and the path to its pod.
const KINDS: [(Kind, &[&str], &str, &[&str]); 7] = [
    (Kind::Deployment, &["apps", "extensions"], "Deployment", &["spec", "template"]),
    (Kind::StatefulSet, &["apps"], "StatefulSet", &["spec", "template"]),
    (Kind::DaemonSet, &["apps", "extensions"], "DaemonSet", &["spec", "template"]),
    (Kind::ReplicaSet, &["apps", "extensions"], "ReplicaSet", &["spec", "template"]),
    (Kind::Pod, &[""], "Pod", &[]),
    (Kind::Job, &["batch"], "Job", &["spec", "template"]),
    (Kind::CronJob, &["batch"], "CronJob", &["spec", "jobTemplate", "spec", "template"]),
];

impl Kind {
    pub(crate) fn has_replicas(self) -> bool {
        matches!(self, Self::Deployment | Self::StatefulSet | Self::ReplicaSet)
    }

    /// Whether the pods run to their end and serve nothing.
    pub(crate) fn runs_to_completion(self) -> bool {
        matches!(self, Self::Job | Self::CronJob)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An object with a pod template, or a Pod.
#[derive(Debug)]
pub(crate) struct Workload<'t> {
    pub(crate) kind: Kind,
    pub(crate) name: &'t str,
    pub(crate) namespace: Namespace<'t>,
    /// The place of the object.
    pub(crate) position: Position,
    /// The smallest number of pods. `None` if the kind has no such number, as a DaemonSet, or if the value is not a
    /// number.
    pub(crate) replicas: Option<u64>,
    pub(crate) rollout: Rollout,
    pub(crate) labels: Labels<'t>,
    /// The pod's spec.
    pub(crate) spec: Node<'t>,
    pub(crate) spec_position: Position,
    /// The notes about fields outside of the pod.
    pub(crate) fields: Fields,
}

/// A container that may be the program's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'t> {
    pub(crate) name: &'t str,
    pub(crate) node: Node<'t>,
    /// A sidecar is stopped after the other containers, with what they leave of the time.
    pub(crate) sidecar: bool,
}

impl<'t> Workload<'t> {
    pub(crate) fn read(object: &Object<'t>) -> Option<Self> {
        let &(kind, _, _, path) =
            KINDS.iter().find(|(_, groups, kind, _)| *kind == object.kind && groups.contains(&object.group))?;
        let pod = object.node.at(path)?;
        let (spec_key, spec) = pod.entry("spec")?;
        let mut fields = Fields::default();
        Some(Self {
            kind,
            name: object.name(),
            namespace: object.namespace(),
            position: object.node.position(),
            replicas: if kind.has_replicas() { replicas(object.node, &mut fields) } else { None },
            rollout: Rollout::read(object.node, &mut fields),
            labels: Labels::of(pod),
            spec,
            spec_position: spec_key.position(),
            fields,
        })
    }

    /// The containers that keep running, without the init containers that end before the others start.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = Candidate<'t>> + use<'t> {
        let main = self.spec.items_of("containers").map(|node| (node, false));
        let sidecars = self.spec.items_of("initContainers").filter(|&node| container::is_sidecar(node));
        main.chain(sidecars.map(|node| (node, true))).map(|(node, sidecar)| Candidate {
            name: node.get("name").and_then(Node::text).unwrap_or(""),
            node,
            sidecar,
        })
    }

    pub(crate) fn names_os(&self) -> bool {
        self.spec.at(&["os", "name"]).is_some()
    }

    pub(crate) fn host_network(&self) -> bool {
        self.spec.get("hostNetwork").is_some_and(Node::is_true)
    }
}

/// The replicas of the object. Default: 1.
fn replicas(object: Node<'_>, fields: &mut Fields) -> Option<u64> {
    fields.count_or(object.get("spec")?, "replicas", 1)
}
