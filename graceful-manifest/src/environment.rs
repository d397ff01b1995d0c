//! What the container's environment overrides: read as the program reads it when it starts.

use std::net::SocketAddr;
use std::time::Duration;

use crate::model::variable::{DRAIN_TIMEOUT, GRACE_PERIOD, LAME_DUCK, PROBES};
use crate::model::{At, Container, VariableValue};
use crate::program::Program;
use crate::text::quote;
use crate::yaml::Position;

/// What is longer is refused by the program, too.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// The program in this container.
#[derive(Debug)]
pub(crate) struct Effective {
    pub(crate) program: Program,
    /// Where the grace period, the lame duck, or the drain timeout was overridden last.
    pub(crate) overridden: Option<Position>,
    /// Whether the grace period was.
    pub(crate) sets_grace_period: bool,
    /// Where the probes were.
    pub(crate) probes_overridden: Option<Position>,
    pub(crate) bad: Vec<At<Bad>>,
    /// The variables whose value isn't in the manifest.
    pub(crate) unknown: Vec<At<&'static str>>,
}

/// A value that the program refuses: it does not start.
#[derive(Debug)]
pub(crate) struct Bad {
    pub(crate) variable: &'static str,
    pub(crate) value: String,
    pub(crate) why: String,
    pub(crate) example: &'static str,
}

impl Effective {
    pub(crate) fn new(program: &Program, container: &Container<'_>) -> Self {
        let mut effective = Self {
            program: program.clone(),
            overridden: None,
            sets_grace_period: false,
            probes_overridden: None,
            bad: Vec::new(),
            unknown: Vec::new(),
        };
        if let Some(grace_period) = effective.read(container, GRACE_PERIOD, "30s", |text| duration(text, false)) {
            effective.program.grace_period = grace_period.value;
            effective.overridden = Some(grace_period.position);
            effective.sets_grace_period = true;
        }
        if let Some(lame_duck) = effective.read(container, LAME_DUCK, "5s", |text| duration(text, true)) {
            effective.program.lame_duck = lame_duck.value;
            effective.overridden = Some(lame_duck.position);
        }
        if let Some(drain_timeout) = effective.read(container, DRAIN_TIMEOUT, "15s", |text| duration(text, true)) {
            effective.program.drain_timeout = Some(drain_timeout.value);
            effective.overridden = Some(drain_timeout.position);
        }
        if let Some(probes) = effective.read(container, PROBES, "0.0.0.0:8081", address) {
            effective.program.probes = probes.value;
            effective.probes_overridden = Some(probes.position);
        }
        effective
    }

    fn read<T>(
        &mut self,
        container: &Container<'_>,
        variable: &'static str,
        example: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<At<T>> {
        let found = container.variable(variable)?;
        let position = found.position;
        let VariableValue::Text(text) = found.value else {
            self.unknown.push(At { value: variable, position });
            return None;
        };
        match parse(text) {
            Ok(value) => Some(At { value, position }),
            Err(why) => {
                self.bad.push(At { value: Bad { variable, value: quote(text), why, example }, position });
                None
            }
        }
    }
}

fn duration(text: &str, may_be_zero: bool) -> Result<Duration, String> {
    if is_excessive(text) {
        return Err("its numbers are too long".to_owned());
    }
    let duration = humantime::parse_duration(text.trim()).map_err(|error| match error {
        humantime::DurationError::UnknownUnit { unit, .. } if unit.is_empty() => "it lacks a unit".to_owned(),
        humantime::DurationError::Empty => "it is empty".to_owned(),
        humantime::DurationError::UnknownUnit { unit, .. } => format!("{} is no unit of time", quote(&unit)),
        _ => "it is no duration".to_owned(),
    })?;
    if duration.is_zero() && !may_be_zero {
        return Err("it must not be zero".to_owned());
    }
    if duration > LONGEST {
        return Err("it is longer than ten years".to_owned());
    }
    Ok(duration)
}

/// humantime 2.4 panics on sums that end just behind the last second of a `u64`. These can't come near it.
fn is_excessive(text: &str) -> bool {
    text.len() > 100 || text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 10)
}

/// `None` for `off`.
fn address(text: &str) -> Result<Option<SocketAddr>, String> {
    match text.trim() {
        "off" => Ok(None),
        text => text.parse().map(Some).map_err(|_| "it is neither an address with a port nor `off`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_the_program_reads_them() {
        for (text, millis) in [("30s", 30_000), (" 1m 30s ", 90_000), ("500ms", 500), ("0s", 0), ("1m30s", 90_000)] {
            assert_eq!(duration(text, true), Ok(Duration::from_millis(millis)), "{text}");
        }
        for (text, why) in [
            ("", "it is empty"),
            ("30", "it lacks a unit"),
            ("30 sce", "`sce` is no unit of time"),
            ("-1s", "it is no duration"),
            ("0s", "it must not be zero"),
            ("20y", "it is longer than ten years"),
            ("99999999999999999999s", "its numbers are too long"),
            ("18446744073709551615s 1000ms", "its numbers are too long"),
        ] {
            assert_eq!(duration(text, false), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(address(" off "), Ok(None));
        assert_eq!(address("[::]:8081"), Ok("[::]:8081".parse().ok()));
        for text in ["", "8081", "localhost:8081", "on"] {
            address(text).unwrap_err();
        }
    }
}
