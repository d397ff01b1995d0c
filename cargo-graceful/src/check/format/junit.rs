//! Findings as JUnit's XML, for the test reports of CI servers.
//!
//! Each object is a test case, which errors fail.

use std::collections::HashMap;
use std::fmt::Write as _;

use graceful_core::text::moves;
use graceful_manifest::Finding;

use super::Report;
use crate::error::Error;

/// An object, with what is said about it.
struct Case<'a> {
    source: &'a str,
    object: &'a str,
    findings: Vec<&'a Finding>,
    allowed: Vec<(&'a Finding, Option<&'a str>)>,
    skipped: Option<&'a str>,
}

pub(super) fn write(report: &Report<'_>) -> String {
    let checked = report.checked.iter().map(|checked| (&*checked.source, &*checked.object, None));
    let skipped = report.skipped.iter().map(|skipped| (skipped.source, skipped.object, Some(skipped.reason)));
    let allowed = report.allowed.iter().map(|(finding, _)| *finding);
    let found = report.findings.iter().chain(allowed).map(|finding| (&*finding.source, &*finding.workload, None));
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut places = HashMap::new();
    for (source, object, skipped) in checked.chain(skipped).chain(found) {
        places.entry((source, object)).or_insert_with(|| {
            cases.push(Case { source, object, findings: Vec::new(), allowed: Vec::new(), skipped });
            cases.len() - 1
        });
    }
    let found = report.findings.iter().map(|finding| (finding, None));
    for (finding, allowed) in found.chain(report.allowed.iter().map(|&(finding, reason)| (finding, Some(reason)))) {
        let place = places.get(&(&*finding.source, &*finding.workload));
        let Some(case) = place.and_then(|place| cases.get_mut(*place)) else { continue };
        match allowed {
            None => case.findings.push(finding),
            Some(reason) => case.allowed.push((finding, reason)),
        }
    }
    let fails = |case: &&Case<'_>| case.findings.iter().any(|finding| report.fails(finding));
    let [failures, skipped] =
        [cases.iter().filter(fails).count(), cases.iter().filter(|case| case.skipped.is_some()).count()];
    let mut text = head(cases.len(), failures, 0, skipped);
    for case in &cases {
        write_case(case, report, &mut text);
    }
    text + "  </testsuite>\n</testsuites>\n"
}

fn write_case(case: &Case<'_>, report: &Report<'_>, text: &mut String) {
    let source = if case.source.is_empty() { "cargo graceful" } else { case.source };
    let [source, object] = [source, case.object].map(escape);
    let _ = write!(text, "    <testcase classname=\"{source}\" name=\"{object}\"");
    if case.findings.is_empty() && case.allowed.is_empty() && case.skipped.is_none() {
        text.push_str("/>\n");
        return;
    }
    text.push_str(">\n");
    if let Some(reason) = case.skipped {
        let _ = writeln!(text, "      <skipped message=\"{}\"/>", escape(reason));
    }
    let (failing, others): (Vec<&Finding>, Vec<_>) = case.findings.iter().partition(|finding| report.fails(finding));
    let lines = |findings: &[&Finding]| findings.iter().map(|finding| format!("{finding}\n")).collect::<String>();
    if let Some(first) = failing.first() {
        let _ = write!(text, "      <failure type=\"{}\" message=\"{}\">", first.rule, escape(&first.message));
        let _ = writeln!(text, "{}</failure>", escape(&lines(&failing)));
    }
    let allowed = case.allowed.iter().map(|(finding, reason)| {
        let reason = reason.unwrap_or("by `--allow`");
        format!("allowed: {finding}: {reason}\n")
    });
    let others = lines(&others) + &allowed.collect::<String>();
    if !others.is_empty() {
        let _ = writeln!(text, "      <system-out>{}</system-out>", escape(&others));
    }
    text.push_str("    </testcase>\n");
}

pub(super) fn failure(error: &Error) -> String {
    let source = error.place().map_or("input", |place| &*place.source);
    let mut text = head(1, 0, 1, 0);
    let _ = writeln!(text, "    <testcase classname=\"{}\" name=\"input\">", escape(source));
    let _ = writeln!(text, "      <error message=\"{}\"/>\n    </testcase>", escape(&error.to_string()));
    text + "  </testsuite>\n</testsuites>\n"
}

fn head(tests: usize, failures: usize, errors: usize, skipped: usize) -> String {
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"cargo graceful check\" {counts}>\n"
    )
}

/// Text for XML, which allows no control characters but the end of a line, and for a terminal.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if moves(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
