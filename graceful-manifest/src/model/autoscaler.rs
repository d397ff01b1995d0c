//! Autoscalers, which set the number of replicas: HorizontalPodAutoscalers, and KEDA's ScaledObjects.

use crate::tree::Node;

use super::fields::Fields;
use super::object::{Namespace, Object};
use super::workload::{Replicas, Workload};

/// An autoscaler of any kind.
#[derive(Debug)]
pub(crate) struct Autoscaler<'t> {
    namespace: Namespace<'t>,
    kind: &'t str,
    name: &'t str,
    /// The smallest number of replicas.
    pub(crate) least: Replicas,
    pub(crate) fields: Fields,
}

impl<'t> Autoscaler<'t> {
    pub(crate) fn read(object: &Object<'t>) -> Option<Self> {
        // KEDA scales a Deployment unless the file says otherwise, and down to nothing.
        let (default_kind, field, default) = match (object.group, object.kind) {
            ("autoscaling", "HorizontalPodAutoscaler") => (None, "minReplicas", 1),
            ("keda.sh", "ScaledObject") => (Some("Deployment"), "minReplicaCount", 0),
            _ => return None,
        };
        let spec = object.node.get("spec")?;
        let target = |key| spec.at(&["scaleTargetRef", key]).and_then(Node::text);
        let mut fields = Fields::default();
        Some(Self {
            namespace: object.namespace(),
            kind: target("kind").or(default_kind)?,
            name: target("name")?,
            least: fields.count_or(spec, field, default).map_or(Replicas::Unknown, Replicas::Count),
            fields,
        })
    }

    pub(crate) fn scales(&self, workload: &Workload<'t>) -> bool {
        workload.kind_name == self.kind && workload.name == self.name && self.namespace.matches(workload.namespace)
    }
}
