//! Findings for programs.

use graceful_manifest::{Checked, Finding, Severity};
use serde::Serialize;

use super::{NotChecked, Report};
use crate::error::Error;
use crate::json::print;

#[derive(Serialize)]
struct View<'a> {
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<FindingView<'a>>,
    allowed: Vec<AllowedView<'a>>,
    checked: Vec<CheckedView<'a>>,
    skipped: Vec<SkippedView<'a>>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    severity: String,
    rule: &'a str,
    source: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    length: Option<usize>,
    /// The template that the line was rendered from.
    template: Option<&'a str>,
    workload: &'a str,
    message: &'a str,
    advice: &'a str,
}

#[derive(Serialize)]
struct AllowedView<'a> {
    #[serde(flatten)]
    finding: FindingView<'a>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct CheckedView<'a> {
    platform: &'a str,
    object: &'a str,
    container: &'a str,
    source: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct SkippedView<'a> {
    object: &'a str,
    reason: &'a str,
    source: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

pub(super) fn write(report: &Report<'_>) -> Result<String, serde_json::Error> {
    print(&View {
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        notes: report.count(Severity::Note),
        findings: report.findings.iter().map(|finding| view(finding, report)).collect(),
        allowed: report
            .allowed
            .iter()
            .map(|&(finding, reason)| AllowedView { finding: view(finding, report), reason })
            .collect(),
        checked: report.checked.iter().map(CheckedView::from).collect(),
        skipped: report.skipped.iter().map(SkippedView::from).collect(),
    })
}

fn view<'a>(finding: &'a Finding, report: &Report<'a>) -> FindingView<'a> {
    let place = Report::place(finding);
    FindingView {
        severity: finding.severity.to_string(),
        rule: finding.rule.name(),
        source: place.map(|(source, ..)| source),
        line: place.map(|(_, line, _)| line),
        column: place.map(|(.., column)| column),
        length: place.map(|_| finding.length),
        template: report.template(finding),
        workload: &finding.workload,
        message: &finding.message,
        advice: &finding.advice,
    }
}

impl<'a> From<&'a Checked> for CheckedView<'a> {
    fn from(checked: &'a Checked) -> Self {
        let Checked { source, line, column, object, container, platform, .. } = checked;
        let is_in_file = !source.is_empty();
        Self {
            platform,
            object,
            container,
            source: is_in_file.then_some(source),
            line: is_in_file.then_some(*line),
            column: is_in_file.then_some(*column),
        }
    }
}

impl<'a> From<&NotChecked<'a>> for SkippedView<'a> {
    fn from(skipped: &NotChecked<'a>) -> Self {
        let NotChecked { object, reason, source, place } = *skipped;
        Self { object, reason, source, line: place.map(|(line, _)| line), column: place.map(|(_, column)| column) }
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    error: FailureView<'a>,
}

#[derive(Serialize)]
struct FailureView<'a> {
    message: &'a str,
    source: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    template: Option<&'a str>,
}

/// An error of the input, which has no findings.
pub(super) fn failure(error: &Error) -> Result<String, serde_json::Error> {
    let place = error.place();
    print(&Failure {
        error: FailureView {
            message: error.message(),
            source: place.map(|place| &*place.source),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            template: place.and_then(|place| place.template.as_deref()),
        },
    })
}
