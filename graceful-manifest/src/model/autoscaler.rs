//! HorizontalPodAutoscalers: who else decides how many pods there are.

use crate::yaml::Node;

use super::object::{Namespace, Object};
use super::workload::Workload;

/// A HorizontalPodAutoscaler.
#[derive(Debug)]
pub(crate) struct Autoscaler<'t> {
    namespace: Namespace<'t>,
    kind: &'t str,
    name: &'t str,
    /// `minReplicas`.
    pub(crate) least: u64,
}

impl<'t> Autoscaler<'t> {
    pub(crate) fn read(object: &Object<'t>) -> Option<Self> {
        if !object.is("autoscaling", "HorizontalPodAutoscaler") {
            return None;
        }
        let spec = object.node.get("spec")?;
        let target = |key| spec.at(&["scaleTargetRef", key]).and_then(Node::text);
        let least = spec.get("minReplicas").and_then(Node::int).and_then(|int| u64::try_from(int).ok());
        Some(Self {
            namespace: object.namespace(),
            kind: target("kind")?,
            name: target("name")?,
            least: least.unwrap_or(1),
        })
    }

    pub(crate) fn scales(&self, workload: &Workload<'t>) -> bool {
        let same_kind = workload.kind.to_string() == self.kind;
        same_kind && workload.name == self.name && self.namespace.matches(workload.namespace)
    }
}
