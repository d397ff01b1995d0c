//! The rows of table and chart.

use std::{iter, mem};

use graceful_benches::{Samples, Unit};

use crate::contender::{ALL, BY_HAND, FLOOR};

pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl Section {
    /// Each row with floors is followed by its comparisons with them.
    pub(crate) fn with_floors(self) -> Self {
        Self { rows: self.rows.into_iter().flat_map(Row::and_floors).collect(), ..self }
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
    /// The names of the floors, and their samples.
    floors: Vec<(&'static str, Samples)>,
}

impl Row {
    pub(crate) fn new(title: impl Into<String>, unit: Unit) -> Self {
        let cells = ALL.each_ref().map(|_| Cell::Measured(Samples::new()));
        Self { title: title.into(), unit, base: None, cells, floors: Vec::new() }
    }

    /// With a floor. The first one is pushed as [`FLOOR`], and further ones as the numbers after that.
    pub(crate) fn with_floor(mut self, name: &'static str) -> Self {
        self.floors.push((name, Samples::new()));
        self
    }

    pub(crate) fn without(mut self, contender: usize, why: &'static str) -> Self {
        self.cells[contender] = Cell::Missing(why);
        self
    }

    pub(crate) fn push(&mut self, contender: usize, sample: f64) {
        match self.cells.get_mut(contender) {
            Some(Cell::Measured(samples)) => samples.push(sample),
            Some(Cell::Missing(_)) => {}
            None => self.floors[contender - FLOOR].1.push(sample),
        }
    }

    /// All that is measured: the contenders that can be, and the floors.
    pub(crate) fn measured(&self) -> Vec<usize> {
        self.contenders().into_iter().chain(FLOOR..FLOOR + self.floors.len()).collect()
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

    /// The row, and the same samples compared with those of each floor.
    pub(crate) fn and_floors(mut self) -> impl Iterator<Item = Self> {
        let floors = mem::take(&mut self.floors);
        let plain = self.clone();
        let compared = floors.into_iter().map(move |(base, samples)| {
            let title = format!("the same, compared with the {base}");
            let mut row = Self { title, base: Some(base), ..plain.clone() };
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
