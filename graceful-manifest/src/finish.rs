//! The end of a check: drafts become findings, with the names of their sources and the lengths of their words.

use crate::check::Source;
use crate::finding::Finding;
use crate::rules::Draft;
use crate::tree::Position;

/// The sources, read forward: the drafts are in the order of their places, and a source may be long.
pub(crate) struct Finisher<'a, 's> {
    sources: &'a [Source<'s>],
    /// The source and the number of the current line.
    place: (u32, u32),
    lines: std::str::Lines<'s>,
    line: &'s str,
}

impl<'a, 's> Finisher<'a, 's> {
    pub(crate) fn new(sources: &'a [Source<'s>]) -> Self {
        Self { sources, place: (u32::MAX, 0), lines: "".lines(), line: "" }
    }

    pub(crate) fn finish(&mut self, draft: Draft) -> Finding {
        let length = self.length(draft.position);
        let Draft { rule, position, object, message, advice, .. } = draft;
        let (source, line, column) = position.in_sources(self.sources);
        Finding {
            severity: rule.severity(),
            rule,
            source: source.to_owned(),
            line,
            column,
            length,
            workload: object,
            message,
            advice,
        }
    }

    /// The length of the word at this place.
    fn length(&mut self, position: Position) -> usize {
        let (source, mut at) = self.place;
        if source != position.source || at > position.line {
            let text = self.sources.get(position.source as usize).map_or("", |source| source.text);
            (self.lines, self.line, at) = (text.lines(), "", 0);
        }
        if let Some(skip) = position.line.checked_sub(at).and_then(|ahead| ahead.checked_sub(1)) {
            self.line = self.lines.nth(skip as usize).unwrap_or_default();
        }
        self.place = (position.source, position.line);
        word(self.line, position.column as usize)
    }
}

/// The number of characters of the word that begins at this column, from 1. A word in quotes ends with its quote.
fn word(line: &str, column: usize) -> usize {
    /// Nobody reads a longer line, and one line may have all findings.
    const MAX_COLUMN: usize = 10_000;

    let rest = if column > MAX_COLUMN { None } else { line.char_indices().nth(column.saturating_sub(1)) };
    let Some((first, rest)) = rest.and_then(|(at, first)| Some((first, line.get(at + first.len_utf8()..)?))) else {
        return 1;
    };
    if matches!(first, '"' | '\'') {
        return rest.split_once(first).map_or(1 + rest.chars().count(), |(text, _)| 2 + text.chars().count());
    }
    1 + rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '<')).count()
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words() {
        for (line, column, length) in [
            ("  stop_grace_period: 10s", 3, 17),
            ("- \"a b\": 1", 3, 5),
            ("- \"a b", 3, 4),
            ("graceful/allow: x", 1, 14),
            ("TimeoutStopSec=5", 1, 14),
            ("a", 9, 1),
            ("", 1, 1),
            ("{ a: 1 }", 1, 1),
            ("größe: 1", 1, 5),
        ] {
            assert_eq!(word(line, column), length, "{line}");
        }
    }
}
