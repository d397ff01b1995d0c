//! Values that the program refuses, and values that are unknown.

use graceful_core::environment::BadValue;
use graceful_core::timeouts::TimeoutsError;

use crate::rule::Rule;
use crate::text::{shown, written};

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
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
        let advice =
            if case.kubernetes.is_some() { "write it as a plain `value`" } else { "write its value in the file" };
        findings.add(Rule::EnvironmentUnknown, unknown.position, message, advice);
    }
    for unknown in &case.grant.unknown_variables {
        let message = format!("{} has no effect, because graceful has no such variable", unknown.value.name);
        findings.add(Rule::UnknownVariable, unknown.position, message, unknown.value.instead());
    }
    refused(case, findings);
}

/// A program refuses to start if lame duck and drain leave no time for the handlers.
fn refused(case: &Case<'_, '_>, findings: &mut Findings) {
    let program = case.program();
    let Some(error) = program.refused() else { return };
    let message = format!("{}, so the program does not start", error.describe(shown));
    let position = case.effective.overridden.unwrap_or(case.grant.position);
    let advice = match error {
        TimeoutsError::NothingForHandlers(_) => format!("make their sum less than {}", written(program.grace_period)),
        TimeoutsError::Zero | TimeoutsError::TooLong => "set a grace period such as `24s`".to_owned(),
    };
    findings.add(Rule::ConfigurationRefused, position, message, advice);
}
