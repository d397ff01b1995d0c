//! The command lines of a service.

use std::borrow::Cow;

use crate::grant::{CommandLine, signal_name};
use crate::shell::{Call, Ending, Shell, base};
use crate::tree::Node;

/// The command of `ExecStart`.
#[derive(Debug)]
pub(super) struct MainProcess<'t> {
    key: Node<'t>,
    words: Vec<&'t str>,
}

impl<'t> MainProcess<'t> {
    pub(super) fn new(key: Node<'t>, words: Node<'t>) -> Self {
        Self { key, words: command(words) }
    }

    pub(super) fn command_line(&self) -> CommandLine<'t> {
        let words = self.words.iter().map(|&word| Cow::Borrowed(word)).collect();
        CommandLine { words, position: self.key.position(), has_command: true }
    }

    /// The shell, if the main process is one, and stays one.
    pub(super) fn staying_shell(&self) -> Option<&'t str> {
        let shell = Shell::of(Call::new(&self.words).words)?;
        (Ending::of(shell.script?) == Ending::Stays).then_some(shell.program)
    }
}

/// The words of a command line, without the prefixes of the program.
fn command<'t>(words: Node<'t>) -> Vec<&'t str> {
    let mut words: Vec<_> = words.items().filter_map(Node::text).collect();
    if let Some(first) = words.first_mut() {
        let program = first.trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let has_own_name = first[..first.len() - program.len()].contains('@');
        *first = program;
        if has_own_name && words.len() > 1 {
            words.remove(1);
        }
    }
    words
}

/// The signal that the command sends to the main process.
pub(super) fn kills(words: Node<'_>) -> Option<Cow<'_, str>> {
    let words = command(words);
    let (program, arguments) = words.split_first()?;
    if base(program) != "kill" || !arguments.iter().any(|word| matches!(*word, "$MAINPID" | "${MAINPID}")) {
        return None;
    }
    Some(match *arguments {
        ["-s" | "--signal" | "-n", signal, ..] => signal_name(signal),
        [option, ..] if option.starts_with('-') => {
            signal_name(option.strip_prefix("--signal=").unwrap_or(&option[1..]))
        }
        _ => Cow::Borrowed("SIGTERM"),
    })
}
