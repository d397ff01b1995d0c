//! HorizontalPodAutoscalers, which set the number of replicas.

use crate::tree::Node;

use super::fields::Fields;
use super::object::{Namespace, Object};
use super::workload::Workload;

/// A HorizontalPodAutoscaler.
#[derive(Debug)]
pub(crate) struct Autoscaler<'t> {
    namespace: Namespace<'t>,
    kind: &'t str,
    name: &'t str,
    /// `minReplicas`. `None` if it is not a number.
    pub(crate) least: Option<u64>,
    pub(crate) fields: Fields,
}

impl<'t> Autoscaler<'t> {
    pub(crate) fn read(object: &Object<'t>) -> Option<Self> {
        if !object.is("autoscaling", "HorizontalPodAutoscaler") {
            return None;
        }
        let spec = object.node.get("spec")?;
        let target = |key| spec.at(&["scaleTargetRef", key]).and_then(Node::text);
        let mut fields = Fields::default();
        Some(Self {
            namespace: object.namespace(),
            kind: target("kind")?,
            name: target("name")?,
            least: fields.count_or(spec, "minReplicas", 1),
            fields,
        })
    }

    pub(crate) fn scales(&self, workload: &Workload<'t>) -> bool {
        let same_kind = workload.kind.to_string() == self.kind;
        same_kind && workload.name == self.name && self.namespace.matches(workload.namespace)
    }
}
