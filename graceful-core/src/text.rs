//! The words of messages: durations, numbers, and foreign text made harmless.

mod duration;

pub use self::duration::{duration, exact_duration};

/// A number with its thousands apart: "9 988".
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut spaced = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

/// How many of something: "1 handler", "9 988 handlers".
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// The parts, with the separator between them. `[_]::join` does the same with five times as much code for each type.
#[must_use]
pub fn join<S: AsRef<str>>(parts: &[S], separator: &str) -> String {
    let mut text = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            text.push_str(separator);
        }
        text.push_str(part.as_ref());
    }
    text
}

/// Whether the character could move the cursor or turn the text after it around.
#[must_use]
pub fn moves(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line, without a character that [`moves`].
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if moves(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Foreign text in backticks: escaped, and cut after 60 characters.
#[must_use]
pub fn quote(text: &str) -> String {
    const MAX_QUOTED: usize = 60;

    let mut short: String = text.chars().take(MAX_QUOTED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{}`", escape(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(9_988), "9 988");
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(counted(1, "handler"), "1 handler");
        assert_eq!(counted(0, "handler"), "0 handlers");
    }

    #[test]
    fn escapes() {
        assert_eq!(escape("müde — 疲れた 👩‍🚀"), "müde — 疲れた 👩‍🚀");
        assert_eq!(escape("a\nb\t\x1b[31m"), r"a\nb\t\u{1b}[31m");
        assert_eq!(escape("\u{202e}desrever\u{2069}\u{2028}"), r"\u{202e}desrever\u{2069}\u{2028}");
    }

    #[test]
    fn foreign_text_is_harmless_and_short() {
        assert_eq!(quote("a\n\u{1b}[31m\u{202e}b"), r"`a\n\u{1b}[31m\u{202e}b`");
        assert_eq!(quote(&"ä".repeat(1000)).chars().count(), 63);
    }
}
