//! The command line.

use std::ffi::OsString;
use std::iter;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use graceful_core::duration;
use graceful_core::text::quote;
use graceful_manifest::{Granted, Rule};

use crate::check::{Format, Input};
use crate::error::Error;
use crate::units::Given;

/// Shows and checks the shutdown plan compiled into a program.
///
/// The program is not run. Without BINARY the package in the current folder is built, and its binary is read.
#[derive(Debug, Parser)]
#[command(name = "cargo-graceful", bin_name = "cargo graceful", version, max_term_width = 80, after_help = EXIT_CODES)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  the command ran and found no error
  1  an error was found, or with `--deny warnings` a warning; or nothing in the
     program runs its handlers
  2  the command could not run";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the shutdown plan: the phases, the handlers with their timeouts, and the worst case
    ///
    /// Handlers that are registered at run time are missing, and environment variables that override the plan have no
    /// effect.
    #[command(after_help = EXIT_CODES)]
    Plan(PlanArgs),
    /// Compares the program with the files of a platform
    ///
    /// Prints for each contradiction its place, the numbers, and what to write instead.
    #[command(after_help = CHECK_EXAMPLE)]
    Check(CheckArgs),
    /// Prints pod-template YAML that matches the program
    ///
    /// It has the grace period, probes, the stop signal, and a preStop if the program has no lame duck.
    Snippet(SnippetArgs),
    /// Prints units of systemd that match the program, for restarts that refuse no connection
    ///
    /// A socket unit for each name that `graceful::sockets` takes, the template of two instances, and a script that starts one
    /// before it stops the other.
    Units(UnitsArgs),
    /// Prints a rule's page: why it matters, how to mend it, when to allow it
    Explain {
        /// The rule's name, such as grace-period-too-short. Without it all rules are listed
        #[arg(value_parser = rule(), hide_possible_values = true)]
        rule: Option<Rule>,
    },
    /// Prints the completion script of a shell
    Completions { shell: Shell },
    /// Prints a man page, in roff
    Man {
        /// The command that the page is about. Default: all of them in short
        command: Option<String>,
    },
}

const CHECK_EXAMPLE: &str = "\
Examples:
  cargo graceful check --release -f deploy
  helm template . | cargo graceful check target/release/app -f -
  cargo graceful check --platform cloud-run
  cargo graceful check --granted 10s --signal SIGINT";

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Exit with 1 if the plan does not fit the grace period, or if another warning is printed
    #[arg(long, value_name = "WHAT")]
    pub(crate) deny: Option<Denied>,
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("grant").args(["granted", "platform"]).multiple(true)))]
pub(crate) struct CheckArgs {
    /// A file, a folder, or `-` for standard input
    ///
    /// In a folder, *.yaml, *.yml and *.json are read, subfolders are not. May be repeated: all files are checked
    /// together.
    #[arg(
        short = 'f',
        long = "filename",
        value_name = "FILE",
        required_unless_present = "grant",
        conflicts_with = "grant"
    )]
    pub(crate) inputs: Vec<OsString>,
    /// The program's container, if there are several; or the service, the task or the process group
    #[arg(long, value_name = "NAME", visible_alias = "service", conflicts_with = "grant")]
    pub(crate) container: Option<String>,
    /// The object that runs the program, such as Deployment/api. Default: each that has the container
    #[arg(long, value_name = "KIND/NAME", conflicts_with = "grant")]
    pub(crate) workload: Option<String>,
    /// Allow a rule's findings: they are listed, and do not count. May be repeated
    ///
    /// A file can allow a rule itself, with a reason: see `cargo graceful explain RULE`.
    #[arg(long, value_name = "RULE", value_parser = rule(), hide_possible_values = true)]
    pub(crate) allow: Vec<Rule>,
    /// Instead of files: a platform, whose documented defaults count
    #[arg(long, value_parser = PossibleValuesParser::new(Granted::platforms()))]
    pub(crate) platform: Option<String>,
    /// Instead of files: the time until SIGKILL, such as 10s
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) granted: Option<Duration>,
    /// The stop signal. Default: the platform's, and SIGTERM without a platform
    #[arg(long, value_name = "NAME", requires = "grant")]
    pub(crate) signal: Option<String>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Treat warnings as errors
    #[arg(long, value_name = "WHAT")]
    pub(crate) deny: Option<Denied>,
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
}

impl CheckArgs {
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Input> {
        self.inputs.iter().cloned().map(Input::from)
    }

    /// What is granted without a file.
    pub(crate) fn granted(&self) -> Option<Granted> {
        let granted = match (&self.platform, self.granted) {
            (Some(platform), Some(time)) => Granted::by_platform(platform)?.time(time),
            (Some(platform), None) => Granted::by_platform(platform)?,
            (None, time) => Granted::new(time?),
        };
        Some(match &self.signal {
            Some(signal) => granted.signal(signal),
            None => granted,
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct SnippetArgs {
    /// The name of the container. Default: the name of the crate
    #[arg(long, value_name = "NAME")]
    pub(crate) container: Option<String>,
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UnitsArgs {
    /// The address of a socket, such as http=0.0.0.0:8080, instead of that in the source
    ///
    /// Needed if the source has an expression. May be repeated, also for one name.
    #[arg(long = "address", value_name = "NAME=ADDRESS", value_parser = Given::parse)]
    pub(crate) addresses: Vec<Given>,
    /// Write files into this folder instead of printing them
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite files that differ
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) program: ProgramArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Denied {
    Warnings,
}

/// The program: a finished one, or that of a package, which is built first.
#[derive(Debug, Args)]
pub(crate) struct ProgramArgs {
    /// A finished program: an ELF, Mach-O or PE file, also a stripped one. Default: the package's binary
    pub(crate) binary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) build: BuildArgs,
}

/// What cargo builds, in the words of `cargo build`.
#[derive(Debug, Args)]
#[group(multiple = true, conflicts_with = "binary")]
#[command(next_help_heading = "Build options, without BINARY")]
pub(crate) struct BuildArgs {
    /// The package
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// The binary, if the package has several
    #[arg(long, value_name = "NAME", conflicts_with = "example")]
    pub(crate) bin: Option<String>,
    /// An example instead of a binary
    #[arg(long, value_name = "NAME")]
    pub(crate) example: Option<String>,
    /// Build with the profile `release`
    #[arg(short, long, conflicts_with = "profile")]
    pub(crate) release: bool,
    /// Build with this profile
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Build for this target triple
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// The folder of built files
    #[arg(long, value_name = "FOLDER")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Features, separated by commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES")]
    pub(crate) features: Vec<String>,
    /// Build with all features
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Build without the default features
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// The path of Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// Fail if Cargo.lock would change
    #[arg(long)]
    pub(crate) locked: bool,
    /// Use no network
    #[arg(long)]
    pub(crate) offline: bool,
    /// The same as --locked and --offline
    #[arg(long)]
    pub(crate) frozen: bool,
}

/// The name of a rule. The error for another name proposes the most similar one, and shells complete it.
fn rule() -> impl TypedValueParser<Value = Rule> {
    PossibleValuesParser::new(Rule::ALL.iter().map(|rule| rule.name()))
        .try_map(|name| Rule::named(&name).ok_or("not a rule"))
}

impl Command {
    /// The format of the output, errors included.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Check(check) => check.format,
            _ => Format::Human,
        }
    }
}

/// Parses the arguments after the program's name. A request for help is an error with exit code 0.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let mut arguments = arguments.into_iter().peekable();
    // Cargo passes the name of the command first.
    arguments.next_if(|first| first == "graceful");
    CommandLine::try_parse_from(iter::once(OsString::new()).chain(arguments)).map(|line| line.command)
}

/// The completion script of a shell. It completes `cargo-graceful`, and in zsh also `cargo graceful`.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "cargo-graceful", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The man page of a command, or of all.
pub(crate) fn man(name: Option<&str>) -> Result<String, Error> {
    let mut command = CommandLine::command();
    command.build();
    if let Some(name) = name {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| Error::new(format!("no command is called {}", quote(name))))?;
        command = command.display_name(format!("cargo-graceful-{name}"));
    }
    let mut page = Vec::new();
    let written = clap_mangen::Man::new(command).render(&mut page);
    written.map_err(|error| Error::new(format!("cannot write the man page: {error}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        super::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_commands_are_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn cargo_passes_the_name_first() {
        for line in ["graceful plan app", "plan app", "graceful plan app --json", "plan --release -p api --bin api"] {
            assert!(matches!(parse(line), Ok(Command::Plan(_))), "{line}");
        }
    }

    #[test]
    fn files_may_be_repeated() {
        let Ok(Command::Check(check)) = parse("check app -f deploy -f - --filename=a.yaml") else { panic!("no check") };
        assert_eq!(check.inputs().count(), 3);
        assert_eq!(check.inputs().nth(1), Some(Input::Stdin));
    }

    #[test]
    fn mistakes() {
        for (line, why) in [
            ("", "Usage: cargo graceful <COMMAND>"),
            ("graceful", "Usage: cargo graceful <COMMAND>"),
            ("chekc app", "a similar subcommand exists: 'check'"),
            ("plan a b", "unexpected argument 'b'"),
            ("plan app --release", "cannot be used with"),
            ("plan app -f x", "unexpected argument '-f'"),
            ("check app", "--filename <FILE>"),
            ("check app -f x --deny errors", "possible values: warnings"),
            ("check app -f x --format xml", "possible values: human, json, github, sarif, junit"),
            ("plan --bin a --example b", "cannot be used with"),
            ("check app -f x --granted 10s", "cannot be used with"),
            ("check app -f x --signal SIGINT", "the following required arguments were not provided"),
            ("check app --platform flyy", "a similar value exists: 'fly'"),
            ("check app --granted 10", "invalid value '10' for '--granted <TIME>'"),
            ("units app --address http", "expected the socket's name, `=` and its address"),
            ("units app --force", "--output <FOLDER>"),
            ("explain exec-slep", "a similar value exists: 'exec-sleep'"),
        ] {
            let message = parse(line).unwrap_err();
            assert!(message.contains(why), "{line}: {message}");
        }
    }

    #[test]
    fn help_fits_a_terminal() {
        for line in
            ["--help", "plan --help", "check --help", "snippet --help", "units --help", "explain --help", "man -h"]
        {
            let help = parse(line).unwrap_err();
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        }
    }
}
