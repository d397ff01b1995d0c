//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt as _};

use crate::check::{Format, Input};
use crate::error::Error;

const HELP: &str = "\
Shows and checks the shutdown plan compiled into a binary.

Usage:
  cargo graceful plan BINARY [--json]
  cargo graceful check BINARY -f FILE [-f FILE]... [OPTIONS]
  cargo graceful snippet BINARY [--container NAME]

Commands:
  plan     prints the plan: phases, handlers with their timeouts, worst case
  check    compares the program with Kubernetes manifests
  snippet  prints matching pod-template YAML

BINARY is a program with `#[graceful::main]`, such as target/release/app: an
ELF, Mach-O or PE file, also a stripped one. It is not run.

Options:
  -h, --help     print this help; after a command, the help of that command
  -V, --version  print the version

Exit codes:
  0  the plan or the YAML was printed, or `check` found no error
  1  `check` found an error, or with `--deny warnings` a warning; or nothing in
     the program runs its handlers
  2  the command could not run

Example:
  helm template . | cargo graceful check target/release/app -f -
";

const PLAN_HELP: &str = "\
Prints the shutdown plan compiled into a binary: the phases, the handlers with
their timeouts, and the worst case; then signals, probes and health checks.

Usage:
  cargo graceful plan BINARY [--json]

BINARY is not run. So handlers that are registered at run time are missing, and
environment variables that override the plan have no effect.

Options:
  --json      print JSON
  -h, --help  print this help

Exit codes:
  0  the plan was printed, whether or not it fits the grace period
  1  the plan was printed, and nothing in the program runs its handlers
  2  the command could not run
";

const CHECK_HELP: &str = "\
Compares the program in a binary with Kubernetes manifests: the grace period,
the stop signal, preStop, probes, environment variables, PodDisruptionBudgets.
Prints for each contradiction its place, the numbers, and what to write.

Usage:
  cargo graceful check BINARY -f FILE [-f FILE]... [OPTIONS]

Options:
  -f, --filename FILE  a YAML file, a folder, or - for standard input. In a
                       folder, *.yaml, *.yml and *.json are read, subfolders
                       are not. All files are checked together
  --container NAME     the program's container, if a pod has several
  --format FORMAT      human (default), json, or github for annotations
  --deny warnings      treat warnings as errors
  -h, --help           print this help

Exit codes:
  0  no error was found
  1  an error was found, or with `--deny warnings` a warning
  2  the command could not run

Example:
  helm template . | cargo graceful check target/release/app -f -
";

const SNIPPET_HELP: &str = "\
Prints pod-template YAML that matches the program in a binary: grace period,
probes, stop signal, and a preStop if the program has no lame duck.

Usage:
  cargo graceful snippet BINARY [--container NAME]

Options:
  --container NAME  the name of the container. Default: the name of the crate
  -h, --help        print this help

Exit codes:
  0  the YAML was printed
  2  the command could not run
";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Plan {
        binary: PathBuf,
        json: bool,
    },
    Check {
        binary: PathBuf,
        inputs: Vec<Input>,
        container: Option<String>,
        format: Format,
        deny_warnings: bool,
    },
    Snippet {
        binary: PathBuf,
        container: Option<String>,
    },
    /// Prints this help text.
    Help(&'static str),
    Version,
}

/// The options that were given, of all commands.
#[derive(Default)]
struct Given {
    json: bool,
    inputs: Vec<Input>,
    container: Option<String>,
    format: Option<Format>,
    deny_warnings: bool,
}

/// Parses the arguments after the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    let mut arguments = arguments.into_iter().peekable();
    // Cargo passes the name of the command first.
    arguments.next_if(|first| first == "graceful");
    command(Parser::from_args(arguments)).map_err(|error| Error::new(format!("{error}; see `cargo graceful --help`")))
}

fn command(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let mut given = Given::default();
    let mut values = Vec::new();
    // The options that were given, and the commands that have them.
    let mut known = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help(help(values.first()))),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("json") => {
                given.json = true;
                known.push(("--json", &["plan"][..]));
            }
            Short('f') | Long("filename") => {
                given.inputs.push(Input::from(parser.value()?));
                known.push(("-f", &["check"]));
            }
            Long("container") => {
                given.container = Some(parser.value()?.string()?);
                known.push(("--container", &["check", "snippet"]));
            }
            Long("format") => {
                given.format = Some(parser.value()?.parse()?);
                known.push(("--format", &["check"]));
            }
            Long("deny") => {
                let what = parser.value()?;
                if what != "warnings" {
                    return Err(format!("--deny expects `warnings`, not {what:?}").into());
                }
                given.deny_warnings = true;
                known.push(("--deny", &["check"]));
            }
            Value(value) => values.push(value),
            other => return Err(other.unexpected()),
        }
    }
    let mut values = values.into_iter();
    let Some(command) = values.next() else {
        return Err("missing command: expected plan, check or snippet".into());
    };
    let command = command.to_string_lossy().into_owned();
    if !["plan", "check", "snippet"].contains(&&*command) {
        return Err(format!("unknown command {command:?}: expected plan, check or snippet").into());
    }
    if let Some((option, _)) = known.iter().find(|(_, commands)| !commands.contains(&&*command)) {
        return Err(format!("`{command}` has no option {option}").into());
    }
    let Some(binary) = values.next() else { return Err(format!("`{command}` needs the path of a binary").into()) };
    if let Some(more) = values.next() {
        return Err(format!("unexpected argument {more:?}").into());
    }
    let binary = PathBuf::from(binary);
    let Given { json, inputs, container, format, deny_warnings } = given;
    Ok(match &*command {
        "plan" => Command::Plan { binary, json },
        "snippet" => Command::Snippet { binary, container },
        _ if inputs.is_empty() => return Err("`check` needs manifests: add -f FILE, -f FOLDER or -f -".into()),
        _ if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 => {
            return Err("standard input can be read only once".into());
        }
        _ => Command::Check { binary, inputs, container, format: format.unwrap_or_default(), deny_warnings },
    })
}

/// The help of a command. Without one, or of an unknown one, the general help.
fn help(command: Option<&OsString>) -> &'static str {
    match command.and_then(|command| command.to_str()) {
        Some("plan") => PLAN_HELP,
        Some("check") => CHECK_HELP,
        Some("snippet") => SNIPPET_HELP,
        _ => HELP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        super::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn commands() {
        let binary = PathBuf::from("app");
        assert_eq!(parse("plan app"), Ok(Command::Plan { binary: binary.clone(), json: false }));
        assert_eq!(parse("graceful plan --json app"), Ok(Command::Plan { binary: binary.clone(), json: true }));
        assert_eq!(parse("snippet app"), Ok(Command::Snippet { binary: binary.clone(), container: None }));
        assert_eq!(
            parse("graceful check app -f deploy -f - --container=api --format github --deny warnings"),
            Ok(Command::Check {
                binary: binary.clone(),
                inputs: vec![Input::Path("deploy".into()), Input::Stdin],
                container: Some("api".to_owned()),
                format: Format::Github,
                deny_warnings: true,
            })
        );
        assert_eq!(
            parse("check app --filename=a.yaml"),
            Ok(Command::Check {
                binary,
                inputs: vec![Input::Path("a.yaml".into())],
                container: None,
                format: Format::Human,
                deny_warnings: false,
            })
        );
        assert_eq!(parse("graceful --help"), Ok(Command::Help(HELP)));
        assert_eq!(parse("--help plan"), Ok(Command::Help(HELP)));
        assert_eq!(parse("graceful plan -h"), Ok(Command::Help(PLAN_HELP)));
        assert_eq!(parse("check app -f x --help"), Ok(Command::Help(CHECK_HELP)));
        assert_eq!(parse("snippet --help"), Ok(Command::Help(SNIPPET_HELP)));
        assert_eq!(parse("paln --help"), Ok(Command::Help(HELP)));
        assert_eq!(parse("-V"), Ok(Command::Version));
    }

    #[test]
    fn mistakes() {
        for (line, why) in [
            ("", "missing command: expected plan, check or snippet"),
            ("graceful", "missing command: expected plan, check or snippet"),
            ("paln app", "unknown command \"paln\": expected plan, check or snippet"),
            ("plan", "`plan` needs the path of a binary"),
            ("plan a b", "unexpected argument \"b\""),
            ("plan app -f x", "`plan` has no option -f"),
            ("snippet app --deny warnings", "`snippet` has no option --deny"),
            ("check app", "`check` needs manifests: add -f FILE, -f FOLDER or -f -"),
            ("check app -f - -f -", "standard input can be read only once"),
            ("check app -f x --deny errors", "--deny expects `warnings`, not \"errors\""),
            ("check app -f x --format xml", "cannot parse argument \"xml\": expected human, json or github"),
            ("plan app --jsn", "invalid option '--jsn'"),
        ] {
            assert_eq!(parse(line), Err(format!("{why}; see `cargo graceful --help`")), "{line}");
        }
    }

    #[test]
    fn help_fits_a_terminal() {
        for help in [HELP, PLAN_HELP, CHECK_HELP, SNIPPET_HELP] {
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        }
    }
}
