//! When a job that has failed is tried again.

use std::time::Duration;

/// The first attempt, and after it so many more: 1, 2, 4 and 8 s later.
const RETRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Each pause is longer by up to this part of it: what has failed together doesn't come back together.
const JITTER: f64 = 0.5;

/// The pause after this attempt, of which the first is 1. `None`: there is no other.
pub(crate) fn after(attempt: usize) -> Option<Duration> {
    let before = u32::try_from(attempt).ok()?.saturating_sub(1);
    (before < RETRIES).then(|| FIRST_PAUSE * 2_u32.pow(before)).map(with_jitter)
}

/// As long as this, or somewhat longer.
pub(crate) fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(1.0 + rand::random_range(0.0..JITTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_1_2_4_and_8_seconds_and_somewhat_longer() {
        for (attempt, seconds) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0)] {
            let pauses = [(); 100].map(|()| after(attempt).unwrap().as_secs_f64());
            assert!(pauses.iter().all(|pause| (seconds..seconds * 1.5).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "no jitter: {pauses:?}");
        }
        assert_eq!(after(5), None);
        assert_eq!(after(usize::MAX), None);
    }
}
