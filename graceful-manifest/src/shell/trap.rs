//! Traps, with which a shell outlives a signal.

use super::script::commands;

/// Whether the script runs something on this signal, such as `trap : TERM`.
pub(crate) fn traps(script: &str, signal: &str) -> bool {
    let short = signal.strip_prefix("SIG").unwrap_or(signal);
    commands(script).into_iter().flatten().any(|command| {
        let mut words = command.words.iter().map(|word| word.text.as_deref());
        // With an empty action the program ignores the signal too. With `-` the shell does not.
        words.next() == Some(Some("trap"))
            && !matches!(words.next(), None | Some(Some("" | "-")))
            && words.any(|name| name == Some(short) || name == Some(signal))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_outlives_the_signal() {
        for script in ["trap : TERM; app", "set -e\ntrap 'echo bye' INT SIGTERM\napp", "trap \"kill $P\" TERM; app"] {
            assert!(traps(script, "SIGTERM"), "{script:?}");
        }
        for script in [
            "app",
            "trap : INT; app",
            "trap '' TERM; app",
            "trap - TERM; app",
            "trap TERM; app",
            "echo trap : TERM",
            "trap : 'TERM",
        ] {
            assert!(!traps(script, "SIGTERM"), "{script:?}");
        }
    }
}
