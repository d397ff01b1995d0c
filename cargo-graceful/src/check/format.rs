//! The formats of a check's outcome.

mod github;
mod human;
mod json;
mod junit;
mod sarif;

use std::collections::{HashMap, HashSet};
use std::slice;

use clap::ValueEnum;
use graceful_manifest::{Checked, Finding, Outcome, Rule, Severity, Skipped};

use super::input::{Files, STDIN};
use super::lines::Lines;
use crate::error::Error;

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For a person, with the lines of the files
    #[default]
    Human,
    /// For a program
    Json,
    /// Annotations in a workflow of GitHub
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML, for the test reports of CI servers
    Junit,
}

impl Format {
    pub(crate) fn write(self, report: &Report<'_>) -> Result<String, serde_json::Error> {
        match self {
            Self::Human => Ok(human::write(report)),
            Self::Json => json::write(report),
            Self::Github => Ok(github::write(report)),
            Self::Sarif => sarif::write(report),
            Self::Junit => Ok(junit::write(report)),
        }
    }

    /// The error of a check that could not be made, beside the line on standard error. For a person that line is enough.
    pub(crate) fn failure(self, error: &Error) -> Result<String, serde_json::Error> {
        match self {
            Self::Human => Ok(String::new()),
            Self::Json => json::failure(error),
            Self::Github => Ok(github::failure(error)),
            Self::Sarif => sarif::failure(error),
            Self::Junit => Ok(junit::failure(error)),
        }
    }
}

/// An object or a file that was not checked.
#[derive(Debug)]
pub(crate) struct NotChecked<'a> {
    object: &'a str,
    reason: &'a str,
    source: &'a str,
    /// Line and column of an object.
    place: Option<(usize, usize)>,
}

impl<'a> From<&'a Skipped> for NotChecked<'a> {
    fn from(skipped: &'a Skipped) -> Self {
        let Skipped { source, line, column, object, reason, .. } = skipped;
        Self { object, reason, source, place: Some((*line, *column)) }
    }
}

impl<'a> NotChecked<'a> {
    fn unread(name: &'a str) -> Self {
        let reason = "of a folder only *.yaml, *.yml and *.json are read: pass it with `-f`";
        Self { object: name, reason, source: name, place: None }
    }
}

/// The outcome of a check, with the files.
#[derive(Debug, Default)]
pub(crate) struct Report<'a> {
    pub(crate) findings: &'a [Finding],
    /// The findings that are allowed, with the reason that the file gives.
    pub(crate) allowed: Vec<(&'a Finding, Option<&'a str>)>,
    pub(crate) checked: &'a [Checked],
    pub(crate) skipped: Vec<NotChecked<'a>>,
    pub(crate) deny_warnings: bool,
    /// The lines of the files with findings, by their names.
    lines: HashMap<&'a str, Lines<'a>>,
}

impl<'a> Report<'a> {
    /// A finding about the program itself, without which nothing is checked.
    pub(crate) fn of_program(finding: &'a Finding, allow: &[Rule]) -> Self {
        if allow.contains(&finding.rule) {
            Self { allowed: vec![(finding, None)], ..Self::default() }
        } else {
            Self { findings: slice::from_ref(finding), ..Self::default() }
        }
    }

    pub(crate) fn new(outcome: &'a Outcome, files: &'a Files) -> Self {
        let allowed: Vec<_> =
            outcome.allowed.iter().map(|allowed| (&allowed.finding, allowed.reason.as_deref())).collect();
        let found = outcome.findings.iter().chain(allowed.iter().map(|(finding, _)| *finding));
        let sources: HashSet<_> = found.map(|finding| &*finding.source).collect();
        let lines = files.texts.iter().filter(|text| sources.contains(&*text.name));
        let lines = lines.map(|text| (&*text.name, Lines::new(&text.text))).collect();
        let unread = files.unread.iter().map(|name| NotChecked::unread(name));
        let skipped = outcome.skipped.iter().map(NotChecked::from).chain(unread).collect();
        let Outcome { findings, checked, .. } = outcome;
        Self { findings, allowed, checked, skipped, deny_warnings: false, lines }
    }

    /// Whether the finding makes the check fail.
    pub(crate) fn fails(&self, finding: &Finding) -> bool {
        match finding.severity {
            Severity::Error => true,
            Severity::Warning => self.deny_warnings,
            Severity::Note => false,
        }
    }

    /// Name, line and column of the finding, if it is in a file.
    fn place(finding: &'a Finding) -> Option<(&'a str, usize, usize)> {
        (!finding.source.is_empty()).then_some((&finding.source, finding.line, finding.column))
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    fn lines(&self, finding: &Finding) -> Option<&Lines<'a>> {
        self.lines.get(&*finding.source)
    }

    /// The template that the finding's line was rendered from, if the text came through a pipe.
    fn template(&self, finding: &Finding) -> Option<&'a str> {
        self.lines(finding).filter(|_| finding.source == STDIN)?.template(finding.line)
    }
}
