//! Whether the program serves what the probes request.

use std::net::SocketAddr;

use graceful_core::environment::PROBES;
use graceful_core::probe::{HEALTH, LIVEZ, PATHS, READY, READYZ};

use crate::grant::{At, IntOrText, Probe, ProbeAction, Question};
use crate::model::Kind;
use crate::rule::Rule;
use crate::text::{list, quote};
use crate::tree::Position;

use super::{Case, Findings, Kubernetes, traffic};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    for probe in &case.grant.probes {
        match probe.action {
            ProbeAction::Http { path, port, is_https, has_host } => {
                let Some(number) = resolve(case, probe, port, findings) else { continue };
                let path = At { value: plain(path.value), position: path.position };
                liveness(case, probe, path, number, findings);
                // With `host` the probe requests something from another host than the pod.
                if !has_host {
                    http(case, probe, path, At { value: number, position: port.position }, is_https, findings);
                }
            }
            ProbeAction::Grpc { port } => {
                let Some(number) = resolve(case, probe, port, findings) else { continue };
                if serves(case).is_some_and(|address| u64::from(address.port()) == number) {
                    let field = probe.field;
                    let message =
                        format!("the `{field}` uses gRPC on port {number}, where the program serves probes over HTTP");
                    let advice = format!("write `httpGet: {{ path: {}, port: {number} }}`", fitting(probe.question));
                    findings.add(Rule::ProbeNotServed, port.position, message, advice);
                }
            }
            ProbeAction::Tcp { port, has_host } => {
                let Some(number) = resolve(case, probe, port, findings) else { continue };
                // The probe only connects.
                if !has_host {
                    listens(case, probe, At { value: number, position: port.position }, findings);
                }
            }
            ProbeAction::Other => {}
        }
    }
}

/// Traffic arrives before the program is ready, if nobody asks the program. A readiness probe that runs a command, or
/// requests a path of readiness at another port, may ask it all the same.
pub(super) fn not_asked(case: &Case<'_, '_>, kubernetes: &Kubernetes<'_, '_>, findings: &mut Findings) {
    let Some(address) =
        serves(case).filter(|_| kubernetes.workload.kind != Kind::Knative && traffic::arrives(case, kubernetes))
    else {
        return;
    };
    let readiness = case.grant.probes.iter().find(|probe| probe.question == Question::Readiness);
    let port = address.port();
    let asks = match readiness.map(|probe| &probe.action) {
        None => false,
        Some(ProbeAction::Http { path, port: at, .. }) => {
            [READY, READYZ, HEALTH].iter().any(|&served| &served[1..] == plain(path.value))
                || is_port(case, at.value, port)
        }
        // These are other findings.
        Some(ProbeAction::Grpc { port: at } | ProbeAction::Tcp { port: at, .. }) => is_port(case, at.value, port),
        Some(ProbeAction::Other) => true,
    };
    if asks {
        return;
    }
    let (position, what) = match readiness {
        Some(probe) => {
            (probe.position, format!("the `readinessProbe` does not ask port {port}, where the program answers"))
        }
        None => {
            (case.grant.position, format!("there is no `readinessProbe`, and the program answers one on port {port}"))
        }
    };
    let message = format!("{what}: traffic arrives before the program is ready");
    let advice = format!("write `readinessProbe: {{ httpGet: {{ path: {READY}, port: {port} }} }}`");
    findings.add(Rule::ProbesNotAsked, position, message, advice);
}

/// Whether a probe's port is this one. A name that the container does not define is another finding.
fn is_port(case: &Case<'_, '_>, asked: IntOrText<'_>, port: u16) -> bool {
    match asked {
        IntOrText::Int(number) => number == i64::from(port),
        IntOrText::Text(name) => {
            let defined = case.grant.ports.iter().find(|port| port.name == Some(name));
            defined.is_none_or(|defined| defined.number == u64::from(port))
        }
    }
}

/// The address where the supervisor answers, if the port is known.
fn serves(case: &Case<'_, '_>) -> Option<SocketAddr> {
    case.program().probes.filter(|address| address.port() != 0)
}

/// The path without the query, and without the slash, which the kubelet adds.
fn plain(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.strip_prefix('/').unwrap_or(path)
}

fn fitting(question: Question) -> &'static str {
    match question {
        Question::Readiness => READY,
        Question::Liveness | Question::Startup => LIVEZ,
    }
}

/// The port's number. A name that the container does not define is a finding.
fn resolve(case: &Case<'_, '_>, probe: &Probe<'_>, port: At<IntOrText<'_>>, findings: &mut Findings) -> Option<u64> {
    let name = match port.value {
        IntOrText::Int(number) => return u64::try_from(number).ok(),
        IntOrText::Text(name) => name,
    };
    let ports = &case.grant.ports;
    if let Some(port) = ports.iter().find(|port| port.name == Some(name)) {
        return Some(port.number);
    }
    let names: Vec<_> = ports.iter().filter_map(|port| port.name).collect();
    let message = format!("the `{}` uses the port {}, which the container does not define", probe.field, quote(name));
    let advice = match (&names[..], serves(case)) {
        (_, Some(address)) => format!("write `port: {}`, or give that port this name in `ports`", address.port()),
        ([], None) => "write its number, or give a port this name in `ports`".to_owned(),
        (names, None) => format!("write its number, or one of {}", list(names.iter().copied())),
    };
    findings.add(Rule::ProbeNotServed, port.position, message, advice);
    None
}

/// Whether the supervisor listens on this port. A supervisor that the environment has moved, or that the kubelet cannot
/// reach, is a finding.
fn listens(case: &Case<'_, '_>, probe: &Probe<'_>, port: At<u64>, findings: &mut Findings) -> bool {
    let field = probe.field;
    let number = port.value;
    let mut not_served = |message: String, advice: String| {
        findings.add(Rule::ProbeNotServed, port.position, message, advice);
    };
    let Some(address) = serves(case).filter(|address| u64::from(address.port()) == number) else {
        // Another port may be the application's own, unless the environment has moved the supervisor away from it.
        let moved = case.effective.probes_overridden.is_some()
            && case.source.probes.is_some_and(|address| u64::from(address.port()) == number);
        if moved {
            let (now, advice) = match case.program().probes {
                Some(address) => {
                    (format!("moves the probes to {address}"), format!("write `port: {}`", address.port()))
                }
                None => ("turns the probes off".to_owned(), "remove the variable".to_owned()),
            };
            let message = format!("the `{field}` uses port {number}, but `{}` {now}", PROBES.name());
            not_served(message, advice);
        }
        return false;
    };
    let same_network = probe.from_inside || case.kubernetes.is_some_and(|pod| pod.workload.host_network());
    if address.ip().is_loopback() && !same_network {
        let message = format!(
            "the `{field}` uses port {number}, which the program serves only on {}: {} connects from outside the {}",
            address.ip(),
            case.grant.platform.prober,
            case.grant.platform.whole,
        );
        not_served(message, format!("set the key `probes` or `{}` to `0.0.0.0:{number}`", PROBES.name()));
    }
    true
}

fn http(
    case: &Case<'_, '_>,
    probe: &Probe<'_>,
    path: At<&str>,
    port: At<u64>,
    is_https: bool,
    findings: &mut Findings,
) {
    if !listens(case, probe, port, findings) {
        return;
    }
    let field = probe.field;
    let number = port.value;
    let mut not_served = |position: Position, message: String, advice: String| {
        findings.add(Rule::ProbeNotServed, position, message, advice);
    };
    let wanted = fitting(probe.question);
    if !PATHS.iter().any(|served| &served[1..] == path.value) {
        let message = format!(
            "the `{field}` requests {}, which the program does not serve on port {number}",
            quote(&format!("/{}", path.value))
        );
        let others = list(PATHS.into_iter().filter(|&other| other != wanted));
        not_served(
            path.position,
            message,
            format!("{}, or one of the other paths that it serves: {others}", write(probe, wanted)),
        );
    } else if is_https {
        let message = format!("the `{field}` uses HTTPS on port {number}, where the program serves plain HTTP");
        not_served(
            port.position,
            message,
            if probe.from_inside { "request `http://`" } else { "remove `scheme`" }.to_owned(),
        );
    }
}

/// Kubernetes leaves a pod alone that is not ready, and kills a container that is not alive.
fn liveness(case: &Case<'_, '_>, probe: &Probe<'_>, path: At<&str>, port: u64, findings: &mut Findings) {
    let is_supervisor = serves(case).is_some_and(|address| u64::from(address.port()) == port);
    let asks_readiness = matches!(path.value, "ready" | "readyz") || path.value == "health" && is_supervisor;
    if probe.question != Question::Liveness || !asks_readiness {
        return;
    }
    let message = format!(
        "the `{}` requests `/{}`, which fails while the program starts or a component is unhealthy: {} \
         then restarts the program",
        probe.field, path.value, case.grant.platform.name
    );
    findings.add(Rule::LivenessOnReady, path.position, message, write(probe, LIVEZ));
}

/// The advice to request another path.
fn write(probe: &Probe<'_>, path: &str) -> String {
    if probe.from_inside { format!("request `{path}`") } else { format!("write `path: {path}`") }
}
