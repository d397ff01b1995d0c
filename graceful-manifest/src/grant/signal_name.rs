//! The names of signals, as platforms' files write them.

use std::borrow::Cow;

/// The numbers that Linux gives to signals.
const NUMBERS: [(&str, &str); 9] = [
    ("1", "SIGHUP"),
    ("2", "SIGINT"),
    ("3", "SIGQUIT"),
    ("6", "SIGABRT"),
    ("9", "SIGKILL"),
    ("10", "SIGUSR1"),
    ("12", "SIGUSR2"),
    ("15", "SIGTERM"),
    ("28", "SIGWINCH"),
];

/// The name, such as `SIGTERM`, of a signal that may be written as `TERM`, `term` or `15`.
pub(crate) fn signal_name(text: &str) -> Cow<'_, str> {
    if let Some((_, name)) = NUMBERS.iter().find(|(number, _)| *number == text) {
        return Cow::Borrowed(name);
    }
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let has_prefix = text.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("SIG"));
    match (is_name, has_prefix) {
        (true, true) if !text.bytes().any(|byte| byte.is_ascii_lowercase()) => Cow::Borrowed(text),
        (true, true) => Cow::Owned(text.to_ascii_uppercase()),
        (true, false) if text.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            Cow::Owned(format!("SIG{}", text.to_ascii_uppercase()))
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::signal_name;

    #[test]
    fn names_numbers_and_what_is_neither() {
        for (text, name) in [
            ("SIGTERM", "SIGTERM"),
            ("sigint", "SIGINT"),
            ("quit", "SIGQUIT"),
            ("15", "SIGTERM"),
            ("37", "37"),
            ("SIGRTMIN+3", "SIGRTMIN+3"),
            ("$SIGNAL", "$SIGNAL"),
            ("", ""),
        ] {
            assert_eq!(signal_name(text), name);
        }
    }
}
