//! PodDisruptionBudgets that allow no eviction.

use std::collections::BTreeMap;

use crate::grant::{Grant, Platform, label};
use crate::model::{Budget, Demand, Model, Replicas, Workload};
use crate::rule::Rule;

use super::{Draft, Findings};

/// Checks the budgets of the program's workloads.
pub(crate) fn budgets<'t>(model: &Model<'t>, grants: &[&Grant<'t>], drafts: &mut Vec<Draft>) {
    let workload = |grant: &&Grant<'t>| Some((grant.identity(), model.workloads.get(grant.pod?.workload)?));
    let workloads: BTreeMap<_, &Workload<'t>> = grants.iter().filter_map(workload).collect();
    let object = |budget: &Budget<'_>| label("PodDisruptionBudget", budget.name);
    for budget in &model.budgets {
        if !workloads.values().any(|workload| budget.covers(workload)) {
            continue;
        }
        // The budget may cover other workloads as well.
        let covered: Vec<_> = model.workloads.iter().filter(|workload| budget.covers(workload)).collect();
        let mut findings = Findings::new(object(budget), budget.position);
        for remark in budget.fields.remarks(Platform::KUBERNETES.name) {
            findings.remark(remark);
        }
        demand(budget, &covered, &mut findings);
        drafts.append(&mut findings.drafts);
    }
    for ((title, _), workload) in &workloads {
        let covering: Vec<_> = model.budgets.iter().filter(|budget| budget.covers(workload)).collect();
        if let [_, second, ..] = covering[..] {
            let mut findings = Findings::new(object(second), second.position);
            let message = format!(
                "{} PodDisruptionBudgets select the pods of {title}: Kubernetes evicts no pod that several of them select",
                covering.len(),
            );
            findings.add(Rule::PodDisruptionBudgetBlocks, second.position, message, "remove all but one");
            drafts.append(&mut findings.drafts);
        }
    }
}

fn demand(budget: &Budget<'_>, covered: &[&Workload<'_>], findings: &mut Findings) {
    let Some(demand) = budget.demand else { return };
    let blocked = |what: &str| format!("{what}: no pod can be evicted, so a node with one of them cannot be drained");
    if let Demand::MaxUnavailable(amount) = demand.value {
        if amount.of_all(u64::MAX / 100) == 0 {
            let message = blocked("`maxUnavailable` is 0");
            findings.add(Rule::PodDisruptionBudgetBlocks, demand.position, message, "write `maxUnavailable: 1`");
        }
        return;
    }
    let Demand::MinAvailable(amount) = demand.value else { return };
    let lasting: Vec<_> = covered.iter().filter(|workload| workload.kind.stays()).collect();
    let replicas = lasting.iter().try_fold(0_u64, |sum, workload| Some(sum.saturating_add(workload.replicas.count()?)));
    // Without replicas there is nothing to evict.
    let Some(replicas) = replicas.filter(|&replicas| replicas > 0) else { return };
    let least = amount.of_all(replicas);
    let share = if amount.to_string() == least.to_string() { String::new() } else { format!(", that is {least},") };
    let is_default = lasting.iter().any(|workload| workload.replicas == Replicas::Default);
    let of = match replicas {
        1 if is_default => "1 replica (`replicas` is not set, and nothing in the files scales it)".to_owned(),
        1 => "1 replica".to_owned(),
        _ => format!("{replicas} replicas"),
    };
    let advice = match replicas {
        1 if is_default => "write `maxUnavailable: 1`, which fits any number of replicas".to_owned(),
        1 => "write `maxUnavailable: 1`, or run more replicas".to_owned(),
        _ => format!("write `minAvailable: {}`, or `maxUnavailable: 1`", replicas - 1),
    };
    if least > replicas {
        let message =
            format!("`minAvailable` is {amount}{share} of {of}: this can never be met, so no pod can be evicted");
        findings.add(Rule::PodDisruptionBudgetNeverMet, demand.position, message, advice);
    } else if least == replicas {
        let message = blocked(&format!("`minAvailable` is {amount}{share} of {of}"));
        findings.add(Rule::PodDisruptionBudgetBlocks, demand.position, message, advice);
    }
}
