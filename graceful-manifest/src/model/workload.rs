//! Objects with a pod template.

use std::time::Duration;

use crate::grant::{Platform, label};
use crate::tree::{Node, Position};

use super::container;
use super::fields::Fields;
use super::kind::Kind;
use super::labels::Labels;
use super::object::{Identity, Namespace, Object};
use super::pre_stop;
use super::rollout::Rollout;

/// The number of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replicas {
    Count(u64),
    /// `replicas` is left out: 1, unless something scales the object that is not among the files.
    Default,
    /// The kind has no such number, as a DaemonSet, or the value is not a number.
    Unknown,
}

impl Replicas {
    pub(crate) fn count(self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Default => Some(1),
            Self::Unknown => None,
        }
    }

    pub(super) fn read(object: Node<'_>, fields: &mut Fields) -> Self {
        let Some(spec) = object.get("spec") else { return Self::Unknown };
        match fields.count(spec, "replicas") {
            Some(count) => Self::Count(count.value),
            None if spec.get("replicas").is_some() => Self::Unknown,
            None => Self::Default,
        }
    }
}

/// An object with a pod template, or a Pod.
#[derive(Debug)]
pub(crate) struct Workload<'t> {
    pub(crate) kind: Kind,
    /// The name of the kind.
    pub(crate) kind_name: &'t str,
    pub(crate) name: &'t str,
    pub(crate) namespace: Namespace<'t>,
    /// The owner of a live pod.
    pub(super) owner: Option<Identity<'t>>,
    /// How many of the pods have this owner.
    pub(super) copies: usize,
    /// The place of the object.
    pub(crate) position: Position,
    /// The smallest number of pods.
    pub(crate) replicas: Replicas,
    /// How a Deployment replaces its pods.
    pub(crate) rollout: Option<Rollout>,
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
        let (kind, pod) = Kind::read(object)?;
        let (spec_key, spec) = pod.entry("spec")?;
        let mut fields = Fields::default();
        Some(Self {
            kind,
            kind_name: object.kind,
            name: object.name(),
            namespace: object.namespace(),
            owner: if kind == Kind::Pod { object.controller() } else { None },
            copies: 1,
            position: object.node.position(),
            replicas: if kind.has_replicas() { Replicas::read(object.node, &mut fields) } else { Replicas::Unknown },
            rollout: (kind == Kind::Deployment).then(|| Rollout::read(object.node, &mut fields)),
            labels: Labels::of(pod),
            spec,
            spec_position: spec_key.position(),
            fields,
        })
    }

    /// Kind and name: of the owner, if it has several of the pods.
    pub(super) fn label(&self) -> String {
        match &self.owner {
            Some(owner) if self.copies > 1 => owner.label(),
            _ => label(self.kind_name, self.name),
        }
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

    /// How long the containers take before the sidecars are stopped. The files do not show it, so they count with the
    /// default of a pod, or with their preStop if it is longer.
    pub(crate) fn containers_time(&self) -> Duration {
        let pre_stop = |container: Node<'t>| pre_stop::read(container.get("lifecycle")?, &mut Fields::default());
        let longest = self.spec.items_of("containers").filter_map(pre_stop).map(|pre_stop| pre_stop.value.at_least);
        longest.fold(Platform::KUBERNETES.time, Duration::max)
    }

    /// The names of the PersistentVolumeClaims that every pod mounts.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        let claim = |volume: Node<'t>| volume.at(&["persistentVolumeClaim", "claimName"])?.text();
        self.spec.items_of("volumes").filter_map(claim)
    }

    pub(crate) fn names_os(&self) -> bool {
        self.spec.at(&["os", "name"]).is_some()
    }

    pub(crate) fn host_network(&self) -> bool {
        self.spec.get("hostNetwork").is_some_and(Node::is_true)
    }
}
