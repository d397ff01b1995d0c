//! The signal with which Kubernetes stops the program.

use crate::rule::Rule;
use crate::text::{list, quote};

use super::{Case, Findings, SIGTERM};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let names_os = case.workload.names_os();
    if let Some(signal) = case.container.stop_signal
        && !names_os
    {
        let message = "`stopSignal` is set and `os.name` is not, which Kubernetes refuses";
        findings.add(Rule::InvalidValue, signal.position, message, "write `os: { name: linux }` in the pod's `spec`");
    }
    let signals = &case.program().signals;
    let signal = case.stop_signal();
    let position = case.container.stop_signal.map_or(case.container.position, |signal| signal.position);
    if signals.iter().any(|handled| handled == signal) {
        return;
    }
    let handled = match &signals[..] {
        [] => "no signal".to_owned(),
        signals => format!("only {}", list(signals.iter().map(|signal| &**signal))),
    };
    let message = format!("Kubernetes stops the pod with {}, but the program handles {handled}", quote(signal));
    let advice = match (case.container.stop_signal, signals.iter().any(|handled| handled == SIGTERM), signals.first()) {
        (Some(_), true, _) => "remove `stopSignal`: the default is SIGTERM".to_owned(),
        (_, false, Some(first)) => {
            let os = if names_os { "" } else { ", and `os: { name: linux }` in the pod's `spec`" };
            format!(
                "add `{SIGTERM}` to the key `signals`, or write `stopSignal: {}`{os}",
                quote(first).trim_matches('`')
            )
        }
        _ => format!("add `{SIGTERM}` to the key `signals`"),
    };
    findings.add(Rule::StopSignalNotHandled, position, message, advice);
}
