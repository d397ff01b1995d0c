//! The rules. Each looks at one container of one workload, with the program in it, and drafts findings.

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

/// What Kubernetes grants when nothing is said.
const DEFAULT_GRANTED: u64 = 30;

/// What a pod is told to end by when nothing is said.
pub(crate) const SIGTERM: &str = Signal::Terminate.name();

/// A person's: the program skips the lame duck.
pub(crate) const SIGINT: &str = Signal::Interrupt.name();

/// For the kubelet's own work, and a machine that is busy.
const MARGIN: Duration = Duration::from_secs(1);

/// A program in a container of a workload.
#[derive(Debug)]
pub(crate) struct Case<'c, 't> {
    pub(crate) model: &'c Model<'t>,
    pub(crate) workload: &'c Workload<'t>,
    pub(crate) container: &'c Container<'t>,
    pub(crate) granted: Granted,
    /// The program as it is in its source.
    pub(crate) source: &'c Program,
    /// The program with what the environment overrides.
    pub(crate) effective: &'c Effective,
}

/// A finding whose source has no name yet.
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
    /// The object they are of.
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
    /// The program as it runs here.
    fn program(&self) -> &Program {
        &self.effective.program
    }

    /// The signal that the pod is told to end by.
    fn stop_signal(&self) -> &str {
        self.container.stop_signal.map_or(SIGTERM, |signal| signal.value)
    }

    /// How long the lame duck lasts here.
    fn lame_duck(&self) -> Duration {
        if self.stop_signal() == SIGINT { Duration::ZERO } else { self.program().lame_duck }
    }

    /// How long preStop takes at least.
    fn pre_stop(&self) -> Duration {
        self.container.pre_stop.map_or(Duration::ZERO, |pre_stop| pre_stop.value.at_least)
    }

    /// What the pod must be granted.
    fn needed(&self) -> Duration {
        self.pre_stop().saturating_add(self.program().grace_period).saturating_add(MARGIN)
    }
}
