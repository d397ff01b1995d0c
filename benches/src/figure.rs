//! Figures as the page and the chart show them.

use crate::Samples;

/// What each table says about its figures.
pub const UNITS: &str =
    "A figure with × is a ratio to the base, in the column `= 1 ×`. All other figures are absolute.";

/// What a sample counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Shown as ns, µs, ms or s.
    Seconds,
    /// Shown as KiB or MiB.
    Bytes,
    /// Shown without a unit.
    Number,
}

impl Unit {
    /// The median with its unit, in three figures or as a whole number.
    #[must_use]
    pub fn median(self, samples: &Samples) -> String {
        let median = samples.median();
        let (unit, name) = self.scale(median);
        let value = number(median / unit);
        if name.is_empty() { value } else { format!("{value} {name}") }
    }

    /// The median with its unit, and the quartiles if there was more than one round.
    #[must_use]
    pub fn absolute(self, samples: &Samples) -> String {
        let (unit, _) = self.scale(samples.median());
        format!("{}{}", self.median(samples), quartiles(samples, |value| number(value / unit)))
    }

    fn scale(self, value: f64) -> (f64, &'static str) {
        match self {
            Self::Seconds if value >= 1.0 => (1.0, "s"),
            Self::Seconds if value >= 1e-3 => (1e-3, "ms"),
            Self::Seconds if value >= 1e-6 => (1e-6, "µs"),
            Self::Seconds => (1e-9, "ns"),
            Self::Bytes if value >= 1024.0 * 1024.0 => (1024.0 * 1024.0, "MiB"),
            Self::Bytes => (1024.0, "KiB"),
            Self::Number => (1.0, ""),
        }
    }
}

/// The median ratio with the sign `×`, and the quartiles if there was more than one round.
#[must_use]
pub fn ratio(ratios: &Samples, digits: usize) -> String {
    format!("{}{}", times(ratios.median(), digits), quartiles(ratios, |value| rounded(value, digits)))
}

/// A ratio with the sign `×`.
#[must_use]
pub fn times(ratio: f64, digits: usize) -> String {
    format!("{} ×", rounded(ratio, digits))
}

fn quartiles(samples: &Samples, text: impl Fn(f64) -> String) -> String {
    let [low, _, high] = samples.quartiles();
    if samples.len() == 1 { String::new() } else { format!(" ({}–{})", text(low), text(high)) }
}

fn number(value: f64) -> String {
    rounded(value, if value.fract() == 0.0 { 0 } else { 2 })
}

/// At most so many digits after the point, and fewer for large values.
fn rounded(value: f64, digits: usize) -> String {
    let max = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        digits
    };
    format!("{value:.0$}", digits.min(max))
}
