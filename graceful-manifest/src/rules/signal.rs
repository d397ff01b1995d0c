//! The signal that tells the program to end.

use crate::rule::Rule;
use crate::text::{list, quote};

use super::{Case, Findings};

const DEFAULT: &str = "SIGTERM";

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let signals = &case.program().signals;
    let (signal, position) = match case.container.stop_signal {
        Some(signal) => (signal.value, signal.position),
        None => (DEFAULT, case.container.position),
    };
    if signals.iter().any(|handled| handled == signal) {
        return;
    }
    let handled = match &signals[..] {
        [] => "none".to_owned(),
        signals => list(signals.iter().map(|signal| &**signal)),
    };
    let message = format!("the pod is told to end by {}, but what starts the shutdown is {handled}", quote(signal));
    let advice = match (case.container.stop_signal, signals.iter().any(|handled| handled == DEFAULT), signals.first()) {
        (Some(_), true, _) => "leave `stopSignal` out: without it SIGTERM is sent".to_owned(),
        (_, false, Some(first)) => {
            format!(
                "add `{DEFAULT}` to the program's signals, or write `stopSignal: {}`",
                quote(first).trim_matches('`')
            )
        }
        _ => format!("add `{DEFAULT}` to the program's signals"),
    };
    findings.add(Rule::StopSignalNotHandled, position, message, advice);
}
