//! Whether traffic has looked away before the listener closes.

use std::time::Duration;

use crate::model::{At, IntOrText, Probe, ProbeAction, Question, Service};
use crate::program::Program;
use crate::rule::Rule;
use crate::text::{quote, shown, written};

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let lame_duck = case.lame_duck();
    // One of an unknown length may wait, and may not: that is a finding of its own.
    let pre_stop =
        case.container.pre_stop.filter(|pre_stop| !pre_stop.value.at_least.is_zero() || !pre_stop.value.is_exact);
    match pre_stop {
        None if lame_duck.is_zero() => neither(case, findings),
        Some(pre_stop) if !lame_duck.is_zero() && !pre_stop.value.at_least.is_zero() => {
            let time = pre_stop.value.at_least;
            let message = format!(
                "preStop waits {}, then the lame duck lasts {}: together {} in which the pod only waits for traffic to stop",
                shown(time),
                shown(lame_duck),
                shown(time.saturating_add(lame_duck)),
            );
            let advice = "leave one of them out";
            findings.add(Rule::PreStopAndLameDuck, pre_stop.position, message, advice);
        }
        _ => {}
    }
    too_short(case, findings);
}

fn neither(case: &Case<'_, '_>, findings: &mut Findings) {
    if case.workload.kind.runs_to_completion() || !gets_traffic(case) {
        return;
    }
    let (nothing, or) = match case.program().lame_duck {
        Duration::ZERO => ("there is neither a preStop nor a lame duck", "give the program `lame_duck = \"5s\"`"),
        _ => ("there is no preStop, and `SIGINT` skips the lame duck", "let the pod end by another signal"),
    };
    let message = format!("{nothing}: traffic still comes in while the listener closes, and is refused");
    let advice = format!(
        "write `lifecycle: {{ preStop: {{ sleep: {{ seconds: 5 }} }} }}` and 5 s more of `terminationGracePeriodSeconds`, or \
         {or}"
    );
    findings.add(Rule::NoPreStopOrLameDuck, case.container.position, message, advice);
}

/// Whether anything but probes comes in: the container has a port for it, a Service sends it there, or it is asked there
/// whether it is ready.
fn gets_traffic(case: &Case<'_, '_>) -> bool {
    let probes = case.program().probes.map(|address| u64::from(address.port()));
    let is_other = |port: u64| Some(port) != probes;
    let ports = &case.container.ports;
    let asked = case.container.probes.iter().filter(|probe| probe.question == Question::Readiness);
    let asked_elsewhere = asked.filter_map(asked_at).any(|port| match port.value {
        IntOrText::Int(number) => u64::try_from(number).is_ok_and(is_other),
        // A name is that of a port, which is looked at anyway.
        IntOrText::Text(_) => false,
    });
    ports.iter().any(|port| is_other(port.number)) || asked_elsewhere || services(case).next().is_some()
}

fn asked_at<'t>(probe: &Probe<'t>) -> Option<At<IntOrText<'t>>> {
    match probe.action {
        ProbeAction::Http { port, .. } | ProbeAction::Grpc { port } | ProbeAction::Tcp { port, .. } => Some(port),
        ProbeAction::Other => None,
    }
}

fn services<'c, 't>(case: &Case<'c, 't>) -> impl Iterator<Item = &'c Service<'t>> {
    let (model, workload) = (case.model, case.workload);
    model.services.iter().filter(move |service| service.selects(workload))
}

/// A balancer that Kubernetes doesn't tell of the pod's end sees nothing but its readiness.
fn too_short(case: &Case<'_, '_>, findings: &mut Findings) {
    let lame_duck = case.lame_duck();
    let readiness = case.container.probes.iter().find(|probe| probe.question == Question::Readiness);
    let (Some(probe), Some(why)) = (readiness, asked_from_outside(case)) else { return };
    if lame_duck == Duration::ZERO || lame_duck >= probe.notices_within {
        return;
    }
    let needed = probe.notices_within;
    let message = format!(
        "the lame duck of {} is over before readiness is noticed to be gone, which takes up to {}, `periodSeconds` times \
         `failureThreshold`; {why}, so nothing else tells the balancer",
        shown(lame_duck),
        shown(needed),
    );
    let raised = Program { lame_duck: needed, ..case.program().clone() };
    let too = if raised.fits() { "" } else { ", and the grace period with it" };
    let advice = format!("let the probe ask more often, or raise the lame duck to {}{too}", written(needed));
    findings.add(Rule::LameDuckTooShort, probe.position, message, advice);
}

fn asked_from_outside(case: &Case<'_, '_>) -> Option<String> {
    if case.workload.host_network() {
        return Some("the pod has its node's network".to_owned());
    }
    if let Some(port) = case.container.ports.iter().find(|port| port.on_host) {
        return Some(format!("port {} is its node's", port.number));
    }
    let local = services(case).find(|service| service.local)?;
    Some(format!("the Service {} has `externalTrafficPolicy: Local`", quote(local.name)))
}
