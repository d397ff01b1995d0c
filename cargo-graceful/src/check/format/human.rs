//! Findings for a person at a terminal: as rustc prints its own.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use graceful_core::text::{counted, escape, join};
use graceful_manifest::{Finding, Severity};

use super::Report;

/// How many objects are listed.
const MAX_LISTED: usize = 12;

/// Longer lines are of JSON without line breaks.
const MAX_EXCERPT: usize = 400;

/// The findings with their lines, what was checked and what was not, and the numbers of errors and warnings.
pub(super) fn write(report: &Report<'_>) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for finding in report.findings {
        let _ = writeln!(text, "{}\n", renderer.render(&[group(finding, report)]));
    }
    checked(report, &mut text);
    if !report.findings.is_empty() {
        text.push_str("`cargo graceful explain RULE` says more about a rule\n");
    }
    let number = |severity: Severity| match report.count(severity) {
        0 => format!("no {severity}s"),
        number => counted(number, &severity.to_string()),
    };
    let mut numbers = vec![number(Severity::Error), number(Severity::Warning)];
    if report.count(Severity::Note) > 0 {
        numbers.push(number(Severity::Note));
    }
    if !report.allowed.is_empty() {
        numbers.push(format!("{} allowed", report.allowed.len()));
    }
    text + &join(&numbers, ", ") + "\n"
}

fn group<'f>(finding: &'f Finding, report: &Report<'f>) -> annotate_snippets::Group<'f> {
    let Finding { severity, rule, workload, message, advice, .. } = finding;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(escape(&format!("{workload}: {message} [{rule}]")));
    let place = Report::place(finding).map(|(source, line, column)| -> Element<'_> {
        match report.lines(finding).and_then(|lines| excerpt(lines.line(line)?, column, finding.length)) {
            Some((excerpt, span)) => Snippet::source(excerpt)
                .path(escape(source))
                .line_start(line)
                .annotation(AnnotationKind::Primary.span(span))
                .into(),
            None => Origin::path(escape(source)).line(line).char_column(column).into(),
        }
    });
    let mut group = title.elements(place).element(Level::HELP.message(escape(advice)));
    if let Some(template) = report.template(finding) {
        group = group.element(Level::NOTE.message(format!("rendered from {}", escape(template))));
    }
    group
}

/// The line, and the place of so many characters from the column.
fn excerpt(line: &str, column: usize, length: usize) -> Option<(&str, Range<usize>)> {
    if line.len() > MAX_EXCERPT || escape(&line.replace('\t', " ")).len() != line.len() {
        return None;
    }
    let mut starts = line.char_indices().map(|(start, _)| start).skip(column.checked_sub(1)?);
    let start = starts.next()?;
    Some((line, start..starts.nth(length.saturating_sub(1)).unwrap_or(line.len())))
}

fn checked(report: &Report<'_>, text: &mut String) {
    for (finding, reason) in report.allowed.iter().take(MAX_LISTED) {
        let Finding { workload, message, rule, .. } = finding;
        let reason = reason.unwrap_or("by `--allow`");
        let _ = writeln!(text, "{}", escape(&format!("allowed: {workload}: {message} [{rule}]: {reason}")));
    }
    more("allowed", report.allowed.len(), text);
    let mut objects: Vec<_> = report.checked.iter().map(|checked| escape(&checked.object)).collect();
    objects.dedup();
    let others = objects.len().saturating_sub(MAX_LISTED);
    objects.truncate(MAX_LISTED);
    if others > 0 {
        objects.push(format!("{others} more"));
    }
    if !objects.is_empty() {
        let _ = writeln!(text, "checked {}", join(&objects, ", "));
    }
    for skipped in report.skipped.iter().take(MAX_LISTED) {
        let _ = writeln!(text, "not checked: {}: {}", escape(skipped.object), escape(skipped.reason));
    }
    more("not checked", report.skipped.len(), text);
}

/// The number of those that are not listed.
fn more(what: &str, all: usize, text: &mut String) {
    if all > MAX_LISTED {
        let _ = writeln!(text, "{what}: {} more", all - MAX_LISTED);
    }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn excerpts() {
        for (line, column, length, expected) in [
            ("größe: 1", 1, 5, Some("größe")),
            ("größe: 1", 8, 1, Some("1")),
            ("a: ü", 4, 9, Some("ü")),
            ("\ta: 1", 2, 1, Some("a")),
            ("a", 2, 1, None),
            ("a", 0, 1, None),
            ("a # \u{202e}", 1, 1, None),
        ] {
            let found = excerpt(line, column, length).map(|(line, span)| &line[span]);
            assert_eq!(found, expected, "{line:?}");
        }
        assert_eq!(excerpt(&"a".repeat(401), 1, 1), None);
    }
}
