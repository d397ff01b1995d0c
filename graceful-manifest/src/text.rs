//! The words of messages: durations, lists, and foreign text made harmless.

use std::time::Duration;

/// A duration as people write it: "5 s", "1.25 s", "120 ms", "1 min 30 s". Nothing is cut off, so that two that differ look
/// different.
pub(crate) fn shown(duration: Duration) -> String {
    if !duration.subsec_nanos().is_multiple_of(1_000_000) {
        return written(duration);
    }
    match duration.as_millis() {
        0 => return "0 s".to_owned(),
        millis @ 1..1_000 => return format!("{millis} ms"),
        _ => {}
    }
    let secs = duration.as_secs();
    let mut parts: Vec<_> = [("d", secs / 86_400), ("h", secs / 3_600 % 24), ("min", secs / 60 % 60)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(unit, count)| format!("{count} {unit}"))
        .collect();
    let rest = format!("{}.{:03}", secs % 60, duration.subsec_millis());
    let rest = rest.trim_end_matches('0').trim_end_matches('.');
    if rest != "0" {
        parts.push(format!("{rest} s"));
    }
    parts.join(" ")
}

/// A duration as it is written in the source and in the environment: "1m 30s".
pub(crate) fn written(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// So many seconds, rounded up, at most what a field of Kubernetes can hold.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).min(i64::MAX.unsigned_abs())
}

/// Foreign text in backticks: on one line, not longer than fits, and harmless.
pub(crate) fn quote(text: &str) -> String {
    const LONGEST: usize = 60;

    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{}`", escape(&short))
}

/// "`a`, `b` and `c`", or the first ones of a longer list.
pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    const LISTED: usize = 8;

    let all: Vec<&str> = texts.into_iter().collect();
    let mut listed: Vec<_> = all.iter().take(LISTED).map(|text| quote(text)).collect();
    if all.len() > LISTED {
        listed.push(format!("{} more", all.len() - LISTED));
    }
    match listed.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The text without anything that could move the cursor or turn the text after it around.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (duration, text) in [
            (Duration::ZERO, "0 s"),
            (Duration::from_nanos(7), "7ns"),
            (Duration::from_millis(250), "250 ms"),
            (Duration::from_millis(28_500), "28.5 s"),
            (Duration::from_secs(60), "1 min"),
            (Duration::from_secs(90), "1 min 30 s"),
            (Duration::from_millis(60_500), "1 min 0.5 s"),
            (Duration::from_secs(600), "10 min"),
            (Duration::from_secs(90_061), "1 d 1 h 1 min 1 s"),
        ] {
            assert_eq!(shown(duration), text);
        }
        assert!(shown(Duration::MAX).ends_with("ns"));
    }

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!(whole_seconds(Duration::from_secs(5)), 5);
        assert_eq!(whole_seconds(Duration::from_nanos(5_000_000_001)), 6);
        assert_eq!(i64::try_from(whole_seconds(Duration::MAX)), Ok(i64::MAX));
    }

    #[test]
    fn foreign_text_is_harmless_and_short() {
        assert_eq!(quote("a\n\u{1b}[31m\u{202e}b"), r"`a\n\u{1b}[31m\u{202e}b`");
        assert_eq!(quote(&"ä".repeat(1000)).chars().count(), 63);
    }

    #[test]
    fn lists() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert!(list(["a"; 10]).ends_with("`a` and 2 more"));
    }
}
