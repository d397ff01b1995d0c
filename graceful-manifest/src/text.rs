//! The parts of messages: durations, lists, and escaped foreign text.

use std::time::Duration;

pub(crate) use graceful_core::duration::written;
pub(crate) use graceful_core::text::{escape, exact_duration as shown, quote};

/// The duration in seconds, rounded up, at most as many as a field of Kubernetes can hold.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).min(i64::MAX.unsigned_abs())
}

/// "`a`, `b` and `c`", or the first ones of a longer list.
pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    const MAX_LISTED: usize = 8;

    let all: Vec<&str> = texts.into_iter().collect();
    let mut listed: Vec<_> = all.iter().take(MAX_LISTED).map(|text| quote(text)).collect();
    if all.len() > MAX_LISTED {
        listed.push(format!("{} more", all.len() - MAX_LISTED));
    }
    match listed.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!(whole_seconds(Duration::from_secs(5)), 5);
        assert_eq!(whole_seconds(Duration::from_nanos(5_000_000_001)), 6);
        assert_eq!(i64::try_from(whole_seconds(Duration::MAX)), Ok(i64::MAX));
    }

    #[test]
    fn lists() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert!(list(["a"; 10]).ends_with("`a` and 2 more"));
    }
}
