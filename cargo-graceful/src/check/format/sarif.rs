//! Findings as SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use graceful_manifest::{Finding, Rule, Severity};
use serde_json::{Value, json};

use super::Report;
use crate::check::input::STDIN;
use crate::error::Error;
use crate::explain;
use crate::json;

pub(super) fn write(report: &Report<'_>) -> Result<String, serde_json::Error> {
    // Only the rules that are found: GitHub limits the size of a file.
    let allowed = report.allowed.iter().map(|(finding, _)| *finding);
    let mut rules: Vec<_> = report.findings.iter().chain(allowed).map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let found = report.findings.iter().map(|finding| result(finding, report));
    let allowed = report.allowed.iter().map(|&(finding, reason)| {
        let mut result = result(finding, report);
        let kind = if reason.is_some() { "inSource" } else { "external" };
        result["suppressions"] = json!([{ "kind": kind, "justification": reason.unwrap_or("--allow") }]);
        result
    });
    let results = found.chain(allowed);
    let notes = report.skipped.iter().map(|skipped| {
        let text = format!("not checked: {}: {}", skipped.object, skipped.reason);
        notification("note", &text, Some(location(skipped.source, skipped.place)))
    });
    let invocation = json!({ "executionSuccessful": true, "toolExecutionNotifications": notes.collect::<Value>() });
    log(rules.into_iter().map(rule).collect(), invocation, results.collect())
}

pub(super) fn failure(error: &Error) -> Result<String, serde_json::Error> {
    let location = error.place().map(|place| match &place.template {
        Some(template) => location(template, None),
        None => location(&place.source, Some((place.line, place.column))),
    });
    let notification = notification("error", error.message(), location);
    let invocation = json!({ "executionSuccessful": false, "toolExecutionNotifications": [notification] });
    log(Value::Array(Vec::new()), invocation, Value::Array(Vec::new()))
}

fn log(rules: Value, invocation: Value, results: Value) -> Result<String, serde_json::Error> {
    json::print(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo-graceful",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://docs.rs/cargo-graceful",
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    }))
}

fn rule(rule: Rule) -> Value {
    json!({
        "id": rule.name(),
        "shortDescription": { "text": rule.summary() },
        "helpUri": format!("https://docs.rs/graceful-manifest/latest/graceful_manifest/enum.Rule.html#variant.{rule:?}"),
        "help": { "text": explain::markdown(rule), "markdown": explain::markdown(rule) },
        "defaultConfiguration": { "level": level(rule.severity()) },
    })
}

fn result(finding: &Finding, report: &Report<'_>) -> Value {
    let mut location = match (report.template(finding), Report::place(finding)) {
        // The line is that of the rendered text.
        (Some(template), _) => location(template, None),
        (None, Some((source, line, column))) => {
            let mut location = location(source, Some((line, column)));
            location["physicalLocation"]["region"]["endColumn"] = json!(column + finding.length);
            location
        }
        (None, None) => json!({}),
    };
    location["logicalLocations"] = json!([{ "fullyQualifiedName": finding.workload }]);
    json!({
        "ruleId": finding.rule.name(),
        "level": level(finding.severity),
        "message": { "text": format!("{}: {}; {}", finding.workload, finding.message, finding.advice) },
        "locations": [location],
    })
}

fn notification(level: &str, text: &str, location: Option<Value>) -> Value {
    json!({ "level": level, "message": { "text": text }, "locations": location.into_iter().collect::<Value>() })
}

fn location(source: &str, place: Option<(usize, usize)>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(source) } });
    if let Some((line, column)) = place {
        physical["region"] = json!({ "startLine": line, "startColumn": column });
    }
    json!({ "physicalLocation": physical })
}

/// The path as a relative URI.
fn uri(source: &str) -> String {
    if source == STDIN {
        return "stdin".to_owned();
    }
    let path = source.strip_prefix("./").unwrap_or(source);
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
