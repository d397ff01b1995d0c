//! Durations with units.

use std::time::Duration;

use graceful_core::duration;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Result;

use crate::value::{Known, Value};

impl Value {
    /// A duration, which may be zero.
    pub(crate) fn duration(&self) -> Result<Duration> {
        let quoted = self.quoted_duration();
        let example = quoted.as_ref().map_or(", such as `\"5s\"`", |_| "");
        let text = self.string_or(&format!("a duration in quotes{example}"), quoted)?.value();
        duration::parse(&text).map_err(|error| self.error(error))
    }

    /// A duration longer than zero.
    pub(crate) fn positive_duration(&self) -> Result<Duration> {
        match self.duration()? {
            Duration::ZERO => Err(self.error(format_args!("`{}` cannot be zero", self.key()))),
            duration => Ok(duration),
        }
    }

    /// A duration longer than zero, or the path of a constant.
    pub(crate) fn positive_duration_or_constant(&self) -> Result<Known<Duration>> {
        if self.is_path() {
            return Ok(Known::Constant(self.to_token_stream()));
        }
        if self.is_literal() || self.quoted_duration().is_some() {
            return self.positive_duration().map(Known::Literal);
        }
        Err(self.unexpected("a duration in quotes, such as `\"5s\"`, or the path of a constant", None))
    }

    /// The duration in quotes, if the value is one without them: `5`, `5s`, `1m 30s`.
    fn quoted_duration(&self) -> Option<String> {
        let text = self.text();
        let seconds = format!("{text}s");
        [text, seconds].into_iter().find(|text| duration::parse(text).is_ok()).map(|text| format!("{text:?}"))
    }
}

/// The expression of a duration.
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
            (r#""0""#, "`timeout` cannot be zero"),
            (r#""0s""#, "`timeout` cannot be zero"),
            (r#""0ms""#, "`timeout` cannot be zero"),
            (r#""200y""#, "a duration cannot be longer than ten years"),
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
