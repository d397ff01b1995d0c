//! Variables in the values of a Compose file, such as `${GRACE:-30s}`.
//!
//! <https://docs.docker.com/reference/compose-file/interpolation/>

use std::borrow::Cow;

/// Something whose closing brace is still to come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Open {
    /// `${NAME:-`, which becomes the text up to its brace, because the variable is not set in the files.
    Default,
    /// A brace of the text.
    Brace,
}

/// The text with each variable replaced with its default. `None` if a variable has no default, so that its value is not
/// in the file.
pub(super) fn interpolate(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('$') {
        return Some(Cow::Borrowed(text));
    }
    let mut known = String::with_capacity(text.len());
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        match next {
            '$' => match after.bytes().next() {
                Some(b'$') => {
                    known.push('$');
                    rest = &after[1..];
                    continue;
                }
                Some(b'{') => {
                    rest = default(&after[1..])?;
                    open.push(Open::Default);
                    continue;
                }
                Some(first) if is_name(first) && !first.is_ascii_digit() => return None,
                _ => known.push('$'),
            },
            '{' if !open.is_empty() => {
                open.push(Open::Brace);
                known.push('{');
            }
            '}' if open.pop() == Some(Open::Default) => {}
            other => known.push(other),
        }
        rest = after;
    }
    open.is_empty().then_some(Cow::Owned(known))
}

/// The text after `NAME:-` or `NAME-`.
fn default(text: &str) -> Option<&str> {
    let after = text.trim_start_matches(|c: char| c.is_ascii() && is_name(c as u8));
    let has_name = after.len() < text.len();
    after.strip_prefix(":-").or_else(|| after.strip_prefix('-')).filter(|_| has_name)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_count_and_dollars_are_escaped() {
        for (text, known) in [
            ("", ""),
            ("30s", "30s"),
            ("${GRACE:-30s}", "30s"),
            ("a ${GRACE-30s} b", "a 30s b"),
            ("${A:-}", ""),
            ("${A:-${B:-é}}s", "és"),
            ("${A:-x}${B:-y}", "xy"),
            ("$$HOME $${A} $", "$HOME ${A} $"),
            ("$1 $. a$", "$1 $. a$"),
            ("${A:-{\"b\": {}}}", "{\"b\": {}}"),
            ("{a} }", "{a} }"),
            ("${A:-a-b:-c}", "a-b:-c"),
        ] {
            assert_eq!(interpolate(text).as_deref(), Some(known), "{text:?}");
        }
    }

    #[test]
    fn what_has_no_default_is_unknown() {
        for text in [
            "$A",
            "${A}",
            "x$_ay",
            "${A?}",
            "${A:?no}",
            "${A:+b}",
            "${A+b}",
            "${A:-${B}}",
            "${A:-$B}",
            "${",
            "${}",
            "${-a}",
            "${A:-b",
            "${é:-b}",
        ] {
            assert_eq!(interpolate(text), None, "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_survived() {
        let depth = 100_000;
        let text = format!("{}x{}", "${A:-".repeat(depth), "}".repeat(depth));
        assert_eq!(interpolate(&text).as_deref(), Some("x"));
        assert_eq!(interpolate(&"${A:-{".repeat(depth)), None);
    }
}
