//! PodDisruptionBudgets that can't work.

use crate::model::{Budget, Demand, Kind, Model, Workload};
use crate::rule::Rule;

use super::{Draft, Findings, environment, label};

/// Looks at the budgets of the program's workloads.
pub(crate) fn budgets<'t>(model: &Model<'t>, workloads: &[&Workload<'t>], drafts: &mut Vec<Draft>) {
    let object = |budget: &Budget<'_>| label(&"PodDisruptionBudget", budget.name);
    for budget in &model.budgets {
        if !workloads.iter().any(|workload| budget.covers(workload)) {
            continue;
        }
        // It may cover others as well.
        let covered: Vec<_> = model.workloads.iter().filter(|workload| budget.covers(workload)).collect();
        let mut findings = Findings { object: object(budget), drafts: Vec::new() };
        environment::invalid(&budget.fields, &mut findings);
        demand(budget, &covered, &mut findings);
        drafts.append(&mut findings.drafts);
    }
    for workload in workloads {
        let covering: Vec<_> = model.budgets.iter().filter(|budget| budget.covers(workload)).collect();
        if let [_, second, ..] = covering[..] {
            let mut findings = Findings { object: object(second), drafts: Vec::new() };
            let message = format!(
                "{} PodDisruptionBudgets select the pods of {}: Kubernetes evicts none that more than one selects",
                covering.len(),
                label(&workload.kind, workload.name)
            );
            findings.add(Rule::PodDisruptionBudgetBlocks, second.position, message, "leave one");
            drafts.append(&mut findings.drafts);
        }
    }
}

fn demand(budget: &Budget<'_>, covered: &[&Workload<'_>], findings: &mut Findings) {
    let Some(demand) = budget.demand else { return };
    let blocked = |what: &str| format!("{what}: no pod may be evicted, so a node that has one can't be drained");
    if let Demand::MaxUnavailable(amount) = demand.value {
        if amount.of_all(u64::MAX / 100) == 0 {
            let message = blocked("`maxUnavailable` is 0");
            findings.add(Rule::PodDisruptionBudgetBlocks, demand.position, message, "write `maxUnavailable: 1`");
        }
        return;
    }
    let Demand::MinAvailable(amount) = demand.value else { return };
    // What runs once is soon gone, such as the test of a chart. Of a DaemonSet there are as many as there are nodes.
    let stays = |workload: &&&Workload<'_>| workload.kind.has_replicas() || workload.kind == Kind::DaemonSet;
    let replicas = covered.iter().filter(stays).map(|workload| workload.replicas).try_fold(0_u64, |sum, replicas| {
        let replicas = replicas?;
        Some(sum.saturating_add(replicas))
    });
    // Of none nothing can be evicted.
    let Some(replicas) = replicas.filter(|&replicas| replicas > 0) else { return };
    let least = amount.of_all(replicas);
    let share = if amount.to_string() == least.to_string() { String::new() } else { format!(", which is {least}") };
    let of = if replicas == 1 { "there is 1 replica".to_owned() } else { format!("there are {replicas} replicas") };
    let advice = match replicas {
        1 => "write `maxUnavailable: 1`, or let there be more replicas".to_owned(),
        _ => format!("write `minAvailable: {}`, or `maxUnavailable: 1`", replicas - 1),
    };
    if least > replicas {
        let message =
            format!("`minAvailable` is {amount}{share}, but {of}: it can never be met, and no pod may be evicted");
        findings.add(Rule::PodDisruptionBudgetNeverMet, demand.position, message, advice);
    } else if least == replicas {
        let message = blocked(&format!("`minAvailable` is {amount}{share}, and {of}"));
        findings.add(Rule::PodDisruptionBudgetBlocks, demand.position, message, advice);
    }
}
