//! The sums: the time that the pod is granted, the time that the program needs, and the time that its plan takes.

use std::time::Duration;

use graceful_core::environment::GRACE_PERIOD;

use crate::model::{Granted, PreStopAction, Question};
use crate::program::Program;
use crate::rule::Rule;
use crate::text::{shown, whole_seconds, written};

use super::{Case, DEFAULT_GRANTED, Findings, MARGIN};

/// Nobody grants more than 300 years, so it is not proposed.
const MAX_PROPOSED: Duration = Duration::from_secs(300 * 366 * 24 * 60 * 60);

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    granted(case, findings);
    plan(case, findings);
    pre_stop(case, findings);
    probes(case, findings);
    if case.container.sidecar {
        let message = "the program is a sidecar: it is stopped after the other containers, with what they leave of \
                       `terminationGracePeriodSeconds`";
        let advice = "add the time of the slowest other container to `terminationGracePeriodSeconds`";
        findings.add(Rule::Sidecar, case.container.position, message, advice);
    }
}

fn granted(case: &Case<'_, '_>, findings: &mut Findings) {
    let needed = case.needed();
    let (seconds, position, default) = match case.granted {
        Granted::Refused => return,
        Granted::Default => (DEFAULT_GRANTED, case.workload.spec_position, ", the default,"),
        // Kubernetes takes a negative number as 1.
        Granted::Seconds(granted) => (u64::try_from(granted.value).unwrap_or(1), granted.position, ""),
    };
    if seconds == 0 {
        let message = "`terminationGracePeriodSeconds` is 0: Kubernetes kills the program at once and skips preStop";
        findings.add(Rule::ZeroGracePeriod, position, message, advice(case, needed, 0));
        return;
    }
    if Duration::from_secs(seconds) >= needed {
        return;
    }
    let [granted, needs] = [Duration::from_secs(seconds), needed].map(shown);
    let (rule, message) = if case.needed_by_plan() > Duration::from_secs(seconds) {
        let message = format!("the pod is granted {granted}{default} but needs {needs}: {}", sum(case));
        (Rule::GracePeriodTooShort, message)
    } else {
        let comma = if default.is_empty() { "," } else { "" };
        let message = format!(
            "the pod is granted {granted}{default}{comma} which is enough for the plan, but the forced exit needs {needs}: {}",
            sum(case)
        );
        (Rule::ForcedExitTooLate, message)
    };
    findings.add(rule, position, message, advice(case, needed, seconds));
}

/// "preStop 5 s + grace period 28 s + 1 s to spare".
fn sum(case: &Case<'_, '_>) -> String {
    let pre_stop = match case.pre_stop() {
        Duration::ZERO => String::new(),
        Duration::MAX => "endless preStop + ".to_owned(),
        time => format!("preStop {} + ", shown(time)),
    };
    format!("{pre_stop}grace period {} + {} to spare", shown(case.program().grace_period), shown(MARGIN))
}

fn advice(case: &Case<'_, '_>, needed: Duration, granted: u64) -> String {
    let left = Duration::from_secs(granted).saturating_sub(case.pre_stop()).saturating_sub(MARGIN);
    let lowered = Program { grace_period: left, ..case.program().clone() };
    let seconds = whole_seconds(needed);
    let lower = match written(left) {
        _ if !lowered.fits() => String::new(),
        left if case.effective.sets_grace_period => format!(", or set `{}` to `{left}`", GRACE_PERIOD.name()),
        left => format!(", or lower the program's grace period to {left}"),
    };
    if needed > MAX_PROPOSED {
        return "shorten preStop and the program's grace period".to_owned();
    }
    format!("write `terminationGracePeriodSeconds: {seconds}`{lower}")
}

fn plan(case: &Case<'_, '_>, findings: &mut Findings) {
    let program = case.program();
    let Some(worst_case) = program.worst_case().filter(|&worst_case| worst_case > program.grace_period) else { return };
    let parts = [
        ("lame duck", program.lame_duck_worst_case().unwrap_or(program.lame_duck)),
        ("drain", program.effective_drain_timeout()),
        ("teardown", program.teardown_worst_case().unwrap_or_default()),
        ("flush", program.flush_worst_case().unwrap_or_default()),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(_, time)| !time.is_zero())
        .map(|(name, time)| format!("{name} {}", shown(*time)))
        .collect();
    let message = format!(
        "the program's plan takes {} in the worst case ({}), {} more than its grace period of {}",
        shown(worst_case),
        parts.join(" + "),
        shown(worst_case.saturating_sub(program.grace_period)),
        shown(program.grace_period),
    );
    let position = case.effective.overridden.unwrap_or(case.container.position);
    let granted = whole_seconds(worst_case.saturating_add(case.pre_stop()).saturating_add(MARGIN));
    let advice = if case.effective.overridden.is_some() {
        format!(
            "set `{}` to `{}` and `terminationGracePeriodSeconds` to at least {granted}, or lower the drain timeout",
            GRACE_PERIOD.name(),
            written(worst_case)
        )
    } else {
        format!(
            "raise the program's grace period to {} and `terminationGracePeriodSeconds` to at least {granted}, or lower \
             the timeouts",
            written(worst_case)
        )
    };
    findings.add(Rule::PlanTooLong, position, message, advice);
}

fn pre_stop(case: &Case<'_, '_>, findings: &mut Findings) {
    let Some(pre_stop) = case.container.pre_stop else { return };
    let seconds = whole_seconds(pre_stop.value.at_least);
    if pre_stop.value.action == PreStopAction::ExecSleep && pre_stop.value.at_least < Duration::MAX {
        let message =
            "preStop runs the program `sleep`: if the image lacks it, preStop fails and the signal follows at once";
        let advice = format!("write `sleep: {{ seconds: {seconds} }}` instead of `exec`: then the kubelet waits");
        findings.add(Rule::ExecSleep, pre_stop.position, message, advice);
    }
    if !pre_stop.value.is_exact {
        let at_least = match pre_stop.value.at_least {
            Duration::ZERO => String::new(),
            time => format!(" (at least {})", shown(time)),
        };
        let message = format!("preStop takes an unknown time{at_least} from `terminationGracePeriodSeconds`");
        let advice = "write a `sleep` action, or add preStop's longest time to `terminationGracePeriodSeconds`";
        findings.add(Rule::PreStopUnknown, pre_stop.position, message, advice);
    }
}

/// A probe that restarts the container may grant another time than the pod does.
fn probes(case: &Case<'_, '_>, findings: &mut Findings) {
    let needed = case.needed();
    for probe in &case.container.probes {
        let Some(grace) = probe.grace.filter(|_| probe.question != Question::Readiness) else { continue };
        let granted = Duration::from_secs(grace.value);
        if granted >= needed {
            continue;
        }
        let field = probe.question.field();
        let message = format!(
            "if the `{field}` fails, the program is granted {} but needs {}: {}",
            shown(granted),
            shown(needed),
            sum(case)
        );
        let advice = format!(
            "write `terminationGracePeriodSeconds: {}` there, or remove the field from the probe",
            whole_seconds(needed)
        );
        findings.add(Rule::ProbeGracePeriodTooShort, grace.position, message, advice);
    }
}
