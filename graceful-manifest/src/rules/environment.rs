//! Values that are refused: by Kubernetes, or by the program when it starts. And those that can't be known.

use crate::model::Fields;
use crate::rule::Rule;
use crate::text::{quote, shown, written};

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, fields: &Fields, findings: &mut Findings) {
    invalid(fields, findings);
    for bad in &case.effective.bad {
        let (variable, value, why) = (bad.value.variable, &bad.value.value, &bad.value.why);
        let message = format!("`{variable}` is {value}: {why}, so the program does not start");
        findings.add(Rule::BadEnvironment, bad.position, message, format!("write `{}`", bad.value.example));
    }
    for unknown in &case.effective.unknown {
        let variable = unknown.value;
        let message = format!("what `{variable}` is cannot be read here, so the program's own value is checked");
        findings.add(Rule::EnvironmentUnknown, unknown.position, message, "write it as a plain `value`");
    }
    refused(case, findings);
}

pub(super) fn invalid(fields: &Fields, findings: &mut Findings) {
    for invalid in &fields.invalid {
        let found = invalid.found.as_deref().map_or_else(|| "a list or a mapping".to_owned(), quote);
        let message = format!("`{}` is {found}, which Kubernetes refuses", invalid.field);
        findings.add(Rule::InvalidValue, invalid.position, message, format!("write {}", invalid.expected));
    }
    for both in &fields.both {
        let [first, second] = both.value;
        let message = format!("`{first}` and `{second}` are both there, which Kubernetes refuses");
        findings.add(Rule::InvalidValue, both.position, message, "leave one of them out");
    }
}

/// What the program says of lame duck and drain when it starts: they must leave something.
fn refused(case: &Case<'_, '_>, findings: &mut Findings) {
    let program = case.program();
    if program.starts() {
        return;
    }
    let drain = program.effective_drain_timeout();
    let message = format!(
        "the lame duck of {} and the drain timeout of {} leave nothing of the grace period of {} for the shutdown \
         handlers, so the program does not start",
        shown(program.lame_duck),
        shown(drain),
        shown(program.grace_period),
    );
    let position = case.effective.overridden.unwrap_or(case.container.position);
    let advice = format!("let their sum be less than {}", written(program.grace_period));
    findings.add(Rule::ConfigurationRefused, position, message, advice);
}
