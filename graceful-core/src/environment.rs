//! The variables of the environment that override what is set in the source.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::text::quote;
use crate::{ReportFormat, address, choice, duration};

/// What the names of all variables begin with.
pub const PREFIX: &str = "GRACEFUL_";

/// Overrides the grace period.
pub const GRACE_PERIOD: Variable<Duration> =
    Variable { name: "GRACEFUL_GRACE_PERIOD", example: "24s", parse: positive_duration };

/// Overrides the lame duck.
pub const LAME_DUCK: Variable<Duration> = Variable { name: "GRACEFUL_LAME_DUCK", example: "5s", parse: any_duration };

/// Overrides the drain timeout.
pub const DRAIN_TIMEOUT: Variable<Duration> =
    Variable { name: "GRACEFUL_DRAIN_TIMEOUT", example: "12s", parse: any_duration };

/// Overrides the address at which the supervisor serves probes. `off` is read as `None`: no probes.
pub const PROBES: Variable<Option<SocketAddr>> =
    Variable { name: "GRACEFUL_PROBES", example: address::EXAMPLE, parse: probes };

/// Overrides the format of the final report.
pub const REPORT: Variable<ReportFormat> = Variable { name: "GRACEFUL_REPORT", example: "json", parse: report };

/// The names of the variables above.
pub const OVERRIDES: [&str; 5] = [GRACE_PERIOD.name, LAME_DUCK.name, DRAIN_TIMEOUT.name, PROBES.name, REPORT.name];

/// The name of the variable that moves the pod's termination message.
pub const TERMINATION_LOG: &str = "GRACEFUL_TERMINATION_LOG";

/// A variable that has the prefix and no effect, because no variable has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVariable {
    /// The name, in backticks.
    pub name: String,
    /// The names that it could stand for: the nearest one, or all.
    expected: String,
}

impl UnknownVariable {
    /// `None` if the program knows the variable, or if it has another prefix.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let known: Vec<_> = OVERRIDES.into_iter().chain([TERMINATION_LOG]).collect();
        let rest = name.strip_prefix(PREFIX).filter(|_| !known.contains(&name))?;
        // The prefix would make all names look alike.
        let endings: Vec<_> = known.iter().filter_map(|name| name.strip_prefix(PREFIX)).collect();
        let expected = match choice::nearest(rest, &endings) {
            Some(nearest) => format!("did you mean `{PREFIX}{nearest}`?"),
            None => format!("expected {}", choice::any_of(&known).replace('\n', " ")),
        };
        Some(Self { name: quote(name), expected })
    }

    /// What could be written instead, in a clause.
    #[must_use]
    pub fn instead(&self) -> &str {
        &self.expected
    }
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, expected } = self;
        write!(f, "the environment variable {name} has no effect, because graceful has no such variable; {expected}")
    }
}

/// A variable, and how its value is read.
#[derive(Debug, Clone, Copy)]
pub struct Variable<T> {
    name: &'static str,
    example: &'static str,
    parse: fn(&str) -> Result<T, Refusal>,
}

impl<T> Variable<T> {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Reads its value. `None`: the value is empty, as templates write it that have none, so the variable counts as unset.
    ///
    /// # Errors
    ///
    /// When the program does not accept the value. Then the program does not start.
    pub fn read(&self, text: &str) -> Result<Option<T>, BadValue> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        (self.parse)(text).map(Some).map_err(|refusal| BadValue {
            variable: self.name,
            value: quote(text),
            instead: refusal.meant.unwrap_or_else(|| self.example.to_owned()),
            why: refusal.why,
            expected: refusal.expected,
        })
    }
}

/// Why a value is not accepted.
struct Refusal {
    /// What is wrong, in a clause about "it".
    why: String,
    expected: String,
    /// What it most likely stands for.
    meant: Option<String>,
}

/// A value that the program does not accept, so that it does not start.
///
/// Its `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    /// The variable's name.
    pub variable: &'static str,
    /// The value, in backticks.
    pub value: String,
    /// What is wrong, in a clause about "it".
    pub why: String,
    /// What could be written instead.
    pub instead: String,
    /// What is accepted.
    expected: String,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, why, expected, .. } = self;
        write!(f, "the environment variable {variable} is {value}: {why}; expected {expected}")
    }
}

impl std::error::Error for BadValue {}

fn any_duration(text: &str) -> Result<Duration, Refusal> {
    duration::parse(text).map_err(|error| no_duration(error.of_it()))
}

fn positive_duration(text: &str) -> Result<Duration, Refusal> {
    match any_duration(text)? {
        Duration::ZERO => Err(no_duration("it must not be zero".to_owned())),
        duration => Ok(duration),
    }
}

fn no_duration(why: String) -> Refusal {
    Refusal { why, expected: "a duration such as `30s`, `500ms` or `1m 30s`".to_owned(), meant: None }
}

/// `None` for `off`.
fn probes(text: &str) -> Result<Option<SocketAddr>, Refusal> {
    let text = text.trim();
    if text == "off" {
        return Ok(None);
    }
    address::parse(text).map(Some).map_err(|error| {
        let meant = error.meant().map(|meant| meant.to_string());
        let proposal = meant.as_ref().map(|meant| format!("; did you mean `{meant}`?"));
        Refusal {
            why: "it is neither an address with a port nor `off`".to_owned(),
            expected: format!(
                "an address with a port, such as `{}`, or `off`{}",
                address::EXAMPLE,
                proposal.unwrap_or_default()
            ),
            meant,
        }
    })
}

fn report(text: &str) -> Result<ReportFormat, Refusal> {
    let labels = ReportFormat::ALL.map(ReportFormat::label);
    let text = text.trim();
    text.parse().map_err(|_| Refusal {
        why: "it is no format of the report".to_owned(),
        expected: choice::any_of(&labels),
        meant: choice::nearest(text, &labels).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_prefix() {
        assert!(OVERRIDES.iter().chain([&TERMINATION_LOG]).all(|name| name.starts_with(PREFIX)));
    }

    #[test]
    fn unknown_names() {
        let message = |name| UnknownVariable::find(name).map(|unknown| unknown.to_string());
        for name in OVERRIDES.into_iter().chain([TERMINATION_LOG, "PATH", "graceful_probes", "GRACEFUL"]) {
            assert_eq!(message(name), None, "{name}");
        }
        assert_eq!(
            message("GRACEFUL_GRACE_PEROID").unwrap(),
            "the environment variable `GRACEFUL_GRACE_PEROID` has no effect, because graceful has no such variable; \
             did you mean `GRACEFUL_GRACE_PERIOD`?"
        );
        for (name, meant) in [("GRACEFUL_drain", "DRAIN_TIMEOUT"), ("GRACEFUL_PROBE", "PROBES")] {
            assert!(message(name).unwrap().ends_with(&format!("did you mean `GRACEFUL_{meant}`?")), "{name}");
        }
        for name in ["GRACEFUL_", "GRACEFUL_HANDLER_TIMEOUT", "GRACEFUL_\u{7}\n"] {
            let message = message(name).unwrap();
            assert!(message.contains("; expected `GRACEFUL_GRACE_PERIOD`, "), "{message}");
            assert!(message.ends_with(" or `GRACEFUL_TERMINATION_LOG`"), "{message}");
            assert!(!message.contains(char::is_control), "{message}");
        }
    }

    #[test]
    fn an_empty_value_counts_as_unset() {
        for empty in ["", " ", "\t\n"] {
            assert_eq!(GRACE_PERIOD.read(empty), Ok(None));
            assert_eq!(PROBES.read(empty), Ok(None));
            assert_eq!(REPORT.read(empty), Ok(None));
        }
    }

    #[test]
    fn examples_are_accepted() {
        for variable in [GRACE_PERIOD, LAME_DUCK, DRAIN_TIMEOUT] {
            variable.read(variable.example).unwrap();
        }
        PROBES.read(PROBES.example).unwrap();
        REPORT.read(REPORT.example).unwrap();
    }

    #[test]
    fn durations() {
        assert_eq!(GRACE_PERIOD.read(" 1m 30s "), Ok(Some(Duration::from_secs(90))));
        assert_eq!(LAME_DUCK.read("0s"), Ok(Some(Duration::ZERO)));
        assert_eq!(DRAIN_TIMEOUT.read("0"), Ok(Some(Duration::ZERO)));
        for (text, why) in [
            ("30", "it lacks a unit"),
            ("30 sce", "`sce` is no unit of time"),
            ("-1s", "it is no duration"),
            ("0s", "it must not be zero"),
            ("20y", "it is longer than ten years"),
            ("99999999999999999999s", "its numbers are too long"),
        ] {
            assert_eq!(GRACE_PERIOD.read(text).unwrap_err().why, why, "{text}");
        }
        assert_eq!(
            GRACE_PERIOD.read("30\u{7}").unwrap_err().to_string(),
            "the environment variable GRACEFUL_GRACE_PERIOD is `30\\u{7}`: it is no duration; expected a duration such as \
             `30s`, `500ms` or `1m 30s`"
        );
    }

    #[test]
    fn addresses_of_probes() {
        assert_eq!(PROBES.read(" off "), Ok(Some(None)));
        assert_eq!(PROBES.read("[::]:8081"), Ok(Some("[::]:8081".parse().ok())));
        assert!(PROBES.read("[fe80::1%2]:8081").is_ok());
        for (text, instead) in [(":9000", "0.0.0.0:9000"), ("localhost:80", "127.0.0.1:80"), ("on", "0.0.0.0:8081")] {
            let bad = PROBES.read(text).unwrap_err();
            assert_eq!(bad.why, "it is neither an address with a port nor `off`");
            assert_eq!(bad.instead, instead);
        }
        assert_eq!(
            PROBES.read("localhost:80").unwrap_err().to_string(),
            "the environment variable GRACEFUL_PROBES is `localhost:80`: it is neither an address with a port nor `off`; \
             expected an address with a port, such as `0.0.0.0:8081`, or `off`; did you mean `127.0.0.1:80`?"
        );
    }

    #[test]
    fn formats_of_the_report() {
        assert_eq!(REPORT.read(" off "), Ok(Some(ReportFormat::Off)));
        let bad = REPORT.read("jsno").unwrap_err();
        assert_eq!(bad.instead, "json");
        assert_eq!(
            bad.to_string(),
            "the environment variable GRACEFUL_REPORT is `jsno`: it is no format of the report; \
             expected `off`, `text` or `json`"
        );
    }
}
