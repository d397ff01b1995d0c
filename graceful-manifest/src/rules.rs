//! The rules. Each checks one container of one workload with the program in it, and drafts findings.

mod environment;
mod grace_period;
mod pod_disruption;
mod probes;
mod process_1;
mod rollout;
mod signal;
mod traffic;

use std::fmt::Display;
use std::time::Duration;

use graceful_core::Signal;

use crate::environment::Effective;
use crate::model::{Container, Fields, Granted, Model, Workload};
use crate::program::Program;
use crate::rule::Rule;
use crate::text::quote;
use crate::yaml::Position;

pub(crate) use self::pod_disruption::budgets;

/// The default of `terminationGracePeriodSeconds`.
const DEFAULT_GRANTED: u64 = 30;

/// The default of `stopSignal`.
pub(crate) const SIGTERM: &str = Signal::Terminate.label();

/// The time for the kubelet's own work, and for a busy machine.
const MARGIN: Duration = Duration::from_secs(1);

/// A program in a container of a workload.
#[derive(Debug)]
pub(crate) struct Case<'c, 't> {
    pub(crate) model: &'c Model<'t>,
    pub(crate) workload: &'c Workload<'t>,
    pub(crate) container: &'c Container<'t>,
    pub(crate) granted: Granted,
    /// The program with the values of its source.
    pub(crate) source: &'c Program,
    /// The program with the values that the environment overrides.
    pub(crate) effective: &'c Effective,
}

/// A finding whose place has no source name yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) rule: Rule,
    pub(crate) position: Position,
    pub(crate) workload: String,
    pub(crate) message: String,
    pub(crate) advice: String,
}

/// The findings of one case.
struct Findings {
    /// The object that the findings belong to.
    object: String,
    drafts: Vec<Draft>,
}

impl Findings {
    fn add(&mut self, rule: Rule, position: Position, message: impl Into<String>, advice: impl Into<String>) {
        let workload = self.object.clone();
        self.drafts.push(Draft { rule, position, workload, message: message.into(), advice: advice.into() });
    }
}

/// Applies all rules.
pub(crate) fn apply<'t>(case: &Case<'_, 't>, fields: &Fields) -> Vec<Draft> {
    let mut findings = Findings { object: label(&case.workload.kind, case.workload.name), drafts: Vec::new() };
    environment::check(case, fields, &mut findings);
    grace_period::check(case, &mut findings);
    signal::check(case, &mut findings);
    probes::check(case, &mut findings);
    traffic::check(case, &mut findings);
    process_1::check(case, &mut findings);
    rollout::check(case, &mut findings);
    findings.drafts
}

/// "Deployment/api".
fn label(kind: &impl Display, name: &str) -> String {
    format!("{kind}/{}", quote(name).trim_matches('`'))
}

impl Case<'_, '_> {
    /// The program as it runs in this container.
    fn program(&self) -> &Program {
        &self.effective.program
    }

    /// The signal with which Kubernetes stops the pod.
    fn stop_signal(&self) -> &str {
        self.container.stop_signal.map_or(SIGTERM, |signal| signal.value)
    }

    /// How long preStop takes at least.
    fn pre_stop(&self) -> Duration {
        self.container.pre_stop.map_or(Duration::ZERO, |pre_stop| pre_stop.value.at_least)
    }

    /// The time that the pod must be granted, so that even a forced exit comes before SIGKILL.
    fn needed(&self) -> Duration {
        self.needed_for(self.program().grace_period)
    }

    /// The time that the plan needs in the worst case. It ends with the grace period, also if the handlers are not known.
    fn needed_by_plan(&self) -> Duration {
        let Program { grace_period, .. } = *self.program();
        self.needed_for(self.program().worst_case().map_or(grace_period, |worst_case| worst_case.min(grace_period)))
    }

    fn needed_for(&self, shutdown: Duration) -> Duration {
        self.pre_stop().saturating_add(shutdown).saturating_add(MARGIN)
    }
}
