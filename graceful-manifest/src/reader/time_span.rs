//! Times as platforms write them: numbers with units, one after another.

use std::time::Duration;

use crate::tree::Node;

const SECOND: f64 = 1.0;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// The units of Go's durations, which Nomad and Fly.io use.
const GO: &[(&str, f64)] =
    &[("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", SECOND), ("m", MINUTE), ("h", HOUR)];

/// The units of systemd.time(7). A number without one is in seconds.
pub(super) const SYSTEMD: &[(&str, f64)] = &[
    ("", SECOND),
    ("usec", 1e-6),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("msec", 1e-3),
    ("ms", 1e-3),
    ("seconds", SECOND),
    ("second", SECOND),
    ("sec", SECOND),
    ("s", SECOND),
    ("minutes", MINUTE),
    ("minute", MINUTE),
    ("min", MINUTE),
    ("m", MINUTE),
    ("hours", HOUR),
    ("hour", HOUR),
    ("hr", HOUR),
    ("h", HOUR),
    ("days", DAY),
    ("day", DAY),
    ("d", DAY),
    ("weeks", 7.0 * DAY),
    ("week", 7.0 * DAY),
    ("w", 7.0 * DAY),
    ("months", 30.44 * DAY),
    ("month", 30.44 * DAY),
    ("M", 30.44 * DAY),
    ("years", 365.25 * DAY),
    ("year", 365.25 * DAY),
    ("y", 365.25 * DAY),
];

/// A number that `of_number` understands, or a text such as `1m30s`, as programs in Go read them.
pub(super) fn number_or_span(value: Node<'_>, of_number: fn(u64) -> Duration) -> Option<Duration> {
    match value.int() {
        Some(number) => u64::try_from(number).ok().map(of_number),
        None => time_span(value.text()?, GO),
    }
}

/// The sum of all numbers with their units. `None` if the text is anything else.
pub(super) fn time_span(text: &str, units: &[(&str, f64)]) -> Option<Duration> {
    let mut total = None;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number);
        let after = after.trim_start();
        let unit = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
        let seconds = number.parse::<f64>().ok()? * factor;
        let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        total = Some(total.unwrap_or(Duration::ZERO).saturating_add(time));
        rest = after.trim_start();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        for (text, units, millis) in [
            ("30", SYSTEMD, 30_000),
            ("5min 20s", SYSTEMD, 320_000),
            ("1.5 h 3msec", SYSTEMD, 5_400_003),
            ("2min30", SYSTEMD, 150_000),
            ("5s", GO, 5_000),
            ("1m30s", GO, 90_000),
            ("1.5h", GO, 5_400_000),
            ("250ms", GO, 250),
        ] {
            assert_eq!(time_span(text, units), Some(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(time_span("9999999999999999y", SYSTEMD), Some(Duration::MAX));
        for (text, units) in [
            ("", SYSTEMD),
            ("s", SYSTEMD),
            ("5 parsecs", SYSTEMD),
            ("30", GO),
            ("-5s", GO),
            ("1.2.3s", GO),
            ("5s,", GO),
        ] {
            assert_eq!(time_span(text, units), None, "{text}");
        }
    }
}
