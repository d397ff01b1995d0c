//! Types that are one word in the log, in JSON and in the configuration.

use std::error::Error;
use std::fmt;

use crate::choice;
use crate::phase::{HandlerPhase, Phase};
use crate::report_format::ReportFormat;
use crate::signal::Signal;

/// The error of parsing a [`Phase`], a [`HandlerPhase`], a [`Signal`] or a [`ReportFormat`]: the text is none of their labels.
///
/// Its `Display` lists the labels, on one line.
///
/// ```
/// # mod graceful { pub use graceful_core::*; }
/// use graceful::{Signal, UnknownLabel};
///
/// let error: UnknownLabel = "SIGTREM".parse::<Signal>().unwrap_err();
/// assert!(error.to_string().starts_with("unknown signal `SIGTREM`, did you mean `SIGTERM`?"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnknownLabel(String);

impl UnknownLabel {
    fn new(what: &str, found: &str, labels: &[&str]) -> Self {
        Self(choice::unknown(what, found, labels).replace('\n', " "))
    }
}

impl fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for UnknownLabel {}

/// Parses what `label` returns. With the feature `serde` the type is that text in JSON.
macro_rules! labelled {
    ($($type:ident, $what:literal;)*) => {$(
        impl std::str::FromStr for $type {
            type Err = UnknownLabel;

            fn from_str(text: &str) -> Result<Self, UnknownLabel> {
                let found = Self::ALL.into_iter().find(|value| value.label() == text);
                found.ok_or_else(|| UnknownLabel::new($what, text, &Self::ALL.map(Self::label)))
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.label())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

labelled! {
    Phase, "phase";
    HandlerPhase, "phase of a handler";
    Signal, "signal";
    ReportFormat, "format of the report";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_parsed() {
        assert!(Phase::ALL.into_iter().all(|phase| phase.label().parse() == Ok(phase)));
        assert!(HandlerPhase::ALL.into_iter().all(|phase| phase.label().parse() == Ok(phase)));
        assert!(Signal::ALL.into_iter().all(|signal| signal.label().parse() == Ok(signal)));
        assert!(ReportFormat::ALL.into_iter().all(|format| format.label().parse() == Ok(format)));
    }

    #[test]
    fn an_unknown_one_lists_the_labels() {
        let error = "drain".parse::<Phase>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown phase `drain`, did you mean `draining`? expected `running`, `lame_duck`, `draining`, `teardown` or `stopped`"
        );
        assert!("sigterm".parse::<Signal>().is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_has_the_labels() {
        let phase: Phase = serde_json::from_str("\"lame_duck\"").unwrap();
        assert_eq!((phase, serde_json::to_string(&phase).unwrap()), (Phase::LameDuck, "\"lame_duck\"".to_owned()));
        assert_eq!(serde_json::to_value(Signal::Hangup).unwrap(), "SIGHUP");
        assert!(serde_json::from_str::<HandlerPhase>("\"later\"").is_err());
    }
}
