//! Whether traffic has moved away before the listener closes.

use std::time::Duration;

use crate::grant::{At, IntOrText, Probe, ProbeAction, Question};
use crate::model::{Kind, Service};
use crate::program::Program;
use crate::rule::Rule;
use crate::text::{quote, shown, written};

use super::{Case, Findings, Kubernetes};

pub(super) fn check(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    let lame_duck = case.program().lame_duck;
    // A preStop of unknown length may wait or not, which is another finding.
    let pre_stop =
        case.grant.pre_stop.filter(|pre_stop| !pre_stop.value.at_least.is_zero() || !pre_stop.value.is_exact);
    match pre_stop {
        None if lame_duck.is_zero() => neither(case, kubernetes, findings),
        Some(pre_stop) if !lame_duck.is_zero() && !pre_stop.value.at_least.is_zero() => {
            let time = pre_stop.value.at_least;
            let message = format!(
                "preStop waits {}, and the lame duck lasts another {}: for {} the pod only waits for traffic to stop",
                shown(time),
                shown(lame_duck),
                shown(time.saturating_add(lame_duck)),
            );
            let advice = "remove one of them";
            findings.add(Rule::PreStopAndLameDuck, pre_stop.position, message, advice);
        }
        _ => {}
    }
    too_short(case, kubernetes, findings);
}

fn neither(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    if !arrives(case, kubernetes) {
        return;
    }
    let message = "the pod has no preStop and the program no lame duck: connections that arrive while the listener closes are \
                   refused";
    let advice = "write `lifecycle: { preStop: { sleep: { seconds: 5 } } }` and 5 s more `terminationGracePeriodSeconds`, or set \
                  the key `lame_duck = \"5s\"`";
    findings.add(Rule::NoPreStopOrLameDuck, case.grant.position, message, advice);
}

/// Whether anything but probes arrives: the container has another port, a Service selects the pod, or the readiness
/// probe uses another port. A job serves nothing.
pub(super) fn arrives(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>) -> bool {
    if kubernetes.workload.kind == Kind::Job {
        return false;
    }
    let probes = case.program().probes.map(|address| u64::from(address.port()));
    let is_other = |port: u64| Some(port) != probes;
    let ports = &case.grant.ports;
    let asked = case.grant.probes.iter().filter(|probe| probe.question == Question::Readiness);
    let asked_elsewhere = asked.filter_map(asked_at).any(|port| match port.value {
        IntOrText::Int(number) => u64::try_from(number).is_ok_and(is_other),
        // A name is that of a port of the container, and all of these are compared below.
        IntOrText::Text(_) => false,
    });
    ports.iter().any(|port| is_other(port.number)) || asked_elsewhere || services(kubernetes).next().is_some()
}

fn asked_at<'t>(probe: &Probe<'t>) -> Option<At<IntOrText<'t>>> {
    match probe.action {
        ProbeAction::Http { port, .. } | ProbeAction::Grpc { port } | ProbeAction::Tcp { port, .. } => Some(port),
        ProbeAction::Other => None,
    }
}

fn services<'c, 't>(kubernetes: &Kubernetes<'c, 't>) -> impl Iterator<Item = &'c Service<'t>> {
    let Kubernetes { model, workload, .. } = *kubernetes;
    model.services.iter().filter(move |service| service.selects(workload))
}

/// A load balancer that Kubernetes does not notify of the pod's end sees only its readiness.
fn too_short(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    let lame_duck = case.program().lame_duck;
    let readiness = case.grant.probes.iter().find(|probe| probe.question == Question::Readiness);
    let (Some(probe), Some(why)) = (readiness, asked_from_outside(case, kubernetes)) else { return };
    if lame_duck == Duration::ZERO || lame_duck >= probe.notices_within {
        return;
    }
    let needed = probe.notices_within;
    let message = format!(
        "the lame duck of {} is shorter than the {} (`periodSeconds` times `failureThreshold`) in which Kubernetes notices \
         that the pod is not ready; {why}, so load balancers have no other sign",
        shown(lame_duck),
        shown(needed),
    );
    let raised = Program { lame_duck: needed, ..case.program().clone() };
    let too = if raised.fits() { "" } else { ", and the grace period with it" };
    let advice = format!("probe more often, or raise the lame duck to {}{too}", written(needed));
    findings.add(Rule::LameDuckTooShort, probe.position, message, advice);
}

fn asked_from_outside(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>) -> Option<String> {
    if kubernetes.workload.host_network() {
        return Some("the pod uses the node's network".to_owned());
    }
    if let Some(port) = case.grant.ports.iter().find(|port| port.on_host) {
        return Some(format!("port {} is also a port of the node", port.number));
    }
    let local = services(kubernetes).find(|service| service.local)?;
    Some(format!("the Service {} has `externalTrafficPolicy: Local`", quote(local.name)))
}
