//! How a plan and a report are drawn: rows of text, and on their right bars on one time axis.
//!
//! A timeline is read at a terminal and in logs: it has at most [`WIDTH`] columns, no colours and no trailing spaces, and
//! nothing in a name or a message gets through that would move the cursor.

#[cfg(test)]
pub(crate) mod arbitrary;
mod fit;

use std::fmt;
use std::time::Duration;

pub use self::fit::shown;
use self::fit::{shorten, wrap};
use crate::text::{count, duration, escape};

/// The widest line, in characters.
pub const WIDTH: usize = 80;

/// Between two columns.
const GAP: &str = "  ";
/// The narrowest plot, which the longest text of the axis needs. Labels are shortened to make room for it.
const MIN_PLOT: usize = 28;
/// The widest plot: in a wider one the eye does not find the label of a bar.
const MAX_PLOT: usize = 48;

/// What is drawn, line by line.
#[derive(Debug)]
pub struct Timeline {
    grace_period: Duration,
    /// The time at the right edge.
    end: Duration,
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Row(Row),
    Text(String),
    Scale,
}

/// A line of the table.
#[derive(Debug)]
pub struct Row {
    label: String,
    status: &'static str,
    time: String,
    bar: Option<Bar>,
}

#[derive(Debug)]
struct Bar {
    from: Duration,
    to: Duration,
    strokes: Strokes,
}

/// The characters of a bar: up to the end of the grace period, and beyond it.
#[derive(Debug)]
struct Strokes {
    within: char,
    beyond: char,
}

impl Row {
    /// A row with this label, and with a time in the column of times.
    #[must_use]
    pub fn new(indent: usize, label: &str, time: Option<Duration>) -> Self {
        Self {
            label: format!("{:indent$}{}", "", escape(label)),
            status: "",
            time: time.map(duration).unwrap_or_default(),
            bar: None,
        }
    }

    /// A word between label and time.
    #[must_use]
    pub fn status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }

    /// A solid bar: a stretch of the shutdown.
    #[must_use]
    pub fn block(self, from: Duration, length: Duration) -> Self {
        self.bar(from, length, Strokes { within: '█', beyond: '░' })
    }

    /// A thin bar: one of those that share the stretch above.
    #[must_use]
    pub fn thin(self, from: Duration, length: Duration) -> Self {
        self.bar(from, length, Strokes { within: '━', beyond: '─' })
    }

    fn bar(mut self, from: Duration, length: Duration, strokes: Strokes) -> Self {
        self.bar = Some(Bar { from, to: from.saturating_add(length), strokes });
        self
    }
}

impl Timeline {
    /// An empty one, whose right edge is `end`.
    #[must_use]
    pub fn new(grace_period: Duration, end: Duration) -> Self {
        Self { grace_period, end, lines: Vec::new() }
    }

    /// Whether a bar of this length fills half a column.
    #[must_use]
    pub fn shows(&self, length: Duration) -> bool {
        length.as_nanos().saturating_mul(2 * MAX_PLOT as u128) >= self.end.as_nanos()
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row) {
        self.lines.push(Line::Row(row));
    }

    /// Adds text on its own lines: the first after `head`, the others below its beginning; at most 13 lines.
    pub fn text(&mut self, head: &str, text: &str) {
        let indent = head.chars().count();
        let mut lines = wrap(text.trim_end(), WIDTH.saturating_sub(indent));
        let shown = shown(lines.len());
        let more = lines.len() - shown;
        if more > 0 {
            lines.truncate(shown);
            lines.push(format!("… and {} more lines", count(more)));
        }
        let heads = std::iter::once(head).chain(std::iter::repeat(""));
        for (head, line) in heads.zip(lines) {
            self.lines.push(Line::Text(format!("{head:indent$}{line}")));
        }
    }

    /// Adds the axis.
    pub fn scale(&mut self) {
        self.lines.push(Line::Scale);
    }

    fn columns(&self) -> Columns {
        let widest = |of: fn(&Row) -> &str| {
            let rows = self.lines.iter().filter_map(|line| match line {
                Line::Row(row) => Some(of(row).chars().count()),
                Line::Text(_) | Line::Scale => None,
            });
            rows.max().unwrap_or(0)
        };
        let gapped = |width: usize| if width == 0 { 0 } else { GAP.len() + width };
        let status = widest(|row| row.status);
        let time = widest(|row| &row.time);
        // One column more than the plot, for the mark where the grace period ends.
        let others = gapped(status) + gapped(time) + GAP.len() + 1;
        let label = widest(|row| &row.label).min(WIDTH.saturating_sub(others + MIN_PLOT));
        let plot = WIDTH.saturating_sub(label + others).min(MAX_PLOT);
        Columns { label, status, time, plot }
    }

    /// The cell that a point in time is in. No overflow: the nanoseconds of `Duration::MAX` have 94 bits.
    fn cell(&self, at: Duration, cells: usize) -> usize {
        let end = self.end.as_nanos().max(1);
        let twice = at.as_nanos().min(end) * cells as u128 * 2;
        usize::try_from((twice + end) / (end * 2)).unwrap_or(cells)
    }

    /// Where the grace period ends, if it does so on the axis.
    fn mark(&self, cells: usize) -> Option<usize> {
        (self.grace_period <= self.end).then(|| self.cell(self.grace_period, cells))
    }

    fn plot(&self, bar: Option<&Bar>, cells: usize) -> String {
        let mark = self.mark(cells);
        let range = bar.map(|bar| {
            // At least one cell, however short it was.
            let from = self.cell(bar.from, cells).min(cells.saturating_sub(1));
            from..self.cell(bar.to, cells).max(from + 1)
        });
        let draw = |cell| match (bar, &range) {
            (Some(bar), Some(range)) if range.contains(&cell) => match mark {
                Some(mark) if cell >= mark => bar.strokes.beyond,
                _ => bar.strokes.within,
            },
            _ if mark == Some(cell) => '│',
            _ => ' ',
        };
        (0..=cells).map(draw).collect()
    }

    fn axis(&self, cells: usize) -> String {
        let mut axis = String::from("0 s");
        let mut length = axis.len();
        let mut label = |text: String, end: usize| {
            let width = text.chars().count();
            let start = (end + 1).saturating_sub(width).max(length + GAP.len());
            if start + width <= cells + 1 {
                axis.push_str(&" ".repeat(start - length));
                axis.push_str(&text);
                length = start + width;
            }
        };
        if let Some(mark) = self.mark(cells) {
            label(format!("grace period {}", duration(self.grace_period)), mark);
        }
        if self.end != self.grace_period {
            label(duration(self.end), cells);
        }
        axis
    }
}

struct Columns {
    label: usize,
    status: usize,
    time: usize,
    plot: usize,
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        let before_plot = |label: &str, status: &str, time: &str| {
            let mut line = format!("{label:0$}", columns.label);
            if columns.status > 0 {
                line.push_str(&format!("{GAP}{status:0$}", columns.status));
            }
            if columns.time > 0 {
                line.push_str(&format!("{GAP}{time:>0$}", columns.time));
            }
            line + GAP
        };
        for (number, line) in self.lines.iter().enumerate() {
            let line = match line {
                Line::Row(row) => {
                    before_plot(&shorten(&row.label, columns.label), row.status, &row.time)
                        + &self.plot(row.bar.as_ref(), columns.plot)
                }
                Line::Text(text) => text.clone(),
                Line::Scale => before_plot("", "", "") + &self.axis(columns.plot),
            };
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_the_end_is_seen_and_does_not_hide_the_mark() {
        let grace_period = Duration::from_secs(30);
        let mut timeline = Timeline::new(grace_period, grace_period);
        timeline.row(Row::new(0, "last", Some(Duration::ZERO)).thin(grace_period, Duration::ZERO));
        assert!(timeline.to_string().ends_with(" ━│"), "{timeline}");
    }
}
