//! The parts of Kubernetes' manifests that matter to a shutdown. Everything is borrowed from the text.

mod annotations;
mod autoscaler;
mod budget;
mod claim;
mod config_map;
mod container;
mod elsewhere;
mod fields;
mod granted;
mod kind;
mod labels;
mod object;
mod pre_stop;
mod probe;
mod proxy;
mod restart;
mod rollout;
mod service;
mod unknown_variable;
mod variable;
mod workload;
mod workload_ref;

use self::autoscaler::Autoscaler;
pub(crate) use self::budget::{Budget, Demand};
use self::claim::Claims;
use self::config_map::ConfigMaps;
pub(crate) use self::kind::Kind;
pub(crate) use self::object::{Object, objects};
pub(crate) use self::proxy::{is_proxy_of, proxy_ends_first};
pub(crate) use self::rollout::Gap;
pub(crate) use self::service::Service;
pub(crate) use self::workload::{Replicas, Workload};
use self::workload_ref::WorkloadRef;

use std::collections::{HashMap, HashSet};

use crate::declaration::Declarations;
use crate::error::{ErrorKind, Failure};
use crate::format::Skip;
use crate::grant::{Grant, label};

/// Each workload is compared with each budget, Service and autoscaler, label by label. The manifests of a whole cluster
/// need about a hundredth of this.
const MAX_COMPARISONS: usize = 50_000_000;

/// All objects of all sources that concern a shutdown.
#[derive(Debug, Default)]
pub(crate) struct Model<'t> {
    pub(crate) workloads: Vec<Workload<'t>>,
    pub(crate) budgets: Vec<Budget<'t>>,
    pub(crate) services: Vec<Service<'t>>,
    pub(crate) config_maps: ConfigMaps<'t>,
    pub(crate) claims: Claims<'t>,
}

impl<'t> Model<'t> {
    /// # Errors
    ///
    /// If there are too many objects to compare.
    pub(crate) fn read(
        objects: Vec<Object<'t>>,
        skipped: &mut Vec<Skip>,
        declarations: &mut Declarations,
    ) -> Result<Self, Failure> {
        let mut model = Self::default();
        let mut workloads = Vec::new();
        let mut autoscalers = Vec::new();
        let mut references = Vec::new();
        for object in objects {
            annotations::read(&object, declarations);
            if object.is_test_of_a_chart() {
                skipped.push(skip(&object, "it is a test of a chart".to_owned()));
            } else if let Some(workload) = Workload::read(&object) {
                workloads.push((object, workload));
            } else if let Some(budget) = Budget::read(&object) {
                model.budgets.push(budget);
            } else if let Some(service) = Service::read(&object) {
                model.services.push(service);
            } else if let Some(autoscaler) = Autoscaler::read(&object) {
                autoscalers.push(autoscaler);
            } else if let Some(reference) = WorkloadRef::read(&object) {
                references.push(reference);
            } else {
                model.config_maps.add(&object);
                model.claims.add(&object);
                if elsewhere::has_containers(&object) {
                    skipped
                        .push(skip(&object, "its containers are at a place that the check does not know".to_owned()));
                }
            }
        }
        model.workloads = originals(workloads, skipped);
        count_copies(&mut model.workloads);
        let for_each = model.budgets.iter().map(Budget::size).sum::<usize>()
            + model.services.iter().map(Service::size).sum::<usize>()
            + autoscalers.len()
            + references.len();
        if model.workloads.len().saturating_mul(for_each) > MAX_COMPARISONS {
            let message = "too large: too many workloads, budgets, Services and autoscalers at once; check fewer files";
            return Err(Failure::new(ErrorKind::TooLarge, message));
        }
        for reference in &references {
            if !model.workloads.iter().any(|workload| reference.refers_to(workload)) {
                skipped.push(reference.skip());
            }
        }
        for workload in &mut model.workloads {
            if let Some(reference) = references.iter().find(|reference| reference.refers_to(workload)) {
                reference.take(workload);
            }
            if let Some(autoscaler) = autoscalers.iter().find(|autoscaler| autoscaler.scales(workload)) {
                workload.replicas = autoscaler.least;
                workload.fields.add(&autoscaler.fields);
            }
        }
        Ok(model)
    }

    /// What the pods grant each of their containers.
    pub(crate) fn grants(&self) -> impl Iterator<Item = Grant<'t>> {
        self.workloads.iter().enumerate().flat_map(|(index, workload)| {
            let maps = self.config_maps.near(workload.namespace);
            workload.candidates().map(move |candidate| container::grant(workload, index, candidate, maps))
        })
    }
}

/// The workloads without those that another of them has created: the ReplicaSets of a Deployment, and their Pods.
/// Findings belong to the creator. A workload whose creator is not in the files, such as an operator, is kept.
fn originals<'t>(workloads: Vec<(Object<'t>, Workload<'t>)>, skipped: &mut Vec<Skip>) -> Vec<Workload<'t>> {
    let all: HashSet<_> = workloads.iter().map(|(object, _)| object.identity()).collect();
    let mut originals = Vec::new();
    for (object, workload) in workloads {
        match object.controller().filter(|owner| all.contains(owner)) {
            Some(owner) => skipped.push(skip(&object, format!("it was created by {}", owner.label()))),
            None => originals.push(workload),
        }
    }
    originals
}

/// Counts the pods of each owner.
fn count_copies(workloads: &mut [Workload<'_>]) {
    let mut counts = HashMap::new();
    for owner in workloads.iter().filter_map(|workload| workload.owner) {
        *counts.entry(owner).or_insert(0) += 1;
    }
    for workload in workloads {
        workload.copies = workload.owner.and_then(|owner| counts.get(&owner).copied()).unwrap_or(1);
    }
}

fn skip(object: &Object<'_>, reason: String) -> Skip {
    Skip { position: object.node.position(), object: label(object.kind, object.name()), reason }
}
