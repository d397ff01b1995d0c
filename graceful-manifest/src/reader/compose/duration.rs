//! Durations such as `1m30s`.
//!
//! <https://docs.docker.com/reference/compose-file/extension/#specifying-durations>. Compose also takes `d` and `w`,
//! fractions, and a sign.

use std::time::Duration;

/// A time to wait for the end of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Docker counts whole seconds, so Compose drops the rest.
    For(Duration),
    /// Docker takes a negative number of seconds as no limit.
    Forever,
}

const UNITS: [(&str, u64); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
    ("w", 604_800 * SECOND),
];

const SECOND: u64 = 1_000_000_000;

/// Reads the value of `stop_grace_period`. `None` if Compose refuses it.
pub(super) fn wait(text: &str) -> Option<Wait> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let seconds = if digits == "0" { 0 } else { nanoseconds(digits)? / SECOND };
    Some(if is_negative && seconds > 0 { Wait::Forever } else { Wait::For(Duration::from_secs(seconds)) })
}

fn nanoseconds(mut rest: &str) -> Option<u64> {
    let mut total = 0_u64;
    loop {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after, |c| !c.is_ascii_digit() && c != '.');
        let &(_, nanoseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(times(number, nanoseconds)?)?;
        rest = after;
        if rest.is_empty() {
            return i64::try_from(total).is_ok().then_some(total);
        }
    }
}

fn split(text: &str, is_first: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is_first(c)).unwrap_or(text.len()))
}

/// The product of a decimal number and a unit.
fn times(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = whole.checked_mul(unit)?;
    let mut share = unit;
    for digit in fraction.bytes() {
        share /= 10;
        nanoseconds = nanoseconds.checked_add(share * u64::from(digit - b'0'))?;
    }
    Some(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_compose_takes_them() {
        for (text, seconds) in [
            ("10s", 10),
            ("1m30s", 90),
            ("10s5m", 310),
            ("1.5h", 5_400),
            ("10500ms", 10),
            ("999ms", 0),
            ("-999ms", 0),
            ("500us", 0),
            (".5m", 30),
            ("1.s", 1),
            ("+5s", 5),
            ("0", 0),
            ("1d", 86_400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(wait(text), Some(Wait::For(Duration::from_secs(seconds))), "{text:?}");
        }
        assert_eq!(wait("-1s"), Some(Wait::Forever));
    }

    #[test]
    fn what_compose_refuses() {
        for text in [
            "",
            "10",
            "s",
            ".s",
            "1.2.3s",
            "1h30",
            "5S",
            "10 s",
            "10s ",
            "1e3s",
            "--1s",
            "é",
            "1é",
            "99999999999999999999s",
            "300000w",
        ] {
            assert_eq!(wait(text), None, "{text:?}");
        }
    }
}
