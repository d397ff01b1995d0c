//! Values that are refused: by Kubernetes, or by the program when it starts. And those that can't be known.

use graceful_core::environment::BadValue;
use graceful_core::timeouts::TimeoutsError;

use crate::model::Fields;
use crate::rule::Rule;
use crate::text::{quote, shown, written};

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, fields: &Fields, findings: &mut Findings) {
    invalid(fields, findings);
    for bad in &case.effective.bad {
        let BadValue { variable, value, why, instead, .. } = &bad.value;
        let message = format!("`{variable}` is {value}: {why}, so the program does not start");
        findings.add(Rule::BadEnvironment, bad.position, message, format!("write `{instead}`"));
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
    let Some(error) = program.refused() else { return };
    let message = format!("{}, so the program does not start", error.describe(shown));
    let position = case.effective.overridden.unwrap_or(case.container.position);
    let advice = match error {
        TimeoutsError::NothingForHandlers(_) => format!("let their sum be less than {}", written(program.grace_period)),
        TimeoutsError::Zero | TimeoutsError::TooLong => "set one such as `30s`".to_owned(),
    };
    findings.add(Rule::ConfigurationRefused, position, message, advice);
}
