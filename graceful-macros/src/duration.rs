//! Durations, as people write them.

use std::time::Duration;

use humantime::DurationError;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

use crate::errors;
use crate::value::Value;

/// What is longer is a mistake, and would overflow the clocks of some platforms. The runtime has the same limit.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

const TOO_LONG: &str = "the duration is too long, or finer than a nanosecond";

const UNITS: [&str; 8] = ["ns", "us", "ms", "s", "m", "h", "d", "w"];
const LONG_UNITS: [&str; 10] = ["nsec", "usec", "msec", "sec", "seconds", "min", "minutes", "hours", "days", "weeks"];

impl Value {
    /// A duration, where zero has a meaning.
    pub(crate) fn duration(&self) -> Result<Duration> {
        let quoted = self.quoted_duration();
        let example = quoted.as_ref().map_or(", such as `\"5s\"`", |_| "");
        let text = self.string_or(&format!("a duration in quotes{example}"), quoted)?.value();
        if is_excessive(&text) {
            return Err(self.error(TOO_LONG));
        }
        let duration = humantime::parse_duration(&text).map_err(|error| self.error(explain(&error, &text)))?;
        if duration > LONGEST {
            return Err(self.error("a duration cannot be longer than ten years"));
        }
        Ok(duration)
    }

    /// A duration longer than zero.
    pub(crate) fn positive_duration(&self) -> Result<Duration> {
        match self.duration()? {
            Duration::ZERO => Err(self.error(format_args!("`{}` cannot be zero", self.key()))),
            duration => Ok(duration),
        }
    }

    /// `5`, `5s` and `1m 30s` have lost their quotes.
    fn quoted_duration(&self) -> Option<String> {
        let text = self.text();
        let seconds = format!("{text}s");
        [text, seconds]
            .into_iter()
            .find(|text| !is_excessive(text) && humantime::parse_duration(text).is_ok())
            .map(|text| format!("{text:?}"))
    }
}

/// humantime 2.4 panics on sums that end just behind the last second of a `u64`. These can't come near it.
fn is_excessive(text: &str) -> bool {
    text.len() > 100 || text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 10)
}

/// The expression that makes it.
pub(crate) fn tokens(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    match u64::try_from(duration.as_millis()) {
        _ if nanos == 0 => quote!(::core::time::Duration::from_secs(#seconds)),
        Ok(millis) if nanos % 1_000_000 == 0 => {
            quote!(::core::time::Duration::from_millis(#millis))
        }
        _ => quote!(::core::time::Duration::new(#seconds, #nanos)),
    }
}

pub(crate) fn display(duration: Duration) -> impl std::fmt::Display {
    humantime::format_duration(duration)
}

fn explain(error: &DurationError, text: &str) -> String {
    let rest = |offset: usize| text.get(offset..).unwrap_or(text);
    match error {
        DurationError::Empty => "empty duration, expected one such as `5s`".to_owned(),
        _ if text.trim_start().starts_with('-') => "a duration cannot be negative".to_owned(),
        DurationError::UnknownUnit { unit, .. } if unit.is_empty() => {
            let text = text.trim();
            format!("the duration `{text}` lacks a unit, did you mean `{text}s`?")
        }
        DurationError::UnknownUnit { unit, .. } => {
            let all = [&UNITS[..], &LONG_UNITS].concat();
            let nearest = errors::nearest(unit, &all).map(|unit| format!(", did you mean `{unit}`?"));
            let units = errors::any_of(&UNITS);
            format!("unknown unit of time `{unit}`{}\nexpected {units}", nearest.unwrap_or_default())
        }
        DurationError::InvalidCharacter(offset) | DurationError::NumberExpected(offset) => {
            let rest = rest(*offset);
            format!("expected a duration such as `1m 30s`, but `{rest}` does not begin with a number")
        }
        DurationError::NumberOverflow => TOO_LONG.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tokens: &str) -> std::result::Result<Duration, String> {
        Value::new("timeout", tokens.parse().unwrap()).positive_duration().map_err(|error| error.to_string())
    }

    #[test]
    fn as_people_write_them() {
        for (text, millis) in [
            (r#""5s""#, 5_000),
            (r#""500ms""#, 500),
            (r#""1m 30s""#, 90_000),
            (r#""1m30s""#, 90_000),
            (r#"" 2 h ""#, 7_200_000),
            (r#""1.5s""#, 1_500),
            (r##"r#"3s"#"##, 3_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("5", r#"`timeout` expects a duration in quotes, did you mean `"5s"`?"#),
            ("500ms", r#"`timeout` expects a duration in quotes, did you mean `"500ms"`?"#),
            ("1m 30s", r#"`timeout` expects a duration in quotes, did you mean `"1m 30s"`?"#),
            ("TIMEOUT", r#"`timeout` expects a duration in quotes, such as `"5s"`"#),
            ("true", r#"`timeout` expects a duration in quotes, such as `"5s"`"#),
            (r#""5s" 6"#, "expected `,`"),
            (r#""""#, "empty duration, expected one such as `5s`"),
            (r#"" ""#, "empty duration, expected one such as `5s`"),
            (r#""5""#, "the duration `5` lacks a unit, did you mean `5s`?"),
            (r#""0""#, "`timeout` cannot be zero"),
            (r#""1m 30""#, "the duration `1m 30` lacks a unit, did you mean `1m 30s`?"),
            (r#""-5s""#, "a duration cannot be negative"),
            (r#""0s""#, "`timeout` cannot be zero"),
            (r#""0ms""#, "`timeout` cannot be zero"),
            (
                r#""5 sce""#,
                "unknown unit of time `sce`, did you mean `sec`?\n\
                 expected `ns`, `us`, `ms`, `s`, `m`, `h`, `d` or `w`",
            ),
            (
                r#""five seconds""#,
                "expected a duration such as `1m 30s`, but `five seconds` does not begin with a number",
            ),
            (r#""200y""#, "a duration cannot be longer than ten years"),
            (r#""99999999999999999999s""#, "the duration is too long, or finer than a nanosecond"),
            (r#""18446744073709551615s 1000ms""#, "the duration is too long, or finer than a nanosecond"),
            (r#""0.5ns""#, "the duration is too long, or finer than a nanosecond"),
        ] {
            assert_eq!(parse(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn expressions() {
        for (duration, expected) in [
            (Duration::from_secs(5), "from_secs (5u64)"),
            (Duration::from_millis(1_500), "from_millis (1500u64)"),
            (Duration::from_nanos(1), "new (0u64 , 1u32)"),
        ] {
            let tokens = tokens(duration).to_string();
            assert_eq!(tokens, format!(":: core :: time :: Duration :: {expected}"));
        }
    }
}
