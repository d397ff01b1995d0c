//! Dockerfiles: the process that the last stage runs, or another stage if its name is asked for.
//!
//! <https://docs.docker.com/reference/dockerfile/>

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::{ErrorKind, Failure};
use crate::format::{Contents, File, file_name};
use crate::grant::{At, CommandLine, Grant, Platform, Selection, Time, label, signal_name};
use crate::tree::Node;

use super::remarks::unknown;
use super::variables::add_entry;

/// More stages in one file are refused: each may be built on all the ones before it.
const MAX_STAGES: usize = 1_000;

/// What runs the shell form unless `SHELL` says otherwise.
const SHELL: [&str; 2] = ["/bin/sh", "-c"];

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    for file in files {
        let stages: Vec<_> = file.tree.documents().collect();
        let Some((&last, others)) = stages.split_last() else { continue };
        if others.len() >= MAX_STAGES {
            let message = format!("too large: more than {MAX_STAGES} stages");
            return Err(Failure::new(ErrorKind::TooLarge, message).at(last.position()));
        }
        let bases = bases(&stages);
        let object = label("image", file_name(&file.source));
        for (index, &stage) in stages.iter().enumerate() {
            let grant = Image::of(index, &stages, &bases).grant(stage, object.clone());
            let is_last = index + 1 == stages.len();
            let selection = if is_last { Selection::Default } else { Selection::ByNameOnly };
            contents.grants.add(Grant { object_position: last.position(), selection, ..grant })?;
        }
    }
    Ok(())
}

/// The stage that each stage is built on, if it is in the file.
fn bases(stages: &[Node<'_>]) -> Vec<Option<usize>> {
    let mut names = HashMap::new();
    let mut bases = Vec::with_capacity(stages.len());
    for (index, stage) in stages.iter().enumerate() {
        let text = |key| stage.get(key).and_then(Node::text).map(str::to_ascii_lowercase);
        bases.push(text("FROM").and_then(|from| names.get(&from).copied()));
        if let Some(name) = text("AS") {
            names.insert(name, index);
        }
    }
    bases
}

/// What the instructions have set.
#[derive(Debug, Default)]
struct Image<'t> {
    shell: Option<Node<'t>>,
    entrypoint: Option<Command<'t>>,
    cmd: Option<Command<'t>>,
    stop_signal: Option<(Node<'t>, Node<'t>)>,
    /// The names and values of `ENV`.
    variables: Vec<(Node<'t>, Node<'t>)>,
}

#[derive(Debug)]
struct Command<'t> {
    key: Node<'t>,
    words: Vec<&'t str>,
    is_shell_form: bool,
}

impl<'t> Image<'t> {
    /// The image of a stage, on the stages that it is built on.
    fn of(stage: usize, stages: &[Node<'t>], bases: &[Option<usize>]) -> Self {
        let chain = std::iter::successors(Some(stage), |&stage| bases[stage]);
        let mut chain: Vec<_> = chain.map(|stage| stages[stage]).collect();
        chain.reverse();
        let mut image = Self::default();
        for stage in chain {
            image.apply(stage);
        }
        image
    }

    fn apply(&mut self, stage: Node<'t>) {
        let mut has_cmd = false;
        for (key, value) in stage.entries() {
            match key.text().unwrap_or_default() {
                "SHELL" => self.shell = Some(value),
                "STOPSIGNAL" => self.stop_signal = Some((key, value)),
                "ENV" => self.variables.extend(value.entries()),
                "CMD" => {
                    has_cmd = true;
                    self.cmd = Some(self.command(key, value));
                }
                "ENTRYPOINT" => {
                    self.entrypoint = Some(self.command(key, value));
                    // The `CMD` of the stages before was meant for their entry point.
                    if !has_cmd {
                        self.cmd = None;
                    }
                }
                _ => {}
            }
        }
    }

    fn command(&self, key: Node<'t>, value: Node<'t>) -> Command<'t> {
        let Some(script) = value.text() else {
            return Command { key, words: value.items().filter_map(Node::text).collect(), is_shell_form: false };
        };
        let mut words: Vec<_> = match self.shell {
            Some(shell) => shell.items().filter_map(Node::text).collect(),
            None => SHELL.to_vec(),
        };
        words.push(script);
        Command { key, words, is_shell_form: true }
    }

    fn grant(self, stage: Node<'t>, object: String) -> Grant<'t> {
        let name = stage.get("AS").and_then(Node::text).unwrap_or_default();
        let mut grant = Grant::new(&Platform::DOCKER, object, name, stage.position());
        grant.time = Time::Elsewhere(stage.position());
        if let Some((key, value)) = self.stop_signal {
            let text = value.text().unwrap_or_default();
            match text.contains('$') {
                true => grant.remarks.push(unknown(key, text, "a signal such as `SIGTERM`")),
                false => grant.stop_signal = Some(At { value: signal_name(text), position: key.position() }),
            }
        }
        for (name, value) in &self.variables {
            let value = value.text().filter(|text| !text.contains('$'));
            add_entry(&mut grant, *name, value);
        }
        grant.command_line = self.command_line();
        grant
    }

    /// The entry point with the arguments of `CMD`. The shell form takes no arguments. Without an entry point `CMD` is the
    /// program, because the images that programs are built on have none.
    fn command_line(self) -> Option<CommandLine<'t>> {
        let line = |Command { key, words, .. }| CommandLine {
            words: words.into_iter().map(Cow::Borrowed).collect(),
            position: key.position(),
            has_command: true,
        };
        let Some(entrypoint) = self.entrypoint.filter(|entrypoint| !entrypoint.words.is_empty()) else {
            return self.cmd.map(line);
        };
        let arguments = self.cmd.filter(|_| !entrypoint.is_shell_form).map(|cmd| cmd.words);
        let mut line = line(entrypoint);
        line.words.extend(arguments.into_iter().flatten().map(Cow::Borrowed));
        Some(line)
    }
}
