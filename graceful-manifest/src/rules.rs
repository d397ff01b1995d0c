//! The rules. Each compares one grant with the program, and drafts findings.

mod delay;
mod environment;
mod grace_period;
mod pod_disruption;
mod probes;
mod process_1;
mod rollout;
mod signal;
mod sockets;
mod systemd;
mod traffic;

use std::time::Duration;

use crate::environment::Effective;
use crate::grant::{Grant, Pod, Remark};
use crate::model::{Model, Workload};
use crate::program::{MARGIN, Program};
use crate::rule::Rule;
use crate::tree::Position;

pub(crate) use self::pod_disruption::budgets;

/// A program, and what it is granted.
#[derive(Debug)]
pub(crate) struct Case<'c, 't> {
    pub(crate) grant: &'c Grant<'t>,
    /// What only Kubernetes has.
    pub(crate) kubernetes: Option<Kubernetes<'c, 't>>,
    /// The program with the values of its source.
    pub(crate) source: &'c Program,
    /// The program with the values that the environment overrides.
    pub(crate) effective: &'c Effective,
}

/// The pod that the program runs in, and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kubernetes<'c, 't> {
    pub(crate) model: &'c Model<'t>,
    pub(crate) workload: &'c Workload<'t>,
    pub(crate) sidecar: bool,
}

/// A finding whose place has no source name yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) rule: Rule,
    pub(crate) position: Position,
    /// Kind and name of the object that it belongs to.
    pub(crate) object: String,
    /// The place of that object.
    pub(crate) object_position: Position,
    pub(crate) message: String,
    pub(crate) advice: String,
}

impl Draft {
    pub(crate) fn of_remark(remark: Remark, object: String, object_position: Position) -> Self {
        let Remark { rule, position, message, advice } = remark;
        Self { rule, position, object, object_position, message, advice }
    }
}

/// The findings of one case.
struct Findings {
    /// The object that the findings belong to.
    object: String,
    object_position: Position,
    drafts: Vec<Draft>,
}

impl Findings {
    fn new(object: String, object_position: Position) -> Self {
        Self { object, object_position, drafts: Vec::new() }
    }

    fn add(&mut self, rule: Rule, position: Position, message: impl Into<String>, advice: impl Into<String>) {
        self.remark(Remark { rule, position, message: message.into(), advice: advice.into() });
    }

    fn remark(&mut self, remark: Remark) {
        self.drafts.push(Draft::of_remark(remark, self.object.clone(), self.object_position));
    }
}

/// Applies all rules.
pub(crate) fn apply(case: &Case<'_, '_>) -> Vec<Draft> {
    let mut findings = Findings::new(case.grant.title(), case.grant.object_position);
    for remark in &case.grant.remarks {
        findings.remark(remark.clone());
    }
    environment::check(case, &mut findings);
    grace_period::check(case, &mut findings);
    signal::check(case, &mut findings);
    probes::check(case, &mut findings);
    process_1::check(case, &mut findings);
    delay::check(case, &mut findings);
    if let Some(unit) = &case.grant.unit {
        systemd::check(case, unit, &mut findings);
        sockets::check(case, &unit.sockets, &mut findings);
    }
    if let Some(kubernetes) = &case.kubernetes {
        probes::not_asked(case, kubernetes, &mut findings);
        traffic::check(case, kubernetes, &mut findings);
        rollout::check(case, kubernetes, &mut findings);
    }
    findings.drafts
}

impl<'c, 't> Case<'c, 't> {
    pub(crate) fn new(
        grant: &'c Grant<'t>,
        model: &'c Model<'t>,
        source: &'c Program,
        effective: &'c Effective,
    ) -> Self {
        let of_pod = |Pod { workload, sidecar }| {
            let workload = model.workloads.get(workload)?;
            Some(Kubernetes { model, workload, sidecar })
        };
        Self { grant, kubernetes: grant.pod.and_then(of_pod), source, effective }
    }

    /// The program as it runs with this grant.
    fn program(&self) -> &Program {
        &self.effective.program
    }

    /// How long the work before the signal takes at least.
    fn pre_stop(&self) -> Duration {
        self.grant.pre_stop.map_or(Duration::ZERO, |pre_stop| pre_stop.value.at_least)
    }

    /// The time that must be granted, so that even a forced exit comes before SIGKILL.
    fn needed(&self) -> Duration {
        self.pre_stop().saturating_add(self.program().needed_time())
    }

    /// The time that the plan needs in the worst case. It ends with the grace period, also if the handlers are not known.
    fn needed_by_plan(&self) -> Duration {
        let Program { grace_period, .. } = *self.program();
        let shutdown = self.program().worst_case().map_or(grace_period, |worst_case| worst_case.min(grace_period));
        self.pre_stop().saturating_add(shutdown).saturating_add(MARGIN)
    }
}
