//! The signal with which the platform stops the program.

use crate::rule::Rule;
use crate::text::{list, quote};

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let platform = case.grant.platform;
    let lacks_os = case.kubernetes.is_some_and(|pod| !pod.workload.names_os());
    let stop_signal = case.grant.stop_signal.as_ref();
    if let Some(signal) = stop_signal.filter(|_| lacks_os) {
        let message = "`stopSignal` is set and `os.name` is not, which Kubernetes refuses";
        findings.add(Rule::InvalidValue, signal.position, message, "write `os: { name: linux }` in the pod's `spec`");
    }
    let signals = &case.program().signals;
    let handles = |signal: &str| signals.iter().any(|handled| handled == signal);
    let signal = case.grant.signal();
    if handles(signal) {
        return;
    }
    let position = stop_signal.map_or(case.grant.position, |signal| signal.position);
    let handled = match &signals[..] {
        [] => "no signal".to_owned(),
        signals => format!("only {}", list(signals.iter().map(|signal| &**signal))),
    };
    let (name, whole) = (platform.name, platform.whole);
    let message = format!("{name} stops the {whole} with {}, but the program handles {handled}", quote(signal));
    let default = platform.signal;
    let add = format!("add `{default}` to the key `signals`");
    let advice = match (&platform.signal_setting, stop_signal, signals.first()) {
        (Some(setting), Some(_), _) if handles(default) => {
            format!("remove `{}`: the default is {default}", setting.key)
        }
        (Some(setting), _, Some(first)) if !handles(default) => {
            let os = if lacks_os { ", and `os: { name: linux }` in the pod's `spec`" } else { "" };
            format!("{add}, or write `{}`{os}", setting.with(quote(first).trim_matches('`')))
        }
        _ => add,
    };
    findings.add(Rule::StopSignalNotHandled, position, message, advice);
}
