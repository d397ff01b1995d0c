//! The rows of table and chart.

use graceful_benches::{Samples, Unit};

use crate::contender::{ALL, BY_HAND};

pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone)]
pub(crate) enum Cell {
    /// In the row's unit, one sample per round.
    Measured(Samples),
    /// Why the contender cannot be measured.
    Missing(&'static str),
}

/// One measurement, of all contenders. Less is better.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) unit: Unit,
    /// What the row compares with in place of plain tokio by hand, whose cell then has the samples of the base.
    pub(crate) base: Option<&'static str>,
    pub(crate) cells: [Cell; ALL.len()],
}

impl Row {
    pub(crate) fn new(title: impl Into<String>, unit: Unit) -> Self {
        Self { title: title.into(), unit, base: None, cells: ALL.each_ref().map(|_| Cell::Measured(Samples::new())) }
    }

    pub(crate) fn without(mut self, contender: usize, why: &'static str) -> Self {
        self.cells[contender] = Cell::Missing(why);
        self
    }

    pub(crate) fn push(&mut self, contender: usize, sample: f64) {
        if let Cell::Measured(samples) = &mut self.cells[contender] {
            samples.push(sample);
        }
    }

    /// The contenders that can be measured.
    pub(crate) fn contenders(&self) -> Vec<usize> {
        (0..ALL.len()).filter(|&which| matches!(self.cells[which], Cell::Measured(_))).collect()
    }

    pub(crate) fn samples(&self, contender: usize) -> Option<&Samples> {
        match &self.cells[contender] {
            Cell::Measured(samples) if !samples.is_empty() => Some(samples),
            Cell::Measured(_) | Cell::Missing(_) => None,
        }
    }

    /// The same samples, compared with those of another base.
    pub(crate) fn compared_with(&self, base: &'static str, samples: Samples, title: impl Into<String>) -> Self {
        let mut row = Self { title: title.into(), base: Some(base), ..self.clone() };
        row.cells[BY_HAND] = Cell::Measured(samples);
        row
    }

    /// The ratios to the base, one per round. `None` if one of the two has no samples.
    pub(crate) fn ratios(&self, contender: usize) -> Option<Samples> {
        Some(self.samples(contender)?.ratios(self.samples(BY_HAND)?))
    }
}
