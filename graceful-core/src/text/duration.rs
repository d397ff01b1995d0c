//! Durations as people write them: "5 s", "1.25 s", "120 ms", "1 h 30 min".

use std::time::Duration;

use super::join;

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000 * MICRO;
const SECOND: u64 = 1_000 * MILLI;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

/// A duration in at most two units: "5 s", "1.25 s", "2 min", "1 h 30 min". At most 11 characters: what is smaller than
/// its two units, or than a millisecond in seconds, is cut off.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let (secs, nanos) = (duration.as_secs(), u64::from(duration.subsec_nanos()));
    let to_seconds = |unit: u64| Duration::from_secs(secs - secs % YEAR % unit);
    let to_nanos = |unit: u64| duration.saturating_sub(Duration::from_nanos(nanos % unit));
    exact_duration(match secs {
        0 if nanos < MICRO => duration,
        0 if nanos < MILLI => to_nanos(MICRO),
        0..MINUTE => to_nanos(MILLI),
        MINUTE..HOUR => to_seconds(1),
        HOUR..DAY => to_seconds(MINUTE),
        DAY..YEAR => to_seconds(HOUR),
        _ if secs / YEAR < 1_000 => to_seconds(DAY),
        _ => return "1000+ y".to_owned(),
    })
}

/// A duration with nothing cut off, so that two that differ look different: "1 h 1 min 0.5 s".
#[must_use]
pub fn exact_duration(duration: Duration) -> String {
    let (secs, nanos) = (duration.as_secs(), u64::from(duration.subsec_nanos()));
    match (secs, nanos) {
        (0, 0) => return "0 s".to_owned(),
        (0, 1..MICRO) => return format!("{nanos} ns"),
        (0, MICRO..MILLI) => return format!("{} µs", decimal(nanos, MICRO, 3)),
        (0, _) => return format!("{} ms", decimal(nanos, MILLI, 6)),
        _ => {}
    }
    let mut parts: Vec<_> =
        [(secs / YEAR, "y"), (secs % YEAR / DAY, "d"), (secs % YEAR % DAY / HOUR, "h"), (secs % HOUR / MINUTE, "min")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, unit)| format!("{count} {unit}"))
            .collect();
    let rest = decimal(secs % MINUTE * SECOND + nanos, SECOND, 9);
    if rest != "0" {
        parts.push(format!("{rest} s"));
    }
    join(&parts, " ")
}

/// A number of nanoseconds in a larger unit, with as many digits as are needed.
fn decimal(nanos: u64, unit: u64, digits: usize) -> String {
    let text = format!("{}.{:0digits$}", nanos / unit, nanos % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn in_two_units() {
        for (time, text) in [
            (Duration::ZERO, "0 s"),
            (Duration::from_nanos(999), "999 ns"),
            (Duration::from_nanos(1_999), "1 µs"),
            (Duration::from_micros(999), "999 µs"),
            (millis(1), "1 ms"),
            (millis(120), "120 ms"),
            (Duration::from_nanos(999_999_999), "999 ms"),
            (secs(1), "1 s"),
            (millis(1_250), "1.25 s"),
            (millis(1_001), "1.001 s"),
            (secs(50), "50 s"),
            (Duration::from_nanos(59_999_999_999), "59.999 s"),
            (millis(60_500), "1 min"),
            (secs(90), "1 min 30 s"),
            (secs(120), "2 min"),
            (secs(3_599), "59 min 59 s"),
            (secs(5_400), "1 h 30 min"),
            (secs(86_399), "23 h 59 min"),
            (secs(86_400), "1 d"),
            (secs(90_000), "1 d 1 h"),
            (secs(365 * 86_400), "1 y"),
            (secs((999 * 365 + 364) * 86_400), "999 y 364 d"),
            (secs(1_000 * 365 * 86_400), "1000+ y"),
            (Duration::MAX, "1000+ y"),
        ] {
            assert_eq!(duration(time), text);
        }
    }

    #[test]
    fn exactly() {
        for (time, text) in [
            (Duration::ZERO, "0 s"),
            (Duration::from_nanos(7), "7 ns"),
            (Duration::from_nanos(1_050), "1.05 µs"),
            (Duration::from_nanos(250_000_001), "250.000001 ms"),
            (millis(250), "250 ms"),
            (millis(28_500), "28.5 s"),
            (Duration::new(29, 999_999_999), "29.999999999 s"),
            (secs(60), "1 min"),
            (secs(90), "1 min 30 s"),
            (millis(60_500), "1 min 0.5 s"),
            (secs(600), "10 min"),
            (secs(90_061), "1 d 1 h 1 min 1 s"),
            (secs(365 * 86_400), "1 y"),
        ] {
            assert_eq!(exact_duration(time), text);
        }
        assert!(exact_duration(Duration::MAX).ends_with(".999999999 s"));
    }

    proptest! {
        #[test]
        fn two_units_are_short(secs in any::<u64>(), shift in 0..64_u32, nanos in 0..1_000_000_000_u32) {
            let time = Duration::new(secs >> shift, nanos);
            prop_assert!(duration(time).chars().count() <= 11);
            // Of what is longer than an hour, whole units are cut off.
            if (HOUR..1_000 * YEAR).contains(&time.as_secs()) {
                prop_assert!(exact_duration(time).starts_with(&duration(time)));
            }
        }
    }
}
