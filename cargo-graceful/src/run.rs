//! A call of the command, from its arguments to its exit code.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use graceful_manifest::{Finding, Severity};

use crate::args::{self, Command};
use crate::check::input;
use crate::error::Error;
use crate::program::Program;
use crate::{manifest, plan};

/// The end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The command ran, and found nothing.
    Clean,
    /// The command ran, and found something.
    Found,
    /// The command could not run.
    Failed,
}

impl Ending {
    /// Returns 0, 1 or 2.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Failed => 2,
        }
    }
}

/// Runs the command with the arguments after the program's name.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Ending {
    let mut session = Session { stdin, warnings: Vec::new(), findings: Vec::new() };
    let result = args::parse(arguments).and_then(|command| session.carry_out(command));
    for warning in &session.warnings {
        // The command does not fail because stderr is closed.
        let _ = writeln!(stderr, "warning: {warning}");
    }
    for finding in &session.findings {
        let _ = writeln!(stderr, "{finding}");
    }
    match result.and_then(|(text, ending)| write(stdout, &text).map(|()| ending)) {
        Ok(ending) => ending,
        Err(error) => {
            let _ = writeln!(stderr, "error: {error}");
            Ending::Failed
        }
    }
}

/// Writes all text at once. A reader that closes the pipe early, such as `head`, has read enough.
fn write(stdout: &mut dyn Write, text: &str) -> Result<(), Error> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write to standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

struct Session<'a> {
    stdin: &'a mut dyn Read,
    warnings: Vec<String>,
    /// Findings that are not the text.
    findings: Vec<Finding>,
}

impl Session<'_> {
    /// Returns the text to print.
    fn carry_out(&mut self, command: Command) -> Result<(String, Ending), Error> {
        match command {
            Command::Help(text) => Ok((text.to_owned(), Ending::Clean)),
            Command::Version => Ok((format!("cargo-graceful {}\n", env!("CARGO_PKG_VERSION")), Ending::Clean)),
            Command::Plan { binary, json } => {
                let program = self.open(&binary)?;
                let never_run = manifest::handlers_without_main(&program);
                if never_run.is_none() && program.main.is_none() {
                    self.warnings.push(plan::WITHOUT_MAIN.to_owned());
                }
                let text = if json { plan::json(&program).map_err(no_json)? } else { plan::picture(&program) };
                let ending = if never_run.is_some() { Ending::Found } else { Ending::Clean };
                self.findings.extend(never_run);
                Ok((text, ending))
            }
            Command::Check { binary, inputs, container, format, deny_warnings } => {
                let program = self.open(&binary)?;
                let findings = match manifest::handlers_without_main(&program) {
                    Some(finding) => vec![finding],
                    None => {
                        let program = manifest::program(&program, &binary)?;
                        let texts = input::read(&inputs, self.stdin)?;
                        manifest::check(&program, container.as_deref(), &texts)?
                    }
                };
                // The handler that makes the plan too long may be in a record that was left out.
                let warned = !self.warnings.is_empty() || !findings.is_empty();
                let found =
                    findings.iter().any(|finding| finding.severity == Severity::Error) || deny_warnings && warned;
                let text = format.write(&findings).map_err(no_json)?;
                Ok((text, if found { Ending::Found } else { Ending::Clean }))
            }
            Command::Snippet { binary, container } => {
                let program = self.open(&binary)?;
                let container = container.unwrap_or_else(|| manifest::container(&program));
                let program = manifest::program(&program, &binary)?;
                self.warnings.extend(manifest::left(&program)?);
                Ok((graceful_manifest::snippet(&program, &container), Ending::Clean))
            }
        }
    }

    fn open(&mut self, binary: &Path) -> Result<Program, Error> {
        let mut program = Program::open(binary)?;
        self.warnings.append(&mut program.warnings);
        Ok(program)
    }
}

fn no_json(error: serde_json::Error) -> Error {
    Error::new(format!("cannot write JSON: {}", io::Error::from(error)))
}
