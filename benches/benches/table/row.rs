//! The rows of table and chart.

use std::iter;

use graceful_benches::{Samples, Unit};

use crate::contender::{ALL, BY_HAND, FLOOR};

pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl Section {
    /// Each row with a floor is followed by its comparison with the floor.
    pub(crate) fn with_floors(self) -> Self {
        Self { rows: self.rows.into_iter().flat_map(Row::and_floor).collect(), ..self }
    }
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
    /// The name of the floor, and its samples.
    floor: Option<(&'static str, Samples)>,
}

impl Row {
    pub(crate) fn new(title: impl Into<String>, unit: Unit) -> Self {
        let cells = ALL.each_ref().map(|_| Cell::Measured(Samples::new()));
        Self { title: title.into(), unit, base: None, cells, floor: None }
    }

    /// With a floor, which is pushed as [`FLOOR`].
    pub(crate) fn with_floor(self, name: &'static str) -> Self {
        Self { floor: Some((name, Samples::new())), ..self }
    }

    pub(crate) fn without(mut self, contender: usize, why: &'static str) -> Self {
        self.cells[contender] = Cell::Missing(why);
        self
    }

    pub(crate) fn push(&mut self, contender: usize, sample: f64) {
        match &mut self.floor {
            Some((_, samples)) if contender == FLOOR => samples.push(sample),
            _ => {
                if let Cell::Measured(samples) = &mut self.cells[contender] {
                    samples.push(sample);
                }
            }
        }
    }

    /// All that is measured: the contenders that can be, and the floor.
    pub(crate) fn measured(&self) -> Vec<usize> {
        self.contenders().into_iter().chain(self.floor.as_ref().map(|_| FLOOR)).collect()
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

    /// The row, and the same samples compared with the floor's.
    pub(crate) fn and_floor(mut self) -> impl Iterator<Item = Self> {
        let compared = self.floor.take().map(|(base, samples)| {
            let title = format!("the same, compared with the {base}");
            let mut row = Self { title, base: Some(base), ..self.clone() };
            row.cells[BY_HAND] = Cell::Measured(samples);
            row
        });
        iter::once(self).chain(compared)
    }

    /// The ratios to the base, one per round. `None` if one of the two has no samples.
    pub(crate) fn ratios(&self, contender: usize) -> Option<Samples> {
        Some(self.samples(contender)?.ratios(self.samples(BY_HAND)?))
    }
}
