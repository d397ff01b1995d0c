//! The sums: the time that is granted, the time that the program needs, and the time that its plan takes.

use std::time::Duration;

use graceful_core::environment::GRACE_PERIOD;

use crate::grant::{At, Platform, PreStopAction, Question, Time};
use crate::program::{MARGIN, Program};
use crate::rule::Rule;
use crate::text::{shown, whole_seconds, written};
use crate::tree::Position;

use super::{Case, Findings};

/// Nobody grants more than 300 years, so it is not proposed.
const MAX_PROPOSED: Duration = Duration::from_secs(300 * 366 * 24 * 60 * 60);

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    granted(case, findings);
    plan(case, findings);
    pre_stop(case, findings);
    probes(case, findings);
    if let Some(pod) = case.kubernetes.filter(|pod| pod.sidecar) {
        sidecar(case, pod.workload.containers_time(), findings);
    }
}

/// A sidecar is stopped after the other containers, with what they leave of the time.
fn sidecar(case: &Case<'_, '_>, others: Duration, findings: &mut Findings) {
    let granted = match case.grant.time {
        Time::Endless | Time::Unknown | Time::Elsewhere(_) => return,
        Time::Default(_) => case.grant.platform.time,
        Time::Set(granted) => granted.value,
    };
    let needed = case.needed();
    let together = needed.saturating_add(others);
    if granted >= together {
        return;
    }
    let message = format!(
        "the program is a sidecar: it is stopped after the other containers, which may take {} of the {} that the pod is \
         granted, and it needs {}",
        shown(others),
        shown(granted),
        shown(needed)
    );
    let advice = match case.grant.platform.time_setting.as_ref().filter(|_| together <= MAX_PROPOSED) {
        Some(setting) => format!("write `{}`", setting.with_time(together)),
        None => "shorten them".to_owned(),
    };
    findings.add(Rule::Sidecar, case.grant.position, message, advice);
}

fn granted(case: &Case<'_, '_>, findings: &mut Findings) {
    let platform = case.grant.platform;
    let can_extend = case.grant.unit.as_ref().is_some_and(|unit| unit.ready.is_some());
    let (granted, position, default) = match case.grant.time {
        Time::Endless | Time::Unknown => return,
        // The program extends the time while it stops.
        _ if can_extend && case.program().notifies_systemd != Some(false) => return,
        Time::Elsewhere(position) => return elsewhere(case, position, findings),
        // What cannot be changed is not called a default.
        Time::Default(position) if platform.time_setting.is_none() => (platform.time, position, ""),
        Time::Default(position) => (platform.time, position, ", the default,"),
        Time::Set(At { value, position }) => (limited(value, position, platform, findings), position, ""),
    };
    let needed = case.needed();
    if granted.is_zero() {
        let Platform { name, .. } = platform;
        let skips = if case.kubernetes.is_some() { " and skips preStop" } else { "" };
        let message = format!("`{}` is 0: {name} kills the program at once{skips}", key(platform));
        findings.add(Rule::ZeroGracePeriod, position, message, advice(case, needed, granted));
        return;
    }
    if granted >= needed {
        return;
    }
    let whole = platform.whole;
    let [is_granted, needs] = [granted, needed].map(shown);
    let (rule, message) = if case.needed_by_plan() > granted {
        let message = format!("the {whole} is granted {is_granted}{default} but needs {needs}: {}", sum(case));
        (Rule::GracePeriodTooShort, message)
    } else {
        let comma = if default.is_empty() { "," } else { "" };
        let message = format!(
            "the {whole} is granted {is_granted}{default}{comma} which is enough for the plan, but the forced exit needs \
             {needs}: {}",
            sum(case)
        );
        (Rule::ForcedExitTooLate, message)
    };
    findings.add(rule, position, message, advice(case, needed, granted));
}

/// The time is set where the program is run, and not in this file.
fn elsewhere(case: &Case<'_, '_>, position: Position, findings: &mut Findings) {
    let Platform { name, whole, time, .. } = case.grant.platform;
    let needed = case.needed();
    if *time >= needed {
        return;
    }
    let message = format!(
        "the file that runs the {whole} sets the time until SIGKILL: {name} grants {} unless it says otherwise, but the program \
         needs {}",
        shown(*time),
        shown(needed)
    );
    findings.add(Rule::TimeNotInFile, position, message, "check that file too, such as `compose.yaml`");
}

/// The time, or the longest one that the platform grants.
fn limited(time: Duration, position: Position, platform: &Platform, findings: &mut Findings) -> Duration {
    let Some(max) = platform.max_time.filter(|&max| time > max) else { return time };
    let message =
        format!("`{}` is {}, but {} grants at most {}", key(platform), shown(time), platform.name, shown(max));
    let advice = platform
        .time_setting
        .as_ref()
        .map_or_else(String::new, |setting| format!("write `{}`", setting.with_time(max)));
    findings.add(Rule::InvalidValue, position, message, advice);
    max
}

/// The key of the time.
fn key(platform: &Platform) -> &'static str {
    platform.time_setting.as_ref().map_or("the time", |setting| setting.key)
}

/// "preStop 5 s + grace period 28 s + 1 s to spare".
fn sum(case: &Case<'_, '_>) -> String {
    let name = case.grant.platform.pre_stop;
    let pre_stop = match case.pre_stop() {
        Duration::ZERO => String::new(),
        Duration::MAX => format!("endless {name} + "),
        time => format!("{name} {} + ", shown(time)),
    };
    format!("{pre_stop}grace period {} + {} to spare", shown(case.program().grace_period), shown(MARGIN))
}

fn advice(case: &Case<'_, '_>, needed: Duration, granted: Duration) -> String {
    let platform = case.grant.platform;
    if needed > MAX_PROPOSED {
        return format!("shorten {} and the program's grace period", platform.pre_stop);
    }
    // The most that the platform grants, if that is not enough.
    let max = platform.max_time.filter(|&max| needed > max);
    let most = max.unwrap_or(needed);
    let raise = platform.time_setting.as_ref().filter(|_| granted < most);
    let raise = raise.map(|setting| format!("write `{}`", setting.with_time(most)));
    let left = max.unwrap_or(granted).saturating_sub(case.pre_stop()).saturating_sub(MARGIN);
    let lower = lower(case, left);
    match (raise, lower, max) {
        (Some(raise), lower, Some(_)) => {
            let lower = lower.unwrap_or_else(|| shorten(left));
            format!("{raise}, the most that {} grants, and {lower}", platform.name)
        }
        (Some(raise), Some(lower), None) => format!("{raise}, or {lower}"),
        (Some(raise), None, None) => raise,
        (None, Some(lower), _) => lower,
        (None, None, _) if left.is_zero() => format!("grant at least {}", shown(needed)),
        (None, None, _) => shorten(left),
    }
}

/// The advice to lower the grace period to what is left, if the plan fits that.
fn lower(case: &Case<'_, '_>, left: Duration) -> Option<String> {
    let lowered = Program { grace_period: left, ..case.program().clone() };
    let left = Some(written(left)).filter(|_| lowered.fits())?;
    Some(if case.effective.sets_grace_period {
        format!("set `{}` to `{left}`", GRACE_PERIOD.name())
    } else {
        format!("lower the program's grace period to {left}")
    })
}

fn shorten(left: Duration) -> String {
    format!("shorten the program's timeouts until its grace period can be {}", written(left))
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
    let position = case.effective.overridden.unwrap_or(case.grant.position);
    let needed = worst_case.saturating_add(case.pre_stop()).saturating_add(MARGIN);
    let platform = case.grant.platform;
    let setting = platform.time_setting.as_ref().filter(|_| platform.max_time.is_none_or(|max| needed <= max));
    let advice = match (setting, written(worst_case)) {
        (None, _) => "lower the timeouts".to_owned(),
        (Some(setting), worst_case) if case.effective.overridden.is_some() => format!(
            "set `{}` to `{worst_case}` and `{}` to at least {}, or lower the drain timeout",
            GRACE_PERIOD.name(),
            setting.key,
            whole_seconds(needed),
        ),
        (Some(setting), worst_case) => format!(
            "raise the program's grace period to {worst_case} and `{}` to at least {}, or lower the timeouts",
            setting.key,
            whole_seconds(needed),
        ),
    };
    findings.add(Rule::PlanTooLong, position, message, advice);
}

fn pre_stop(case: &Case<'_, '_>, findings: &mut Findings) {
    let Some(pre_stop) = case.grant.pre_stop else { return };
    let is_pod = case.kubernetes.is_some();
    let is_sleep = pre_stop.value.action == PreStopAction::ExecSleep && pre_stop.value.at_least < Duration::MAX;
    if is_sleep && is_pod {
        let seconds = whole_seconds(pre_stop.value.at_least);
        let message =
            "preStop runs the program `sleep`: if the image lacks it, preStop fails and the signal follows at once";
        let advice = format!(
            "write `sleep: {{ seconds: {seconds} }}` instead of `exec`: then the kubelet waits (Kubernetes 1.30 or later)"
        );
        findings.add(Rule::ExecSleep, pre_stop.position, message, advice);
    }
    if !pre_stop.value.is_exact {
        let at_least = match pre_stop.value.at_least {
            Duration::ZERO => String::new(),
            time => format!(" (at least {})", shown(time)),
        };
        let (name, key) = (case.grant.platform.pre_stop, key(case.grant.platform));
        let message = format!("{name} takes an unknown time{at_least} from `{key}`");
        let advice = if is_pod {
            "write a `sleep` action, or the longest time as an annotation: `graceful/pre-stop: \"20s\"`"
        } else {
            "write the longest time as a comment: `# graceful: pre-stop 20s`"
        };
        findings.add(Rule::PreStopUnknown, pre_stop.position, message, advice);
    }
}

/// A probe that restarts the container may grant another time than the pod does.
fn probes(case: &Case<'_, '_>, findings: &mut Findings) {
    let needed = case.needed();
    for probe in &case.grant.probes {
        let Some(grace) = probe.grace.filter(|_| probe.question != Question::Readiness) else { continue };
        let granted = Duration::from_secs(grace.value);
        if granted >= needed {
            continue;
        }
        let field = probe.field;
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
