//! Whether the program gets the signal.

use crate::rule::Rule;
use crate::shell::{Call, Ending, Shell};
use crate::text::quote;

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let Some(line) = &case.grant.command_line else { return };
    let call = Call::new(&line.words);
    let Some(shell) = Shell::of(call.words) else { return };
    let ending = shell.script.map_or(Ending::Unknown, Ending::of);
    if ending == Ending::Becomes {
        return;
    }
    let what = if shell.is_script() { "script" } else { "shell" };
    let program = quote(shell.program);
    let who = match call.init {
        // The signal ends the shell, then the init ends, and with process 1 the program, which never got the signal.
        Some(init) => format!("{} runs the {what} {program}", quote(init)),
        // The image runs the shell if it has no entrypoint. An entrypoint that is given a shell most likely runs it as
        // well.
        None if !line.has_command => format!("`args` run the {what} {program}"),
        None => format!("process 1 is the {what} {program}"),
    };
    let (passes_on, advice) = if ending == Ending::Stays {
        ("does not pass it on".to_owned(), "write the program itself as `command`, or `exec` before it in the script")
    } else {
        let whose = if shell.is_script() { "it" } else { "its script" };
        (
            format!("may not pass it on: the files do not show how {whose} ends"),
            "write the program itself as `command`, or the script after `-c`, with `exec` before the program",
        )
    };
    let message = format!("{who}, which gets the signal and {passes_on}");
    findings.add(Rule::ShellAsProcess1, line.position, message, advice);
}
