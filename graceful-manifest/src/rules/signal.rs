//! The signal that tells the program to end.

use crate::rule::Rule;
use crate::text::{list, quote};

use super::{Case, Findings, SIGTERM};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let names_os = case.workload.names_os();
    if let Some(signal) = case.container.stop_signal
        && !names_os
    {
        let message = "Kubernetes refuses `stopSignal` where the pod does not say on which system it runs";
        findings.add(Rule::InvalidValue, signal.position, message, "write `os: { name: linux }` in the pod's `spec`");
    }
    let signals = &case.program().signals;
    let signal = case.stop_signal();
    let position = case.container.stop_signal.map_or(case.container.position, |signal| signal.position);
    if signals.iter().any(|handled| handled == signal) {
        return;
    }
    let handled = match &signals[..] {
        [] => "none".to_owned(),
        signals => list(signals.iter().map(|signal| &**signal)),
    };
    let message = format!("the pod is told to end by {}, but what starts the shutdown is {handled}", quote(signal));
    let advice = match (case.container.stop_signal, signals.iter().any(|handled| handled == SIGTERM), signals.first()) {
        (Some(_), true, _) => "leave `stopSignal` out: without it SIGTERM is sent".to_owned(),
        (_, false, Some(first)) => {
            let os = if names_os { "" } else { ", and `os: { name: linux }` in the pod's `spec`" };
            format!(
                "add `{SIGTERM}` to the program's signals, or write `stopSignal: {}`{os}",
                quote(first).trim_matches('`')
            )
        }
        _ => format!("add `{SIGTERM}` to the program's signals"),
    };
    findings.add(Rule::StopSignalNotHandled, position, message, advice);
}
