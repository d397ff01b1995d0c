//! What systemd expects from a service beside an end in time.

use crate::grant::Unit;
use crate::rule::Rule;
use crate::text::{list, quote};

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, unit: &Unit<'_>, findings: &mut Findings) {
    let program = case.program();
    for (key, signal) in &unit.signals {
        if program.signals.iter().any(|handled| *handled == signal.value) {
            continue;
        }
        let handled = list(program.signals.iter().map(|signal| &**signal));
        let message =
            format!("`{key}` sends {}, but the program handles only {handled}: it ends at once", quote(&signal.value));
        findings.add(Rule::StopSignalNotHandled, signal.position, message, format!("remove `{key}`"));
    }
    if program.notifies_systemd != Some(false) {
        return;
    }
    if let Some(position) = unit.ready {
        let message = "systemd waits until the program says that it is ready, which it does not without the feature `systemd`, and \
                       ends it after `TimeoutStartSec`, default 90 s";
        findings.add(
            Rule::NotificationMissing,
            position,
            message,
            "add the feature to `gracefully`, or write `Type=exec`",
        );
    }
    if let Some(position) = unit.watchdog {
        let message = "systemd ends the program after `WatchdogSec`, because without the feature `systemd` it does not ping the \
                       watchdog";
        findings.add(
            Rule::NotificationMissing,
            position,
            message,
            "add the feature to `gracefully`, or remove `WatchdogSec`",
        );
    }
}
