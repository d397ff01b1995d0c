//! The kinds of objects that have a pod template.

use crate::tree::Node;

use super::object::Object;

/// What the rules distinguish: how a kind runs its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Deployment,
    /// A number of pods, without a rolling update that the rules cover.
    Replicated,
    /// A pod per node.
    DaemonSet,
    /// A single pod.
    Pod,
    /// Pods that run to their end and serve nothing.
    Job,
    /// Knative creates the pods, with its proxy in each.
    Knative,
    /// A custom resource with a pod template. How many pods it runs, and how it replaces them, is unknown.
    Other,
}

const TEMPLATE: &[&str] = &["spec", "template"];

/// Each kind with its groups, its name, and the path to its pod.
const KINDS: [(Kind, &[&str], &str, &[&str]); 14] = [
    (Kind::Deployment, &["apps", "extensions"], "Deployment", TEMPLATE),
    (Kind::Replicated, &["apps"], "StatefulSet", TEMPLATE),
    (Kind::DaemonSet, &["apps", "extensions"], "DaemonSet", TEMPLATE),
    (Kind::Replicated, &["apps", "extensions"], "ReplicaSet", TEMPLATE),
    (Kind::Replicated, &[""], "ReplicationController", TEMPLATE),
    // OpenShift. Its first versions had no group.
    (Kind::Replicated, &["apps.openshift.io", ""], "DeploymentConfig", TEMPLATE),
    (Kind::Replicated, &["argoproj.io"], "Rollout", TEMPLATE),
    (Kind::Pod, &[""], "Pod", &[]),
    (Kind::Job, &["batch"], "Job", TEMPLATE),
    (Kind::Job, &["batch"], "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    (Kind::Job, &["keda.sh"], "ScaledJob", &["spec", "jobTargetRef", "template"]),
    (Kind::Knative, &["serving.knative.dev"], "Service", TEMPLATE),
    (Kind::Knative, &["serving.knative.dev"], "Configuration", TEMPLATE),
    (Kind::Knative, &["serving.knative.dev"], "Revision", &[]),
];

impl Kind {
    /// The object's kind, and its pod or pod template. `None` if it has neither.
    pub(super) fn read<'t>(object: &Object<'t>) -> Option<(Self, Node<'t>)> {
        let known = KINDS.iter().find(|(_, groups, name, _)| *name == object.kind && groups.contains(&object.group));
        if let Some(&(kind, _, _, path)) = known {
            return Some((kind, object.node.at(path)?));
        }
        let template = object.node.at(TEMPLATE)?;
        let has_containers = template.get("spec")?.items_of("containers").next().is_some();
        has_containers.then_some((Self::Other, template))
    }

    pub(crate) fn has_replicas(self) -> bool {
        matches!(self, Self::Deployment | Self::Replicated)
    }

    /// Whether a PodDisruptionBudget counts the pods: one that runs once is soon gone, such as the test of a chart.
    pub(crate) fn stays(self) -> bool {
        !matches!(self, Self::Pod | Self::Job)
    }
}
