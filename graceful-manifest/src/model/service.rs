//! Services, which send traffic to pods.

use crate::tree::Node;

use super::object::{Namespace, Object};
use super::workload::Workload;

/// A Service.
#[derive(Debug)]
pub(crate) struct Service<'t> {
    pub(crate) name: &'t str,
    namespace: Namespace<'t>,
    selector: Node<'t>,
    /// `externalTrafficPolicy: Local`: load balancers outside the cluster ask each node whether it has a ready pod.
    pub(crate) local: bool,
}

impl<'t> Service<'t> {
    /// Reads a Service. `None` if it selects nothing.
    pub(crate) fn read(object: &Object<'t>) -> Option<Self> {
        if !object.is("", "Service") {
            return None;
        }
        let spec = object.node.get("spec")?;
        let selector = spec.get("selector").filter(|selector| selector.entries().next().is_some())?;
        let local = spec.get("externalTrafficPolicy").and_then(Node::text) == Some("Local");
        Some(Self { name: object.name(), namespace: object.namespace(), selector, local })
    }

    /// The number of comparisons for one pod.
    pub(super) fn size(&self) -> usize {
        1 + self.selector.entries().count()
    }

    pub(crate) fn selects(&self, workload: &Workload<'t>) -> bool {
        self.namespace.matches(workload.namespace) && workload.labels.have(self.selector)
    }
}
