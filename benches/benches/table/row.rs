//! One line of the table.

use graceful_benches::Samples;

use crate::contender::ALL;

/// What one contender has in it.
#[derive(Clone)]
pub(crate) enum Cell {
    /// In the row's unit, one for each round.
    Measured(Samples),
    /// It has no such thing; why.
    None(&'static str),
}

pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    /// The contender that the others are held against.
    pub(crate) base: usize,
    pub(crate) cells: [Cell; ALL.len()],
    /// About running, not about building: it is in the chart.
    pub(crate) runs: bool,
}

impl Row {
    /// Measured by running, held against `base`. Everybody is without samples yet.
    pub(crate) fn running(what: impl Into<String>, unit: &'static str, base: usize) -> Self {
        let cells = ALL.each_ref().map(|_| Cell::Measured(Samples::new()));
        Self { what: what.into(), unit, base, cells, runs: true }
    }

    pub(crate) fn building(what: impl Into<String>, unit: &'static str, base: usize) -> Self {
        Self { runs: false, ..Self::running(what, unit, base) }
    }

    pub(crate) fn push(&mut self, contender: usize, sample: f64) {
        if let Cell::Measured(samples) = &mut self.cells[contender] {
            samples.push(sample);
        }
    }

    pub(crate) fn without(mut self, contender: usize, why: &'static str) -> Self {
        self.cells[contender] = Cell::None(why);
        self
    }

    /// All for whom there is something to measure.
    pub(crate) fn contenders(&self) -> Vec<usize> {
        (0..ALL.len()).filter(|&which| matches!(self.cells[which], Cell::Measured(_))).collect()
    }

    pub(crate) fn samples(&self, contender: usize) -> Option<&Samples> {
        match &self.cells[contender] {
            Cell::Measured(samples) if !samples.is_empty() => Some(samples),
            Cell::Measured(_) | Cell::None(_) => None,
        }
    }

    /// What it is of the base: the quartile below, the median, the quartile above, over the rounds.
    pub(crate) fn ratios(&self, contender: usize) -> Option<[f64; 3]> {
        Some(self.samples(contender)?.ratios(self.samples(self.base)?).quartiles())
    }
}
