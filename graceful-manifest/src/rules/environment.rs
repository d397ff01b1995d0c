//! Values that Kubernetes or the program refuses, and values that are unknown.

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
        let message = format!(
            "the value of `{variable}` cannot be read from the files, so the check uses the program's own value"
        );
        findings.add(Rule::EnvironmentUnknown, unknown.position, message, "write it as a plain `value`");
    }
    for unknown in &case.container.unknown_variables {
        let message = format!("{} has no effect, because graceful has no such variable", unknown.value.name);
        findings.add(Rule::UnknownVariable, unknown.position, message, unknown.value.instead());
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
        let message = format!("`{first}` and `{second}` are both set, which Kubernetes refuses");
        findings.add(Rule::InvalidValue, both.position, message, "remove one of them");
    }
}

/// A program refuses to start if lame duck and drain leave no time for the handlers.
fn refused(case: &Case<'_, '_>, findings: &mut Findings) {
    let program = case.program();
    let Some(error) = program.refused() else { return };
    let message = format!("{}, so the program does not start", error.describe(shown));
    let position = case.effective.overridden.unwrap_or(case.container.position);
    let advice = match error {
        TimeoutsError::NothingForHandlers(_) => format!("make their sum less than {}", written(program.grace_period)),
        TimeoutsError::Zero | TimeoutsError::TooLong => "set a grace period such as `24s`".to_owned(),
    };
    findings.add(Rule::ConfigurationRefused, position, message, advice);
}
