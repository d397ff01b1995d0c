//! How a plan and a report are drawn: rows of text, and on their right bars on one time axis.
//!
//! Pictures are read at a terminal and in logs: at most [`WIDTH`] columns, no colours, no trailing spaces, and nothing
//! in a name or a message gets through that would move the cursor.

mod text;

use std::fmt;
use std::time::Duration;

use self::text::wrap;
pub(crate) use self::text::{count, counted, duration, escape, millis, shorten, shown};

/// The widest line, in characters.
pub(crate) const WIDTH: usize = 80;

/// Between two columns.
const GAP: &str = "  ";
/// Labels are shortened before the bars get less. The scale's longest text needs it.
const LEAST_PLOT: usize = 28;
/// Wider, the eye doesn't find the label that belongs to a bar.
const MOST_PLOT: usize = 48;

/// What is drawn, line by line.
pub(crate) struct Picture {
    grace_period: Duration,
    /// The time at the right edge.
    end: Duration,
    lines: Vec<Line>,
}

enum Line {
    Row(Row),
    Text(String),
    Scale,
}

/// A line of the table.
pub(crate) struct Row {
    label: String,
    word: &'static str,
    time: String,
    bar: Option<Bar>,
}

struct Bar {
    from: Duration,
    to: Duration,
    ink: Ink,
}

/// The characters of a bar: up to the end of the grace period, and beyond it.
struct Ink {
    within: char,
    beyond: char,
}

impl Row {
    pub(crate) fn new(indent: usize, label: &str, time: Option<Duration>) -> Self {
        Self {
            label: format!("{:indent$}{}", "", escape(label)),
            word: "",
            time: time.map(duration).unwrap_or_default(),
            bar: None,
        }
    }

    pub(crate) fn word(mut self, word: &'static str) -> Self {
        self.word = word;
        self
    }

    /// A solid bar: a stretch of the shutdown.
    pub(crate) fn block(self, from: Duration, length: Duration) -> Self {
        self.bar(from, length, Ink { within: '█', beyond: '░' })
    }

    /// A line: one of those who share the stretch above.
    pub(crate) fn line(self, from: Duration, length: Duration) -> Self {
        self.bar(from, length, Ink { within: '━', beyond: '─' })
    }

    fn bar(mut self, from: Duration, length: Duration, ink: Ink) -> Self {
        self.bar = Some(Bar { from, to: from.saturating_add(length), ink });
        self
    }
}

impl Picture {
    pub(crate) fn new(grace_period: Duration, end: Duration) -> Self {
        Self { grace_period, end, lines: Vec::new() }
    }

    pub(crate) fn row(&mut self, row: Row) {
        self.lines.push(Line::Row(row));
    }

    /// Text on lines of its own: the first after `head`, the others below its beginning; at most [`LISTED`] lines.
    pub(crate) fn text(&mut self, head: &str, text: &str) {
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

    /// The axis.
    pub(crate) fn scale(&mut self) {
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
        let word = widest(|row| row.word);
        let time = widest(|row| &row.time);
        // One column more than the plot, for the mark where the grace period ends.
        let others = gapped(word) + gapped(time) + GAP.len() + 1;
        let label = widest(|row| &row.label).min(WIDTH.saturating_sub(others + LEAST_PLOT));
        let plot = WIDTH.saturating_sub(label + others).min(MOST_PLOT);
        Columns { label, word, time, plot }
    }

    /// Which of `cells` a point in time is in. No overflow: the nanoseconds of `Duration::MAX` have 94 bits.
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
                Some(mark) if cell >= mark => bar.ink.beyond,
                _ => bar.ink.within,
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
    word: usize,
    time: usize,
    plot: usize,
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        let before_plot = |label: &str, word: &str, time: &str| {
            let mut line = format!("{label:0$}", columns.label);
            if columns.word > 0 {
                line.push_str(&format!("{GAP}{word:0$}", columns.word));
            }
            if columns.time > 0 {
                line.push_str(&format!("{GAP}{time:>0$}", columns.time));
            }
            line + GAP
        };
        for (number, line) in self.lines.iter().enumerate() {
            let line = match line {
                Line::Row(row) => {
                    before_plot(&shorten(&row.label, columns.label), row.word, &row.time)
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
pub(crate) mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What every picture promises.
    pub(crate) fn check(picture: &str) -> Result<(), TestCaseError> {
        for line in picture.split('\n') {
            prop_assert!(line.chars().count() <= WIDTH, "too wide: {line:?}");
            prop_assert!(line == line.trim_end(), "trailing space: {line:?}");
            prop_assert!(line == escape(line), "not escaped: {line:?}");
        }
        Ok(())
    }

    /// Whatever a name or a message may hold.
    pub(crate) fn any_text() -> impl Strategy<Value = String> {
        let char = |number: u32| match number % 8 {
            0 => ' ',
            1 => ['\n', '\r', '\t', '\0', '\u{1b}', '\u{9b}', '\u{3000}'][number as usize / 8 % 7],
            2 => char::from_u32(number / 8 % 0x11_0000).unwrap_or('\u{202e}'),
            3..6 => char::from_u32(0x4e00 + number / 8 % 0x5000).unwrap_or('?'),
            _ => char::from(b'!' + (number / 8 % 94) as u8),
        };
        let numbers = prop_oneof![
            9 => vec(any::<u32>(), 0..30),
            1 => vec(any::<u32>(), 0..300),
        ];
        numbers.prop_map(move |numbers| numbers.into_iter().map(char).collect())
    }

    pub(crate) fn any_duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            Just(Duration::ZERO),
            (0..10_000_000_000_u64).prop_map(Duration::from_nanos),
            (0..100_000_u64).prop_map(Duration::from_millis),
            (0..100_000_000_000_u64).prop_map(Duration::from_secs),
            Just(Duration::MAX),
        ]
    }

    #[test]
    fn durations() {
        let secs = Duration::from_secs;
        let millis = Duration::from_millis;
        for (time, text) in [
            (Duration::ZERO, "0 s"),
            (Duration::from_nanos(999), "999 ns"),
            (Duration::from_nanos(1_999), "1 µs"),
            (Duration::from_micros(999), "999 µs"),
            (millis(1), "1 ms"),
            (millis(120), "120 ms"),
            (Duration::from_nanos(999_999_999), "999 ms"),
            (secs(1), "1 s"),
            (millis(1_250), "1.25 s"),
            (millis(1_001), "1.001 s"),
            (secs(50), "50 s"),
            (Duration::from_nanos(59_999_999_999), "59.999 s"),
            (millis(60_500), "1 min"),
            (secs(90), "1 min 30 s"),
            (secs(120), "2 min"),
            (secs(3_599), "59 min 59 s"),
            (secs(5_400), "1 h 30 min"),
            (secs(86_399), "23 h 59 min"),
            (secs(86_400), "1 d"),
            (secs(90_000), "1 d 1 h"),
            (secs(365 * 86_400), "1 y"),
            (secs((999 * 365 + 364) * 86_400), "999 y 364 d"),
            (secs(1_000 * 365 * 86_400), "1000+ y"),
            (Duration::MAX, "1000+ y"),
        ] {
            assert_eq!(duration(time), text);
        }
    }

    #[test]
    fn counts() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(9_988), "9 988");
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(counted(1, "handler"), "1 handler");
        assert_eq!(counted(0, "handler"), "0 handlers");
    }

    #[test]
    fn lists() {
        assert_eq!([0, 12, 13, 14, 10_000].map(shown), [0, 12, 13, 12, 12]);
    }

    #[test]
    fn escapes() {
        assert_eq!(escape("müde — 疲れた 👩‍🚀"), "müde — 疲れた 👩‍🚀");
        assert_eq!(escape("a\nb\t\x1b[31m"), r"a\nb\t\u{1b}[31m");
        assert_eq!(escape("\u{202e}desrever\u{2069}\u{2028}"), r"\u{202e}desrever\u{2069}\u{2028}");
    }

    #[test]
    fn shortens() {
        assert_eq!(shorten("close_database", 14), "close_database");
        assert_eq!(shorten("database::connection::close", 16), "datab…ion::close");
        assert_eq!(shorten("ab", 1), "…");
        assert_eq!(shorten("ab", 0), "");
    }

    #[test]
    fn wraps() {
        assert_eq!(wrap("", 10), [""; 0]);
        assert_eq!(wrap("0123456789", 10), ["0123456789"]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one 0123456789", 7), ["one", "0123456", "789"]);
        assert_eq!(wrap("Caused by:\n    0: os error 104", 20), ["Caused by:", "    0: os error 104"]);
        assert_eq!(wrap("a\n\n\tb", 10), ["a", "", "    b"]);
    }

    #[test]
    fn what_happens_at_the_end_is_seen_and_does_not_hide_the_mark() {
        let grace_period = Duration::from_secs(30);
        let mut picture = Picture::new(grace_period, grace_period);
        picture.row(Row::new(0, "last", Some(Duration::ZERO)).line(grace_period, Duration::ZERO));
        assert!(picture.to_string().ends_with(" ━│"), "{picture}");
    }

    proptest! {
        #[test]
        fn a_duration_is_short(time in any_duration()) {
            prop_assert!(duration(time).chars().count() <= 11);
        }

        #[test]
        fn shortened_text_keeps_its_ends(text in any_text(), width in 0..100_usize) {
            let short = shorten(&text, width);
            prop_assert_eq!(short.chars().count(), text.chars().count().min(width));
            if let Some((head, tail)) = short.split_once('…').filter(|_| short != text) {
                prop_assert!(text.starts_with(head) && text.ends_with(tail));
            }
        }

        #[test]
        fn wrapped_text_is_all_there(text in any_text(), width in 1..100_usize) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width));
            let dense = |text: &str| text.replace(' ', "");
            let all: Vec<_> = text.lines().map(|line| escape(&line.replace('\t', ""))).collect();
            prop_assert_eq!(dense(&lines.concat()), dense(&all.concat()));
        }
    }
}
