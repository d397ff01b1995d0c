//! Builds the package's binary with cargo, and finds it.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use graceful_core::text::{escape, join, quote};
use serde::Deserialize;

use crate::args::BuildArgs;
use crate::error::Error;

/// A line of `cargo metadata`.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_default_members: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    default_run: Option<String>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// A line of `cargo build`.
#[derive(Debug, Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

/// A binary or an example of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice<'a> {
    package: &'a str,
    id: &'a str,
    kind: &'a str,
    name: &'a str,
}

/// Builds the binary that the options name, and returns its path. Cargo's own messages go to standard error.
pub(crate) fn build(options: &BuildArgs) -> Result<PathBuf, Error> {
    let metadata = metadata(options)?;
    let choice = choose(&metadata, options)?;
    let mut command = cargo("build", options);
    command.args(["--message-format", "json-render-diagnostics", "--package", choice.id]);
    command.args([format!("--{}", choice.kind), choice.name.to_owned()]);
    let mut flag = |is_set: bool, name: &str| {
        if is_set {
            command.arg(name);
        }
    };
    flag(options.release, "--release");
    flag(options.all_features, "--all-features");
    flag(options.no_default_features, "--no-default-features");
    let mut option = |name: &str, value: Option<&OsStr>| {
        if let Some(value) = value {
            command.arg(name).arg(value);
        }
    };
    option("--profile", options.profile.as_deref().map(OsStr::new));
    option("--target", options.target.as_deref().map(OsStr::new));
    option("--target-dir", options.target_dir.as_deref().map(OsStr::new));
    for features in &options.features {
        option("--features", Some(OsStr::new(features)));
    }

    let cannot = |error| Error::new(format!("cannot run `cargo build`: {error}"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(cannot)?;
    let mut executable = None;
    for line in child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        let Ok(message) = serde_json::from_str::<Message>(&line.map_err(cannot)?) else { continue };
        let is_it = |target: Target| target.name == choice.name && target.kind.iter().any(|kind| kind == choice.kind);
        if message.target.is_some_and(is_it) {
            executable = message.executable.or(executable);
        }
    }
    let status = child.wait().map_err(cannot)?;
    if !status.success() {
        return Err(Error::new(format!("`cargo build` failed for {}: {status}", named(&choice))));
    }
    executable.ok_or_else(|| Error::new(format!("`cargo build` left no program for {}", named(&choice))))
}

/// Cargo with the options that all of its commands have.
fn cargo(name: &str, options: &BuildArgs) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(name);
    if let Some(path) = &options.manifest_path {
        command.arg("--manifest-path").arg(path);
    }
    for (is_set, flag) in [(options.locked, "--locked"), (options.offline, "--offline"), (options.frozen, "--frozen")] {
        if is_set {
            command.arg(flag);
        }
    }
    command
}

fn metadata(options: &BuildArgs) -> Result<Metadata, Error> {
    let output = cargo("metadata", options).args(["--format-version", "1", "--no-deps"]).stdin(Stdio::null()).output();
    let output = output.map_err(|error| Error::new(format!("cannot run `cargo metadata`: {error}")))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let text = text.trim().trim_start_matches("error: ").lines().next().unwrap_or("`cargo metadata` failed");
        return Err(Error::new(format!(
            "{}: pass the path of a finished program, or run it in a package",
            escape(text)
        )));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Error::new(format!("cannot understand `cargo metadata`: {error}")))
}

/// The only binary that can be meant. As with `cargo run`, the key `default-run` decides between several.
fn choose<'a>(metadata: &'a Metadata, options: &BuildArgs) -> Result<Choice<'a>, Error> {
    let is_chosen = |package: &&Package| match &options.package {
        Some(name) => package.name == *name,
        None => metadata.workspace_default_members.contains(&package.id),
    };
    let packages: Vec<_> = metadata.packages.iter().filter(is_chosen).collect();
    if let (Some(name), []) = (&options.package, &packages[..]) {
        return Err(Error::new(format!("the workspace has no package {}", quote(name))));
    }
    let (kind, name) = match &options.example {
        Some(name) => ("example", Some(name)),
        None => ("bin", options.bin.as_ref()),
    };
    let choices: Vec<_> = packages
        .iter()
        .flat_map(|package| package.targets.iter().map(move |target| (*package, target)))
        .filter(|(_, target)| target.kind.iter().any(|each| each == kind))
        .map(|(package, target)| Choice { package: &package.name, id: &package.id, kind, name: &target.name })
        .collect();
    let wanted = match (name, &packages[..]) {
        (Some(name), _) => Some(name),
        (None, [package]) => package.default_run.as_ref(),
        (None, _) => None,
    };
    let meant: Vec<_> =
        choices.iter().filter(|choice| wanted.is_none_or(|wanted| choice.name == wanted)).copied().collect();
    match &meant[..] {
        [choice] => Ok(*choice),
        [] if choices.is_empty() => Err(Error::new(format!(
            "no {kind} target is in {}: choose a package with `--package NAME`, or pass the path of a finished program",
            list(packages.iter().map(|package| format!("package {}", quote(&package.name))))
        ))),
        [] => Err(Error::new(format!(
            "no {kind} target is called {}: choose {}",
            wanted.map(|name| quote(name)).unwrap_or_default(),
            list(choices.iter().map(named))
        ))),
        several => Err(Error::new(format!(
            "{} can be meant: choose with `--package NAME` and `--{kind} NAME`",
            list(several.iter().map(named))
        ))),
    }
}

fn named(choice: &Choice<'_>) -> String {
    format!("{} of package {}", quote(choice.name), quote(choice.package))
}

/// The first of them, and the number of the others.
fn list(names: impl Iterator<Item = String>) -> String {
    const MAX_LISTED: usize = 8;

    let names: Vec<_> = names.collect();
    match names.len().saturating_sub(MAX_LISTED) {
        0 => join(&names, ", "),
        more => format!("{} and {more} more", join(&names[..MAX_LISTED], ", ")),
    }
}
