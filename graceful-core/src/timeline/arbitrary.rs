//! Strategies for property tests of what is drawn, and what they check.

use std::time::Duration;

use graceful_core::text::escape;
use graceful_core::timeline::WIDTH;
use proptest::collection::vec;
use proptest::prelude::*;

/// What every timeline promises.
pub(crate) fn check(timeline: &str) -> Result<(), TestCaseError> {
    for line in timeline.split('\n') {
        prop_assert!(line.chars().count() <= WIDTH, "too wide: {line:?}");
        prop_assert!(line == line.trim_end(), "trailing space: {line:?}");
        prop_assert!(line == escape(line), "not escaped: {line:?}");
    }
    Ok(())
}

/// Whatever a name or a message may hold.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let char = |number: u32| match number % 8 {
        0 => ' ',
        1 => ['\n', '\r', '\t', '\0', '\u{1b}', '\u{9b}', '\u{3000}'][number as usize / 8 % 7],
        2 => char::from_u32(number / 8 % 0x11_0000).unwrap_or('\u{202e}'),
        3..6 => char::from_u32(0x4e00 + number / 8 % 0x5000).unwrap_or('?'),
        _ => char::from(b'!' + (number / 8 % 94) as u8),
    };
    let numbers = prop_oneof![
        9 => vec(any::<u32>(), 0..30),
        1 => vec(any::<u32>(), 0..300),
    ];
    numbers.prop_map(move |numbers| numbers.into_iter().map(char).collect())
}

pub(crate) fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        (0..10_000_000_000_u64).prop_map(Duration::from_nanos),
        (0..100_000_u64).prop_map(Duration::from_millis),
        (0..100_000_000_000_u64).prop_map(Duration::from_secs),
        Just(Duration::MAX),
    ]
}
