//! What was measured, and how far it spreads.

use std::fmt::{self, Display};
use std::time::Duration;

/// What was measured of one thing, in the order of the rounds.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One more.
    pub fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    /// A time, in microseconds.
    pub fn push_micros(&mut self, sample: Duration) {
        self.push(sample.as_secs_f64() * 1e6);
    }

    /// The median.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The value below which this part of the samples lies.
    #[must_use]
    pub fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1) as f64;
        sorted.get((last * part).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// What each sample is of the one that `base` has of the same round: what slows both down falls out.
    #[must_use]
    pub fn ratios(&self, base: &Self) -> Self {
        Self(self.0.iter().zip(&base.0).map(|(sample, base)| sample / base).collect())
    }

    /// The quartile below, the median, and the quartile above.
    #[must_use]
    pub fn quartiles(&self) -> [f64; 3] {
        [0.25, 0.5, 0.75].map(|part| self.quantile(part))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The median, and the quartiles around it.
impl Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = [0.25, 0.5, 0.75].map(|part| self.quantile(part));
        f.pad(&format!("{median:.1} ({low:.1} to {high:.1})"))
    }
}
