//! Calls `graceful-manifest` with the program of a binary.

use std::path::Path;

use graceful_core::record;
use graceful_core::text::escape;
use graceful_core::timeouts::Timeouts;
use graceful_manifest::{Check, ErrorKind, Finding, Handler, Severity, Source};

use crate::check::input::Text;
use crate::error::Error;
use crate::program::{Program, name};

/// Converts the program. `path` is for the message.
pub(crate) fn program(program: &Program, path: &Path) -> Result<graceful_manifest::Program, Error> {
    let Some(main) = &program.main else {
        return Err(Error::new(format!(
            "`{}` has no `#[graceful::main]`: the values of a `Config` are known only at run time, so there is nothing to \
             compare with manifests",
            escape(&path.to_string_lossy())
        )));
    };
    let Timeouts { grace_period, lame_duck, drain_timeout, handler_timeout } = program.timeouts;
    Ok(graceful_manifest::Program {
        grace_period,
        lame_duck,
        drain_timeout,
        handler_timeout,
        signals: program.signals.clone(),
        probes: main.probes,
        notifies_systemd: Some(main.systemd),
        handlers: Some(program.handlers.iter().zip(&program.after).map(handler).collect()),
    })
}

/// The finding for a program whose handlers nothing runs.
pub(crate) fn handlers_without_main(program: &Program) -> Option<Finding> {
    let handlers = program.plan.handlers();
    let first = handlers.first().filter(|_| !program.runs)?;
    let (file, line) = first.location().rsplit_once(':').unwrap_or((first.location(), ""));
    Some(Finding::handlers_without_main(first.name(), file, line.parse().unwrap_or(1), handlers.len()))
}

fn handler((handler, after): (&record::Handler, &Vec<usize>)) -> Handler {
    let record::Handler { priority, timeout, phase, .. } = *handler;
    Handler { name: name(handler), priority, timeout, phase, after: after.clone() }
}

/// A name for the program's container: the crate's name, as Kubernetes allows it.
pub(crate) fn container(program: &Program) -> String {
    let krate = program.main.as_ref().map_or("app", |main| main.krate.split("::").next().unwrap_or(&main.krate));
    krate.replace('_', "-")
}

/// The errors of the program that no snippet can mend.
pub(crate) fn left(program: &graceful_manifest::Program) -> Result<Vec<String>, Error> {
    let snippet = graceful_manifest::snippet(program, "app");
    let pod = Text { name: "snippet".to_owned(), text: format!("apiVersion: v1\nkind: Pod\n{snippet}") };
    let findings = check(program, None, &[pod])?;
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    Ok(errors.map(|finding| format!("{}; {}", finding.message, finding.advice)).collect())
}

pub(crate) fn check(
    program: &graceful_manifest::Program,
    container: Option<&str>,
    texts: &[Text],
) -> Result<Vec<Finding>, Error> {
    let sources: Vec<_> = texts.iter().map(|text| Source { name: &text.name, text: &text.text }).collect();
    let check = match container {
        Some(container) => Check::new(program).container(container),
        None => Check::new(program),
    };
    check.run(&sources).map(|outcome| outcome.findings).map_err(|error| match error.kind() {
        ErrorKind::SeveralContainers => Error::new(format!("{error}; choose the program's with `--container NAME`")),
        _ => Error::new(error.to_string()),
    })
}
