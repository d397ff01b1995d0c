//! Durations in the source and in the environment: `5s`, `500ms`, `1m 30s`.

use std::fmt;
use std::time::Duration;

use crate::choice;
use crate::text::quote;

/// The longest duration that is accepted: ten years. A longer one is a mistake, and would overflow the clocks of some
/// platforms.
pub const MAX_DURATION: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

const UNITS: [&str; 8] = ["ns", "us", "ms", "s", "m", "h", "d", "w"];
const LONG_UNITS: [&str; 10] = ["nsec", "usec", "msec", "sec", "seconds", "min", "minutes", "hours", "days", "weeks"];

/// Reads a duration of at most [`MAX_DURATION`].
///
/// # Errors
///
/// When the text is no duration, or a longer one.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    if is_excessive(text) {
        return Err(DurationError::Excessive);
    }
    // To humantime it is a month. Nobody who writes it means that.
    if text.split(|c: char| !c.is_ascii_alphabetic()).any(|unit| unit == "M") {
        return Err(DurationError::UnknownUnit("M".to_owned()));
    }
    match humantime::parse_duration(text) {
        Ok(duration) if duration > MAX_DURATION => Err(DurationError::TooLong),
        Ok(duration) => Ok(duration),
        Err(error) => Err(DurationError::new(error, text)),
    }
}

/// Whether the numbers are too long for humantime: version 2.4 panics on sums that just exceed the last second of a `u64`.
fn is_excessive(text: &str) -> bool {
    text.len() > 100 || text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 10)
}

/// The duration as [`parse`] reads it, exact: `1m 30s`.
#[must_use]
pub fn written(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// The whole milliseconds, for a field of the log, and for what is serialized.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Why a text is not a duration.
///
/// Its `Display` is a sentence with what to write instead, on two lines if it lists units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationError {
    /// There is nothing in it.
    Empty,
    /// It begins with a minus sign.
    Negative,
    /// It ends with a number: the text without spaces around it.
    NoUnit(String),
    /// After a number is something else than a unit.
    UnknownUnit(String),
    /// This part of it should begin with a number.
    NoNumber(String),
    /// Its numbers are too long to be read.
    Excessive,
    /// It cannot be represented: it is too long, or finer than a nanosecond.
    Unrepresentable,
    /// It is longer than [`MAX_DURATION`].
    TooLong,
}

impl DurationError {
    fn new(error: humantime::DurationError, text: &str) -> Self {
        use humantime::DurationError as Cause;

        match error {
            Cause::Empty => Self::Empty,
            _ if text.starts_with('-') => Self::Negative,
            Cause::UnknownUnit { unit, .. } if unit.is_empty() => Self::NoUnit(text.to_owned()),
            Cause::UnknownUnit { unit, .. } => Self::UnknownUnit(unit),
            Cause::InvalidCharacter(offset) | Cause::NumberExpected(offset) => {
                Self::NoNumber(text.get(offset..).unwrap_or(text).to_owned())
            }
            Cause::NumberOverflow => Self::Unrepresentable,
        }
    }

    /// What is wrong with "it", on one line: for a message that has named the value before.
    #[must_use]
    pub fn of_it(&self) -> String {
        match self {
            Self::Empty => "it is empty".to_owned(),
            Self::NoUnit(_) => "it lacks a unit".to_owned(),
            Self::UnknownUnit(unit) => format!("{} is no unit of time", quote(unit)),
            Self::Negative | Self::NoNumber(_) => "it is no duration".to_owned(),
            Self::Excessive => "its numbers are too long".to_owned(),
            Self::Unrepresentable => "it is too long, or finer than a nanosecond".to_owned(),
            Self::TooLong => "it is longer than ten years".to_owned(),
        }
    }
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty duration, expected one such as `5s`"),
            Self::Negative => f.write_str("a duration cannot be negative"),
            Self::NoUnit(text) => write!(f, "the duration `{text}` lacks a unit, did you mean `{text}s`?"),
            Self::UnknownUnit(unit) => {
                let all = [&UNITS[..], &LONG_UNITS].concat();
                let nearest = choice::nearest(unit, &all).map(|unit| format!(", did you mean `{unit}`?"));
                let units = choice::any_of(&UNITS);
                write!(f, "unknown unit of time `{unit}`{}\nexpected {units}", nearest.unwrap_or_default())
            }
            Self::NoNumber(rest) => {
                write!(f, "expected a duration such as `1m 30s`, but `{rest}` does not begin with a number")
            }
            Self::Excessive | Self::Unrepresentable => {
                f.write_str("the duration is too long, or finer than a nanosecond")
            }
            Self::TooLong => f.write_str("a duration cannot be longer than ten years"),
        }
    }
}

impl std::error::Error for DurationError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn as_people_write_them() {
        for (text, millis) in [
            ("5s", 5_000),
            ("30s", 30_000),
            (" 1m 30s ", 90_000),
            ("500ms", 500),
            ("0s", 0),
            ("0", 0),
            ("1m30s", 90_000),
            (" 2 h ", 7_200_000),
            ("1.5s", 1_500),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, sentence, of_it) in [
            ("", "empty duration, expected one such as `5s`", "it is empty"),
            (" ", "empty duration, expected one such as `5s`", "it is empty"),
            ("30", "the duration `30` lacks a unit, did you mean `30s`?", "it lacks a unit"),
            (" 1m 30 ", "the duration `1m 30` lacks a unit, did you mean `1m 30s`?", "it lacks a unit"),
            ("-1s", "a duration cannot be negative", "it is no duration"),
            (
                "30 sce",
                "unknown unit of time `sce`, did you mean `sec`?\n\
                 expected `ns`, `us`, `ms`, `s`, `m`, `h`, `d` or `w`",
                "`sce` is no unit of time",
            ),
            (
                "1M",
                "unknown unit of time `M`, did you mean `m`?\n\
                 expected `ns`, `us`, `ms`, `s`, `m`, `h`, `d` or `w`",
                "`M` is no unit of time",
            ),
            (
                "five seconds",
                "expected a duration such as `1m 30s`, but `five seconds` does not begin with a number",
                "it is no duration",
            ),
            ("20y", "a duration cannot be longer than ten years", "it is longer than ten years"),
            (
                "99999999999999999999s",
                "the duration is too long, or finer than a nanosecond",
                "its numbers are too long",
            ),
            (
                "18446744073709551615s 1000ms",
                "the duration is too long, or finer than a nanosecond",
                "its numbers are too long",
            ),
            (
                "0.5ns",
                "the duration is too long, or finer than a nanosecond",
                "it is too long, or finer than a nanosecond",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((&*error.to_string(), &*error.of_it()), (sentence, of_it), "{text}");
        }
    }

    #[test]
    fn whole_milliseconds() {
        assert_eq!(millis(Duration::from_micros(1_999)), 1);
        assert_eq!(millis(Duration::MAX), u64::MAX);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(nanos in 0..=MAX_DURATION.as_nanos() as u64) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&written(duration)), Ok(duration));
        }

        #[test]
        fn any_text(text in "[ -~]{0,30}") {
            match parse(&text) {
                Ok(duration) => prop_assert!(duration <= MAX_DURATION),
                Err(error) => prop_assert!(!error.of_it().contains(char::is_control)),
            }
        }
    }
}
