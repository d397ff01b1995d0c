//! The table in Markdown.

use std::iter::once;

use graceful_benches::{UNITS, ratio};

use crate::contender::{ALL, BY_HAND};
use crate::row::{Cell, Row, Section};

pub(crate) fn markdown(sections: &[Section]) -> String {
    let names = ALL.iter().enumerate();
    let names =
        names.map(|(which, one)| if which == BY_HAND { format!("{} = 1 ×", one.name) } else { one.name.to_owned() });
    let mut lines = vec![line(once(String::new()).chain(names)), line((0..=ALL.len()).map(|_| "---".to_owned()))];
    for section in sections {
        lines.push(line(once(format!("**{}**", section.title)).chain(ALL.iter().map(|_| String::new()))));
        for row in &section.rows {
            lines.push(line(once(row.title.clone()).chain((0..ALL.len()).map(|which| cell(row, which)))));
        }
    }
    format!("{UNITS}\n\n{}", lines.join("\n"))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// The absolute value of the base, and of a contender without a base to compare with. Otherwise the ratio.
fn cell(row: &Row, which: usize) -> String {
    if let Cell::Missing(why) = &row.cells[which] {
        return format!("– ({why})");
    }
    let Some(samples) = row.samples(which) else { return "– (not measured)".to_owned() };
    match row.ratios(which) {
        Some(ratios) if which != BY_HAND => ratio(&ratios, 2),
        _ => match row.base {
            Some(base) if which == BY_HAND => format!("{base}: {}", row.unit.absolute(samples)),
            _ => row.unit.absolute(samples),
        },
    }
}
