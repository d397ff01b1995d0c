//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt as _};

use crate::check::{Format, Input};
use crate::error::Error;

pub(crate) const HELP: &str = "\
Reads from a finished binary what its graceful shutdown takes.

Usage:
  cargo graceful plan BINARY [--json]
  cargo graceful check BINARY -f FILE [-f FILE]... [OPTIONS]
  cargo graceful snippet BINARY [--container NAME]

Commands:
  plan     shows what happens at shutdown, and how long it takes at worst
  check    holds it against the Kubernetes manifests that will be deployed
  snippet  prints the part of a pod template that fits

BINARY is the finished program, such as target/release/app: an ELF, Mach-O or PE
file, also a stripped one. It is not run. Handlers that are registered at run
time are not in it.

Options of check:
  -f, --filename FILE  a file of YAML; or a folder, of which *.yaml, *.yml and
                       *.json are read, but not what is in folders of it; or -
                       for standard input
  --container NAME     the program's container, where a pod has several
  --format FORMAT      human (the default), json, or github (annotations)
  --deny warnings      exit with 1 for warnings, too

Other options:
  --json               plan: as JSON
  --container NAME     snippet: the container's name; if absent, the crate's
  -h, --help           print this
  -V, --version        print the version

Exit codes:
  0  nothing was found; with plan and snippet: it was printed
  1  check found an error, or with --deny warnings a warning
  2  the command could not run

Example:
  helm template . | cargo graceful check target/release/app -f -
";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Plan { binary: PathBuf, json: bool },
    Check { binary: PathBuf, inputs: Vec<Input>, container: Option<String>, format: Format, deny_warnings: bool },
    Snippet { binary: PathBuf, container: Option<String> },
    Help,
    Version,
}

/// Every option that was given, whichever command it belongs to.
#[derive(Default)]
struct Given {
    json: bool,
    inputs: Vec<Input>,
    container: Option<String>,
    format: Option<Format>,
    deny_warnings: bool,
}

/// The arguments behind the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Error> {
    let mut arguments = arguments.into_iter().peekable();
    // Cargo says first which of its commands this is.
    arguments.next_if(|first| first == "graceful");
    command(Parser::from_args(arguments)).map_err(|error| Error::new(format!("{error}, see `cargo graceful --help`")))
}

fn command(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let mut given = Given::default();
    let mut values = Vec::new();
    // The options that were given, and the command that knows them.
    let mut known = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
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
                    return Err(format!("--deny knows only `warnings`, not {what:?}").into());
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
        return Err("no command is given: expected plan, check or snippet".into());
    };
    let command = command.to_string_lossy().into_owned();
    if !["plan", "check", "snippet"].contains(&&*command) {
        return Err(format!("unknown command {command:?}: expected plan, check or snippet").into());
    }
    if let Some((option, _)) = known.iter().find(|(_, commands)| !commands.contains(&&*command)) {
        return Err(format!("`{command}` has no option {option}").into());
    }
    let Some(binary) = values.next() else { return Err(format!("`{command}` needs a binary").into()) };
    if let Some(more) = values.next() {
        return Err(format!("unexpected argument {more:?}").into());
    }
    let binary = PathBuf::from(binary);
    let Given { json, inputs, container, format, deny_warnings } = given;
    Ok(match &*command {
        "plan" => Command::Plan { binary, json },
        "snippet" => Command::Snippet { binary, container },
        _ if inputs.is_empty() => return Err("`check` needs manifests: -f FILE, -f FOLDER or -f -".into()),
        _ if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 => {
            return Err("standard input can be read once only".into());
        }
        _ => Command::Check { binary, inputs, container, format: format.unwrap_or_default(), deny_warnings },
    })
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
        assert_eq!(parse("graceful --help"), Ok(Command::Help));
        assert_eq!(parse("-V"), Ok(Command::Version));
    }

    #[test]
    fn mistakes() {
        for (line, why) in [
            ("", "no command is given: expected plan, check or snippet"),
            ("graceful", "no command is given: expected plan, check or snippet"),
            ("paln app", "unknown command \"paln\": expected plan, check or snippet"),
            ("plan", "`plan` needs a binary"),
            ("plan a b", "unexpected argument \"b\""),
            ("plan app -f x", "`plan` has no option -f"),
            ("snippet app --deny warnings", "`snippet` has no option --deny"),
            ("check app", "`check` needs manifests: -f FILE, -f FOLDER or -f -"),
            ("check app -f - -f -", "standard input can be read once only"),
            ("check app -f x --deny errors", "--deny knows only `warnings`, not \"errors\""),
            ("check app -f x --format xml", "cannot parse argument \"xml\": expected human, json or github"),
            ("plan app --jsn", "invalid option '--jsn'"),
        ] {
            assert_eq!(parse(line), Err(format!("{why}, see `cargo graceful --help`")), "{line}");
        }
    }

    #[test]
    fn help_fits_a_terminal() {
        assert!(HELP.lines().all(|line| line.chars().count() <= 80));
    }
}
