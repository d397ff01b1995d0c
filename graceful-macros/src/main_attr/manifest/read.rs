//! Reads the file of the platform and compares it with main's keys.

use std::path::Path;
use std::{env, fs};

use graceful_core::timeouts::Timeouts;
use graceful_manifest::{Check, ErrorKind, Finding, Program, Severity, Source};
use syn::LitStr;

use super::super::options::Options;
use crate::errors::Errors;

pub(super) fn check(manifest: &LitStr, options: &Options, errors: &mut Errors) {
    let name = manifest.value();
    // The path that the compiler watches is built with `concat!`.
    if Path::new(&name).has_root() {
        return errors.at(manifest, format_args!("`{name}` is an absolute path: write it relative to the package"));
    }
    // Cargo sets the variable, also for macros.
    let path = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(&name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let place = path.display();
            return errors
                .at(manifest, format_args!("cannot read `{place}`: {error}\nthe path is relative to the package"));
        }
    };
    let program = program(options);
    let mut check = Check::new(&program);
    let container = options.container.as_ref().map(|(_, name)| name.value());
    if let Some(container) = &container {
        check = check.container(container);
    }
    match check.run(&[Source { name: &name, text: &text }]) {
        Ok(outcome) => {
            for finding in outcome.findings.iter().filter(|finding| finding.severity == Severity::Error) {
                let Finding { source, line, column, workload, message, advice, .. } = finding;
                errors.at(manifest, format_args!("{source}:{line}:{column}: {workload}: {message}\n{advice}"));
            }
        }
        Err(error) => match (error.kind(), &options.container) {
            (ErrorKind::NoSuchContainer, Some((_, name))) => errors.at(name, error),
            (ErrorKind::SeveralContainers, _) => {
                let advice = "add the key `container`, or `service`, with the name of the program's";
                errors.at(manifest, format_args!("{error}\n{advice}"));
            }
            _ => errors.at(manifest, error),
        },
    }
}

/// The program with main's keys. Its handlers are not known, because a macro sees one item.
fn program(options: &Options) -> Program {
    let Timeouts { grace_period, lame_duck, drain_timeout, handler_timeout } = options.timeouts();
    let defaults = Program::default();
    Program {
        grace_period,
        lame_duck,
        drain_timeout,
        handler_timeout,
        signals: options.signal_names().unwrap_or(defaults.signals),
        probes: options.probes(),
        notifies_systemd: Some(options.systemd),
        handlers: None,
        sockets: Vec::new(),
    }
}
