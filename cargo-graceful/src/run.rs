//! A call of the command, from its arguments to its exit code.

use std::env;
use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal as _, Read, Write};
use std::path::PathBuf;

use anstream::adapter::strip_str;
use graceful_manifest::{Check, Finding};

use crate::args::{self, CheckArgs, Command, PlanArgs, ProgramArgs, SnippetArgs, UnitsArgs};
use crate::check::{Files, Format, Progress, Report, input};
use crate::error::Error;
use crate::program::Program;
use crate::{cargo, explain, manifest, plan, units};

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

/// Runs the command with the arguments after the program's name, without colours.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Ending {
    let plain = |text: &str| strip_str(text).to_string();
    run_styled(arguments, stdin, stdout, stderr, false, plain)
}

/// Runs the command with the arguments and streams of this process, in colours where a terminal shows them.
#[must_use]
pub fn run_in_process() -> Ending {
    // These streams remove the colours if they are no terminals.
    let (mut stdout, mut stderr) = (anstream::stdout(), anstream::stderr());
    let is_terminal = io::stderr().is_terminal();
    run_styled(env::args_os().skip(1), &mut io::stdin(), &mut stdout, &mut stderr, is_terminal, str::to_owned)
}

/// Runs the command. Its text has colours, before `style`.
fn run_styled(
    arguments: impl IntoIterator<Item = OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    shows_progress: bool,
    style: fn(&str) -> String,
) -> Ending {
    let mut session = Session { stdin, stderr, shows_progress, warnings: Vec::new(), findings: Vec::new() };
    let mut format = Format::Human;
    let result = match args::parse(arguments) {
        Ok(command) => {
            format = command.format();
            session.carry_out(command)
        }
        Err(help) if help.exit_code() == 0 => Ok((help.render().ansi().to_string(), Ending::Clean)),
        Err(mistake) => {
            // The command does not fail because stderr is closed.
            let _ = write!(session.stderr, "{}", style(&mistake.render().ansi().to_string()));
            return Ending::Failed;
        }
    };
    let Session { stderr, warnings, findings, .. } = session;
    for warning in &warnings {
        let _ = writeln!(stderr, "warning: {warning}");
    }
    for finding in &findings {
        let _ = writeln!(stderr, "{finding}");
    }
    match result.and_then(|(text, ending)| write(stdout, &style(&text)).map(|()| ending)) {
        Ok(ending) => ending,
        Err(error) => {
            let _ = writeln!(stderr, "error: {error}");
            // A program that reads the output learns the error from it.
            let _ = format.failure(&error).map_err(no_json).and_then(|text| write(stdout, &text));
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
    stderr: &'a mut dyn Write,
    /// Whether standard error is a terminal, which a person looks at.
    shows_progress: bool,
    warnings: Vec<String>,
    /// Findings that are not the text.
    findings: Vec<Finding>,
}

impl Session<'_> {
    /// Returns the text to print.
    fn carry_out(&mut self, command: Command) -> Result<(String, Ending), Error> {
        match command {
            Command::Plan(arguments) => self.plan(&arguments),
            Command::Check(arguments) => self.check(&arguments),
            Command::Snippet(arguments) => self.snippet(arguments),
            Command::Units(arguments) => self.units(&arguments),
            Command::Explain { rule } => Ok((rule.map_or_else(explain::list, explain::page), Ending::Clean)),
            Command::Completions { shell } => Ok((args::completions(shell), Ending::Clean)),
            Command::Man { command } => Ok((args::man(command.as_deref())?, Ending::Clean)),
        }
    }

    fn plan(&mut self, PlanArgs { program, json, deny }: &PlanArgs) -> Result<(String, Ending), Error> {
        let (program, _) = self.open(program)?;
        let never_run = manifest::handlers_without_main(&program);
        if never_run.is_none() && program.main.is_none() {
            self.warnings.push(plan::WITHOUT_MAIN.to_owned());
        }
        let text = if *json { plan::json(&program).map_err(no_json)? } else { plan::picture(&program) };
        let is_denied = deny.is_some() && (!self.warnings.is_empty() || program.plan.fits().is_err());
        let ending = if never_run.is_some() || is_denied { Ending::Found } else { Ending::Clean };
        self.findings.extend(never_run);
        Ok((text, ending))
    }

    fn check(&mut self, arguments: &CheckArgs) -> Result<(String, Ending), Error> {
        let (program, path) = self.open(&arguments.program)?;
        if let Some(finding) = manifest::handlers_without_main(&program) {
            return self.report(Report::of_program(&finding, &arguments.allow), arguments);
        }
        let program = manifest::program(&program, &path)?;
        let mut check = Check::new(&program).allow(&arguments.allow);
        if let Some(container) = &arguments.container {
            check = check.container(container);
        }
        if let Some(workload) = &arguments.workload {
            check = check.workload(workload);
        }
        if let Some(granted) = arguments.granted() {
            return self.report(Report::new(&check.granted(&granted), &Files::default()), arguments);
        }
        let inputs: Vec<_> = arguments.inputs().collect();
        let terminal: Option<&mut dyn Write> = if self.shows_progress { Some(&mut *self.stderr) } else { None };
        let files = input::read(&inputs, self.stdin, Progress::new(terminal))?;
        self.report(Report::new(&manifest::check(&check, &files.texts)?, &files), arguments)
    }

    fn report(&self, mut report: Report<'_>, arguments: &CheckArgs) -> Result<(String, Ending), Error> {
        report.deny_warnings = arguments.deny.is_some();
        // The handler that makes the plan too long may be in a record that was left out.
        let found = report.findings.iter().any(|finding| report.fails(finding))
            || report.deny_warnings && !self.warnings.is_empty();
        let text = arguments.format.write(&report).map_err(no_json)?;
        Ok((text, if found { Ending::Found } else { Ending::Clean }))
    }

    fn snippet(&mut self, SnippetArgs { program, container }: SnippetArgs) -> Result<(String, Ending), Error> {
        let (program, path) = self.open(&program)?;
        let container = container.unwrap_or_else(|| manifest::container(&program));
        let program = manifest::program(&program, &path)?;
        self.warnings.extend(manifest::left(&program)?);
        Ok((graceful_manifest::snippet(&program, &container), Ending::Clean))
    }

    fn units(&mut self, arguments: &UnitsArgs) -> Result<(String, Ending), Error> {
        let (program, path) = self.open(&arguments.program)?;
        let name = units::name(&path)?;
        let listeners = units::listeners(&program.sockets, &arguments.addresses)?;
        let program = manifest::program(&program, &path)?;
        let files = units::files(&program, &name, &listeners)?;
        self.warnings.extend(manifest::left_in_units(&program, &files)?);
        let text = match &arguments.output {
            Some(folder) => units::write(&files, folder, arguments.force)?,
            None => units::text(&files),
        };
        Ok((text, Ending::Clean))
    }

    /// Reads the program, and returns it with its path. Without a path the package's binary is built first.
    fn open(&mut self, ProgramArgs { binary, build }: &ProgramArgs) -> Result<(Program, PathBuf), Error> {
        let path = binary.clone().map_or_else(|| cargo::build(build), Ok)?;
        let mut program = Program::open(&path)?;
        self.warnings.append(&mut program.warnings);
        Ok((program, path))
    }
}

fn no_json(error: serde_json::Error) -> Error {
    Error::new(format!("cannot write JSON: {}", io::Error::from(error)))
}
