//! The counts, as `counts.txt` has them.

use std::fmt;
use std::str::FromStr;

const HEADER: &str = "What graceful costs, in counts. ./test nightly compares them. To write them anew:
cargo run -p graceful-count-tests -- --write
";

/// All counts, and the tools that they depend on.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) tools: String,
    pub(crate) rows: Vec<Row>,
}

/// A count of a program with graceful, and that of the same program by hand.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) graceful: f64,
    /// It is shown, and not compared: it changes with the compiler, tokio or the C library.
    pub(crate) by_hand: Option<f64>,
    /// The largest difference from the committed count, in percent of it.
    pub(crate) max_change: f64,
}

impl Table {
    /// A line for each count that differs from the committed one.
    pub(crate) fn changes_since(&self, committed: &Self) -> Vec<String> {
        let find = |rows: &[Row], title: &str| rows.iter().find(|row| row.title == title).map(|row| row.graceful);
        let mut changes: Vec<_> = self
            .rows
            .iter()
            .filter_map(|row| match find(&committed.rows, &row.title) {
                Some(before) => row.change_since(before),
                None => Some(format!("{}: {}, which is not committed", row.title, number(row.graceful))),
            })
            .collect();
        let gone = committed.rows.iter().filter(|row| find(&self.rows, &row.title).is_none());
        changes.extend(gone.map(|row| format!("{}: committed, and not counted any more", row.title)));
        changes
    }
}

impl Row {
    fn change_since(&self, before: f64) -> Option<String> {
        let change = 100.0 * (self.graceful / before - 1.0);
        let sign = if change > 0.0 { "more" } else { "less" };
        (change.abs() > self.max_change).then(|| {
            let (title, before, now) = (&self.title, number(before), number(self.graceful));
            format!("{title}: {now} instead of {before}, {:.1} % {sign}", change.abs())
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}{}\n", self.tools)?;
        let mut line = |[title, graceful, by_hand, ratio, max]: [&str; 5]| {
            writeln!(f, "| {title:<50} | {graceful:>8} | {by_hand:>8} | {ratio:>7} | {max:>10} |")
        };
        line(["", "graceful", "by hand", "ratio", "may change"])?;
        line(["---"; 5])?;
        for Row { title, graceful, by_hand, max_change } in &self.rows {
            let ratio = by_hand.map_or_else(|| "–".to_owned(), |by_hand| format!("{:.3} ×", graceful / by_hand));
            let by_hand = by_hand.map_or_else(|| "–".to_owned(), number);
            line([title, &number(*graceful), &by_hand, &ratio, &format!("{max_change} %")])?;
        }
        Ok(())
    }
}

impl FromStr for Table {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (before, rows) = text.split_once("| --- ").ok_or("no table")?;
        let tools = before.strip_prefix(HEADER).and_then(|rest| rest.lines().next()).ok_or("another header")?;
        let rows = rows.lines().skip(1).map(row).collect::<Result<_, _>>()?;
        Ok(Self { tools: tools.to_owned(), rows })
    }
}

fn row(line: &str) -> Result<Row, String> {
    let cells: Vec<_> = line.split('|').map(str::trim).collect();
    let not_a_row = || format!("not a row: {line}");
    let [_, title, graceful, by_hand, _, max_change, _] = cells[..] else { return Err(not_a_row()) };
    let number = |cell: &str| cell.parse().map_err(|_| not_a_row());
    let (graceful, max_change) = (number(graceful)?, number(max_change.trim_end_matches(" %"))?);
    Ok(Row { title: title.to_owned(), graceful, by_hand: by_hand.parse().ok(), max_change })
}

/// A whole number, or with one digit if it is small.
fn number(count: f64) -> String {
    format!("{count:.0$}", usize::from(count < 100.0 && count.fract() != 0.0))
}
