//! Whether a pod always serves while a Deployment replaces its pods, and while nodes are drained.

use crate::model::Gap;
use crate::rule::Rule;

use super::{Case, Findings, Kubernetes, traffic};

pub(super) fn check(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    let Kubernetes { workload, model, .. } = kubernetes;
    let (Some(replicas), Some(rollout)) = (workload.replicas.count(), &workload.rollout) else { return };
    let gap = rollout.gap(replicas).filter(|_| can_surge(case, kubernetes) && traffic::arrives(case, kubernetes));
    if let Some((gap, position)) = gap {
        let position = position.unwrap_or(workload.position);
        let (message, advice) = describe(gap, replicas);
        findings.add(Rule::NoPodDuringUpdate, position, message, advice);
    }
    let is_covered = model.budgets.iter().any(|budget| budget.covers(workload));
    if replicas > 1 && !is_covered {
        let message = format!(
            "there are {replicas} replicas and no PodDisruptionBudget for them in the files: a drain of nodes may evict all \
             of them at once"
        );
        let advice = "add a PodDisruptionBudget with `maxUnavailable: 1` that selects them";
        findings.add(Rule::NoPodDisruptionBudget, workload.position, message, advice);
    }
}

/// The message and the advice about an update after which no pod serves for a while.
fn describe(gap: Gap, replicas: u64) -> (String, &'static str) {
    let (there_are, old, new) = match replicas {
        1 => ("there is 1 replica".to_owned(), "the old pod", "the new one"),
        _ => (format!("there are {replicas} replicas"), "all old pods", "the new ones"),
    };
    let (why, ends, advice) = match gap {
        // Kubernetes refuses `rollingUpdate` beside `type: Recreate`.
        Gap::Recreate => (
            "the strategy is `Recreate`".to_owned(),
            format!("an update ends {old} before it starts {new}"),
            "write `strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }`, without `type: Recreate`",
        ),
        Gap::NoSurge => (
            "`maxSurge` is 0".to_owned(),
            format!("an update ends {old} before it starts {new}"),
            "write `rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }`",
        ),
        Gap::MaxUnavailable(amount) => (
            format!("`maxUnavailable` is {amount}"),
            format!("an update may end {old} before {new} can serve"),
            "write `rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }`",
        ),
    };
    (format!("{there_are} and {why}: {ends}, so no pod serves in between"), advice)
}

/// Whether an old and a new pod may run side by side. They may not if they share a disk that one of them mounts, nor if
/// they need the same port of a node.
fn can_surge(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>) -> bool {
    let Kubernetes { workload, model, .. } = kubernetes;
    let shares_disk = workload.claims().any(|claim| !model.claims.is_shared(claim, workload.namespace));
    let uses_node = workload.host_network() || case.grant.ports.iter().any(|port| port.on_host);
    !shares_disk && !uses_node
}
