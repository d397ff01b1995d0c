//! Argo Rollouts that run the pods of a Deployment.

use crate::format::Skip;
use crate::grant::label;
use crate::tree::Node;

use super::kind::Kind;
use super::object::{Namespace, Object};
use super::workload::{Replicas, Workload};

/// A Rollout with `workloadRef` instead of a pod template.
#[derive(Debug)]
pub(super) struct WorkloadRef<'t> {
    rollout: Object<'t>,
    kind: &'t str,
    name: &'t str,
}

impl<'t> WorkloadRef<'t> {
    pub(super) fn read(object: &Object<'t>) -> Option<Self> {
        if !object.is("argoproj.io", "Rollout") {
            return None;
        }
        let reference = object.node.at(&["spec", "workloadRef"])?;
        let text = |key| reference.get(key).and_then(Node::text);
        Some(Self { rollout: *object, kind: text("kind")?, name: text("name")? })
    }

    /// Whether the Rollout runs the pods of this workload.
    pub(super) fn refers_to(&self, workload: &Workload<'t>) -> bool {
        let namespace: Namespace<'t> = self.rollout.namespace();
        workload.kind_name == self.kind && workload.name == self.name && namespace.matches(workload.namespace)
    }

    /// The note about a Rollout whose Deployment is not in the files.
    pub(super) fn skip(&self) -> Skip {
        let reason = format!("its pods are those of {}, which is not among the files", label(self.kind, self.name));
        Skip { position: self.rollout.node.position(), object: label(self.rollout.kind, self.rollout.name()), reason }
    }

    /// Makes the workload the Rollout's: the Deployment keeps the template and runs no pods.
    pub(super) fn take(&self, workload: &mut Workload<'t>) {
        workload.kind = Kind::Replicated;
        workload.kind_name = self.rollout.kind;
        workload.name = self.rollout.name();
        workload.position = self.rollout.node.position();
        workload.replicas = Replicas::read(self.rollout.node, &mut workload.fields);
        workload.rollout = None;
    }
}
