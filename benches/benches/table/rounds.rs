//! How often something is measured: more often where the time is there, and never too seldom.

use std::time::{Duration, Instant};

/// Calls `round` for as long as `time` lasts, at least `least` times. The contenders start in turn.
pub(crate) fn rounds(what: &str, time: Duration, least: usize, mut round: impl FnMut(usize)) {
    let begin = Instant::now();
    let mut number = 0;
    while number < least || begin.elapsed() < time {
        round(number);
        number += 1;
    }
    // Not a part of the table: how far it is.
    eprintln!("{what}: {number} rounds in {:.1} s", begin.elapsed().as_secs_f64());
}

/// All of `contenders`, beginning with another one each time.
pub(crate) fn in_turn<T: Copy>(contenders: &[T], round: usize) -> impl Iterator<Item = T> {
    contenders.iter().cycle().skip(round % contenders.len()).take(contenders.len()).copied()
}
