//! Whether traffic has moved away before the listener closes.

use std::time::Duration;

use crate::grant::{At, IntOrText, Probe, ProbeAction, Question};
use crate::model::{Kind, Service};
use crate::rule::Rule;
use crate::text::{quote, shown};
use crate::tree::Position;

use super::{Case, Findings, Kubernetes};

pub(super) fn check(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    let lame_duck = case.program().lame_duck;
    // A preStop of unknown length may wait or not, which is another finding.
    let pre_stop =
        case.grant.pre_stop.filter(|pre_stop| !pre_stop.value.at_least.is_zero() || !pre_stop.value.is_exact);
    let time = pre_stop.map_or(Duration::ZERO, |pre_stop| pre_stop.value.at_least);
    let wait = time.saturating_add(lame_duck);
    match pre_stop {
        None if lame_duck.is_zero() => neither(case, kubernetes, findings),
        // Knative waits in any case.
        Some(pre_stop) if kubernetes.workload.kind != Kind::Knative && !lame_duck.is_zero() && !time.is_zero() => {
            let message = format!(
                "preStop waits {}, and the lame duck lasts another {}: for {} the pod only waits for traffic to stop",
                shown(time),
                shown(lame_duck),
                shown(wait),
            );
            let advice = "remove one of them";
            findings.add(Rule::PreStopAndLameDuck, pre_stop.position, message, advice);
        }
        _ => {}
    }
    if !wait.is_zero() {
        balancer(kubernetes, wait, case.grant.position, findings);
    }
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

/// A load balancer outside the cluster asks each node whether it has a pod. How often is not in the files.
fn balancer(kubernetes: &Kubernetes<'_, '_>, wait: Duration, position: Position, findings: &mut Findings) {
    let Some(service) = services(kubernetes).find(|service| service.local) else { return };
    let message = format!(
        "the Service {} has `externalTrafficPolicy: Local`: its load balancer learns that the pod ends by its own checks, \
         whose interval is not in the files, and sends traffic until then",
        quote(service.name)
    );
    let advice = format!("compare them with the {} for which the pod keeps serving", shown(wait));
    findings.add(Rule::BalancerIntervalUnknown, position, message, advice);
}
