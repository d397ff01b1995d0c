//! Calls `graceful-manifest` with the program of a binary.

use std::path::Path;

use graceful_core::record;
use graceful_core::text::escape;
use graceful_core::timeouts::Timeouts;
use graceful_manifest::{Check, ErrorKind, Finding, Handler, Outcome, Severity, Socket, Source};

use crate::check::input::Text;
use crate::error::{Error, Place};
use crate::program::{Program, name};
use crate::units::File;

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
        sockets: program.sockets.iter().map(|socket| Socket { name: socket.name.clone(), kind: socket.kind }).collect(),
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
    errors(program, &[Text { name: "snippet".to_owned(), text: format!("apiVersion: v1\nkind: Pod\n{snippet}") }])
}

/// The errors of the program that no unit can mend.
pub(crate) fn left_in_units(program: &graceful_manifest::Program, files: &[File]) -> Result<Vec<String>, Error> {
    let units = files.iter().filter(|file| !file.is_script);
    let units: Vec<_> = units.map(|File { name, text, .. }| Text { name: name.clone(), text: text.clone() }).collect();
    errors(program, &units)
}

fn errors(program: &graceful_manifest::Program, texts: &[Text]) -> Result<Vec<String>, Error> {
    let outcome = check(&Check::new(program), texts)?;
    let errors = outcome.findings.iter().filter(|finding| finding.severity == Severity::Error);
    Ok(errors.map(|finding| format!("{}; {}", finding.message, finding.advice)).collect())
}

/// Compares the program with the texts of files.
pub(crate) fn check(check: &Check<'_>, texts: &[Text]) -> Result<Outcome, Error> {
    let sources: Vec<_> = texts.iter().map(|text| Source { name: &text.name, text: &text.text }).collect();
    check.run(&sources).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::SeveralContainers => {
                "; choose the program's with `--container NAME`, or its object with `--workload KIND/NAME`"
            }
            _ => "",
        };
        let place = error.source_name().zip(error.position());
        let place = place.map(|(source, (line, column))| {
            let text = texts.iter().find(|text| text.name == source);
            let template = text.and_then(|text| text.template(line)).map(str::to_owned);
            Place { source: source.to_owned(), line, column, template }
        });
        Error::new(format!("{}{hint}", error.message())).at(place)
    })
}
