//! Whether the program gets the signal.

use crate::rule::Rule;
use crate::shell::{Call, Ending, Shell, traps};
use crate::text::quote;

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let Some(line) = &case.grant.command_line else { return };
    let words: Vec<_> = line.words.iter().map(|word| &**word).collect();
    let call = Call::new(&words);
    let Some(shell) = Shell::of(call.words) else { return };
    let ending = shell.script.map_or(Ending::Unknown, Ending::of);
    let signals_group = call.init.is_some_and(|init| init.signals_group);
    let outlives = signals_group && shell.script.is_some_and(|script| traps(script, case.grant.signal()));
    if ending == Ending::Becomes || outlives {
        return;
    }
    let what = if shell.is_script() { "script" } else { "shell" };
    let program = quote(shell.program);
    let [command, arguments] = case.grant.platform.command;
    let who = match call.init {
        // The signal ends the shell, then the init ends, and with process 1 the program.
        Some(init) => format!("{} runs the {what} {program}", quote(init.program)),
        // The image runs the shell if it has no entrypoint. An entrypoint that is given a shell most likely runs it as
        // well.
        None if !line.has_command && arguments.ends_with('s') => format!("`{arguments}` run the {what} {program}"),
        None if !line.has_command => format!("`{arguments}` runs the {what} {program}"),
        None if case.grant.unit.is_some() => format!("the main process is the {what} {program}"),
        None => format!("process 1 is the {what} {program}"),
    };
    let whose = if shell.is_script() { "it" } else { "its script" };
    let (passes_on, advice) = match (ending, signals_group) {
        (Ending::Stays, true) => (
            "gets the signal with the program and ends at once, and the container with it".to_owned(),
            "write `exec` before the program in the script, or `trap : TERM` at its beginning, so that the shell waits"
                .to_owned(),
        ),
        (Ending::Stays, false) => (
            "gets the signal and does not pass it on".to_owned(),
            format!("write the program itself as `{command}`, or `exec` before it in the script"),
        ),
        (_, signals_group) => {
            let may = if signals_group { "end before the program" } else { "not pass it on" };
            (
                format!("gets the signal and may {may}: the files do not show how {whose} ends"),
                format!(
                    "write the program itself as `{command}`, or the script after `-c`, with `exec` before the program"
                ),
            )
        }
    };
    findings.add(Rule::ShellAsProcess1, line.position, format!("{who}, which {passes_on}"), advice);
}
