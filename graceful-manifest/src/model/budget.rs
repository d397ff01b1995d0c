//! PodDisruptionBudgets.

use crate::grant::At;
use crate::tree::Position;

use super::fields::Fields;
use super::labels::Selector;
use super::object::{Namespace, Object};
use super::rollout::Amount;
use super::workload::Workload;

/// A PodDisruptionBudget: how many pods may be evicted.
#[derive(Debug)]
pub(crate) struct Budget<'t> {
    pub(crate) name: &'t str,
    namespace: Namespace<'t>,
    selector: Selector<'t>,
    /// The place of the object.
    pub(crate) position: Position,
    pub(crate) demand: Option<At<Demand>>,
    pub(crate) fields: Fields,
}

/// The demand of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    MinAvailable(Amount),
    MaxUnavailable(Amount),
}

impl<'t> Budget<'t> {
    pub(crate) fn read(object: &Object<'t>) -> Option<Self> {
        if !object.is("policy", "PodDisruptionBudget") {
            return None;
        }
        let spec = object.node.get("spec");
        let mut fields = Fields::default();
        let mut demand = None;
        if let Some(spec) = spec {
            fields.one_of(spec, &["minAvailable", "maxUnavailable"]);
            for (field, made) in [
                ("minAvailable", Demand::MinAvailable as fn(Amount) -> Demand),
                ("maxUnavailable", Demand::MaxUnavailable),
            ] {
                if let Some(At { value, position }) = Amount::read(spec, field, &mut fields) {
                    demand = Some(At { value: made(value), position });
                }
            }
        }
        Some(Self {
            name: object.name(),
            namespace: object.namespace(),
            demand: demand.filter(|_| fields.both.is_empty()),
            selector: Selector(spec.and_then(|spec| spec.get("selector"))),
            position: object.node.position(),
            fields,
        })
    }

    /// The number of comparisons for one pod.
    pub(super) fn size(&self) -> usize {
        self.selector.size()
    }

    pub(crate) fn covers(&self, workload: &Workload<'t>) -> bool {
        self.namespace.matches(workload.namespace) && self.selector.matches(&workload.labels)
    }
}
