//! Workflow commands, which GitHub shows beside the line.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;

use graceful_manifest::Severity;

use super::Report;
use crate::check::input::STDIN;
use crate::error::Error;

pub(super) fn write(report: &Report<'_>) -> String {
    let mut text = String::new();
    for finding in report.findings {
        let place = place(Report::place(finding), report.template(finding));
        let message = data(&format!("{}: {}; {}", finding.workload, finding.message, finding.advice));
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let _ = writeln!(text, "::{level} {place}title=graceful {}::{message}", finding.rule);
    }
    let number = |what: &str, number: usize| if number > 0 { format!(", {what}: {number}") } else { String::new() };
    let not = number("not checked", report.skipped.len());
    let allowed = number("allowed", report.allowed.len());
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(|severity| report.count(severity));
    let checked = report.checked.len();
    let _ = writeln!(text, "graceful: checked: {checked}{not}; errors: {errors}, warnings: {warnings}{allowed}");
    text
}

pub(super) fn failure(error: &Error) -> String {
    let template = error.place().and_then(|place| place.template.as_deref());
    let place = place(error.place().map(|place| (&*place.source, place.line, place.column)), template);
    format!("::error {place}title=graceful::{}\n", data(error.message()))
}

/// The properties of a place, which are none without a file that GitHub can show.
fn place(place: Option<(&str, usize, usize)>, template: Option<&str>) -> String {
    match (place, template) {
        // The line is that of the rendered text.
        (_, Some(template)) => format!("file={},", property(template)),
        (Some((source, line, column)), None) if source != STDIN => {
            // The paths in a repository have no `./` before them.
            let file = property(source.strip_prefix("./").unwrap_or(source));
            format!("file={file},line={line},col={column},")
        }
        _ => String::new(),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
