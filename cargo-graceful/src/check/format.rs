//! The formats of findings.

use std::fmt::Write as _;

use clap::ValueEnum;
use graceful_core::text::escape;
use graceful_manifest::{Finding, Severity};
use serde::Serialize;

use super::input::STDIN;

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Human,
    Json,
    Github,
}

impl Format {
    pub(crate) fn write(self, findings: &[Finding]) -> Result<String, serde_json::Error> {
        match self {
            Self::Human => Ok(human(findings)),
            Self::Json => json(findings),
            Self::Github => Ok(github(findings)),
        }
    }
}

/// Two lines for each finding, and the numbers of errors and warnings at the end.
fn human(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { severity, rule, source, line, column, workload, message, advice, .. } in findings {
        let [source, workload, message, advice] = [source, workload, message, advice].map(|part| escape(part));
        let _ = writeln!(text, "{source}:{line}:{column}: {severity}: {workload}: {message} [{rule}]");
        let _ = writeln!(text, "    {advice}");
    }
    let counted = |severity: Severity| match count(findings, severity) {
        0 => format!("no {severity}s"),
        1 => format!("1 {severity}"),
        number => format!("{number} {severity}s"),
    };
    let _ = writeln!(text, "{}, {}", counted(Severity::Error), counted(Severity::Warning));
    text
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

#[derive(Serialize)]
struct View<'a> {
    errors: usize,
    warnings: usize,
    findings: Vec<FindingView<'a>>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    severity: String,
    rule: &'a str,
    source: &'a str,
    line: usize,
    column: usize,
    workload: &'a str,
    message: &'a str,
    advice: &'a str,
}

fn json(findings: &[Finding]) -> Result<String, serde_json::Error> {
    let views = findings.iter().map(|finding| FindingView {
        severity: finding.severity.to_string(),
        rule: finding.rule.name(),
        source: &finding.source,
        line: finding.line,
        column: finding.column,
        workload: &finding.workload,
        message: &finding.message,
        advice: &finding.advice,
    });
    let view = View {
        errors: count(findings, Severity::Error),
        warnings: count(findings, Severity::Warning),
        findings: views.collect(),
    };
    serde_json::to_string_pretty(&view).map(|json| json + "\n")
}

/// Workflow commands, which GitHub shows beside the line.
fn github(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { severity, rule, source, line, column, workload, message, advice, .. } in findings {
        // GitHub cannot show a line of standard input.
        let place = match &**source {
            STDIN => String::new(),
            file => format!("file={},line={line},col={column},", property(file)),
        };
        let message = data(&format!("{workload}: {message}; {advice}"));
        let _ = writeln!(text, "::{severity} {place}title=graceful {rule}::{message}");
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
