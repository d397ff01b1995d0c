//! The parts of manifests that matter to a shutdown. Everything is borrowed from the text.

mod autoscaler;
mod budget;
mod config_map;
mod container;
mod fields;
mod granted;
mod labels;
mod object;
mod pre_stop;
mod probe;
mod rollout;
mod service;
mod unknown_variable;
pub(crate) mod variable;
mod workload;

use self::autoscaler::Autoscaler;
pub(crate) use self::budget::{Budget, Demand};
use self::config_map::ConfigMaps;
pub(crate) use self::container::Container;
pub(crate) use self::fields::{At, Fields, IntOrText, is_template};
pub(crate) use self::granted::Granted;
use self::object::{Object, objects};
pub(crate) use self::pre_stop::Action as PreStopAction;
pub(crate) use self::probe::{Action as ProbeAction, Probe, Question};
pub(crate) use self::service::Service;
pub(crate) use self::variable::VariableValue;
pub(crate) use self::workload::{Candidate, Kind, Workload};

use std::collections::HashSet;

use crate::error::{Error, ErrorKind};
use crate::yaml::Tree;

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
}

impl<'t> Model<'t> {
    /// # Errors
    ///
    /// If there are too many objects to compare.
    pub(crate) fn read(trees: &'t [Tree<'t>]) -> Result<Self, Error> {
        let mut model = Self::default();
        let mut workloads = Vec::new();
        let mut autoscalers = Vec::new();
        for object in trees.iter().flat_map(objects) {
            if let Some(workload) = Workload::read(&object) {
                workloads.push((object, workload));
            } else if let Some(budget) = Budget::read(&object) {
                model.budgets.push(budget);
            } else if let Some(service) = Service::read(&object) {
                model.services.push(service);
            } else if let Some(autoscaler) = Autoscaler::read(&object) {
                autoscalers.push(autoscaler);
            } else {
                model.config_maps.add(&object);
            }
        }
        model.workloads = originals(workloads);
        let for_each = model.budgets.iter().map(Budget::size).sum::<usize>()
            + model.services.iter().map(Service::size).sum::<usize>()
            + autoscalers.len();
        if model.workloads.len().saturating_mul(for_each) > MAX_COMPARISONS {
            let message = "too large: too many workloads, budgets, Services and autoscalers at once; check fewer files";
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        for workload in model.workloads.iter_mut().filter(|workload| workload.kind.has_replicas()) {
            if let Some(autoscaler) = autoscalers.iter().find(|autoscaler| autoscaler.scales(workload)) {
                workload.replicas = autoscaler.least;
                workload.fields.add(&autoscaler.fields);
            }
        }
        Ok(model)
    }
}

/// The workloads without those that another of them has created: the ReplicaSets of a Deployment, and their Pods.
/// Findings belong to the creator. A workload whose creator is not in the files, such as an operator, is kept.
fn originals<'t>(workloads: Vec<(Object<'t>, Workload<'t>)>) -> Vec<Workload<'t>> {
    let all: HashSet<_> = workloads.iter().map(|(object, _)| object.identity()).collect();
    let is_copy = |object: &Object<'t>| object.controller().is_some_and(|owner| all.contains(&owner));
    workloads.into_iter().filter(|(object, _)| !is_copy(object)).map(|(_, workload)| workload).collect()
}
