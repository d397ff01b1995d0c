//! The rows as a table in Markdown.

use crate::contender::ALL;
use crate::row::{Cell, Row};

pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut lines = vec![line(std::iter::once(String::new()).chain(ALL.iter().map(|one| one.name.to_owned())))];
    lines.push(line((0..=ALL.len()).map(|_| "---".to_owned())));
    for row in rows {
        let what = format!("{}, {}", row.what, row.unit);
        lines.push(line(std::iter::once(what).chain((0..ALL.len()).map(|which| cell(row, which)))));
    }
    lines.join("\n")
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// The base as it was measured, the others as ratios to it; with quartiles where there were rounds.
fn cell(row: &Row, which: usize) -> String {
    if let Cell::None(why) = &row.cells[which] {
        return format!("– ({why})");
    }
    let (Some(samples), Some(ratios)) = (row.samples(which), row.ratios(which)) else {
        return "– (not measured)".to_owned();
    };
    let [low, median, high] = if which == row.base { samples.quartiles() } else { ratios };
    let digits = if which == row.base { digits_of(median) } else { 2 };
    let median = format!("{median:.digits$}");
    let median = if which == row.base { format!("**{median}**") } else { median };
    if samples.len() == 1 { median } else { format!("{median} ({low:.digits$}–{high:.digits$})") }
}

/// Three figures say all there is to say.
fn digits_of(value: f64) -> usize {
    if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    }
}
