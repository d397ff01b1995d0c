//! How often a row is measured.

use std::time::{Duration, Instant};

/// Of rows that take no build.
pub(crate) const MIN: usize = 101;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    /// Takes a fifth of the minimum, to see whether everything works.
    pub(crate) draft: bool,
}

impl Rounds {
    /// Calls `round` until `time` is over, and at least `min` times.
    pub(crate) fn run(self, title: &str, time: Duration, min: usize, mut round: impl FnMut(usize)) {
        let (time, min) = if self.draft { (Duration::ZERO, min.div_ceil(5)) } else { (time, min) };
        let begin = Instant::now();
        let mut number = 0;
        while number < min || begin.elapsed() < time {
            round(number);
            number += 1;
        }
        eprintln!("{title}: {number} rounds in {:.1} s", begin.elapsed().as_secs_f64());
    }
}

/// Returns all contenders, a different one first in each round.
pub(crate) fn in_turn(contenders: &[usize], round: usize) -> impl Iterator<Item = usize> {
    contenders.iter().cycle().skip(round % contenders.len()).take(contenders.len()).copied()
}
