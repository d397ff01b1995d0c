//! Who gets the signal.

use crate::model::{is_script_flag, is_shell};
use crate::rule::Rule;
use crate::text::quote;

use super::{Case, Findings};

pub(super) fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let Some(command) = &case.container.command else { return };
    let [shell, flag, script, ..] = command.value[..] else { return };
    if !is_shell(shell) || !is_script_flag(flag) || hands_over(script) {
        return;
    }
    let message = format!("process 1 is the shell {}, which gets the signal and does not pass it on", quote(shell));
    let advice = "write the program itself as `command`, or `exec` before it in the script";
    findings.add(Rule::ShellAsProcess1, command.position, message, advice);
}

/// Whether the shell becomes the program at the script's end.
fn hands_over(script: &str) -> bool {
    let last = script.trim_end().rsplit([';', '\n', '&', '|']).next().unwrap_or_default();
    last.split_whitespace().next() == Some("exec") || script.contains("exec \"$@\"")
}
