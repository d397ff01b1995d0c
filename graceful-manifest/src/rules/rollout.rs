//! Whether a pod always serves while a Deployment replaces its pods.

use crate::model::Kind;
use crate::rule::Rule;

use super::{Findings, Kubernetes};

pub(super) fn check(kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    let Kubernetes { workload, model, .. } = kubernetes;
    if workload.kind != Kind::Deployment {
        return;
    }
    let Some(replicas) = workload.replicas else { return };
    if replicas == 1 && !workload.rollout.surges(replicas) {
        let (why, advice) = if workload.rollout.recreate {
            // Kubernetes refuses `rollingUpdate` beside `type: Recreate`.
            let advice =
                "write `strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }`, without `type: Recreate`";
            ("the strategy is `Recreate`", advice)
        } else {
            ("`maxSurge` is 0", "write `rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }`")
        };
        let message = format!(
            "there is 1 replica and {why}: an update ends the old pod before it starts the new one, so no pod serves in \
             between"
        );
        let position = workload.rollout.position.unwrap_or(workload.position);
        findings.add(Rule::OneReplicaWithoutSurge, position, message, advice);
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
