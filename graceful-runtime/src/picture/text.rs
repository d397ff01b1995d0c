//! The words of a picture: durations, numbers, and foreign text made harmless.

use std::time::Duration;

/// Of a longer list so many are shown, and then how many more there are.
const LISTED: usize = 12;

/// For fields of the log, and of what is serialized.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A duration as people write it: "5 s", "1.25 s", "120 ms", "2 min", "1 h 30 min". At most 11 characters: what is
/// smaller than its two units, or than a millisecond in seconds, is cut off.
pub(crate) fn duration(duration: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    const YEAR: u64 = 365 * DAY;

    let secs = duration.as_secs();
    let two = |unit: u64, name: &str, smaller: u64, smaller_name: &str| match (secs / unit, secs % unit / smaller) {
        (large, 0) => format!("{large} {name}"),
        (large, small) => format!("{large} {name} {small} {smaller_name}"),
    };
    match secs {
        0 => match duration.subsec_nanos() {
            0 => "0 s".to_owned(),
            nanos @ 1..1_000 => format!("{nanos} ns"),
            nanos @ 1_000..1_000_000 => format!("{} µs", nanos / 1_000),
            nanos => format!("{} ms", nanos / 1_000_000),
        },
        1..MINUTE => {
            let decimal = format!("{secs}.{:03}", duration.subsec_millis());
            format!("{} s", decimal.trim_end_matches('0').trim_end_matches('.'))
        }
        MINUTE..HOUR => two(MINUTE, "min", 1, "s"),
        HOUR..DAY => two(HOUR, "h", MINUTE, "min"),
        DAY..YEAR => two(DAY, "d", HOUR, "h"),
        _ if secs / YEAR < 1_000 => two(YEAR, "y", DAY, "d"),
        _ => "1000+ y".to_owned(),
    }
}

/// How many to show of a list of this length. For a single one more the line is better spent on that one.
pub(crate) fn shown(length: usize) -> usize {
    if length <= LISTED + 1 { length } else { LISTED }
}

/// A number with its thousands apart: "9 988".
pub(crate) fn count(number: usize) -> String {
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
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// The text on one line, without anything that could move the cursor or turn the text after it around.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let moves =
            c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if moves {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// At most `width` characters, with an ellipsis for what is left out. More is kept of the end: in a path that is the
/// name.
pub(crate) fn shorten(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let Some(kept) = width.checked_sub(1) else {
        return String::new();
    };
    let head = kept / 3;
    let tail = kept - head;
    let mut short: String = text.chars().take(head).collect();
    short.push('…');
    short.extend(text.chars().skip(length - tail));
    short
}

/// The text in lines of at most `width` characters, broken at spaces where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        let mut length = 0;
        for c in escape(&line.replace('\t', "    ")).chars() {
            current.push(c);
            length += 1;
            if length <= width {
                continue;
            }
            let rest = match current.rsplit_once(' ') {
                Some((head, tail)) if !head.trim().is_empty() => {
                    let (head, tail) = (head.to_owned(), tail.to_owned());
                    current = head;
                    tail
                }
                _ => current.pop().into_iter().collect(),
            };
            lines.push(current);
            length = rest.chars().count();
            current = rest;
        }
        lines.push(current);
    }
    lines
}
